/** Operations that nobody has awaited: the runner writes its ledger and ends the process while they are on their way. */

/** Shared by all copies of this package in one process. */
const UNFINISHED = Symbol.for('holdfast.unfinished');

function unfinished(): Map<symbol, string> {
  const holder = process as { [UNFINISHED]?: Map<symbol, string> };
  if (holder[UNFINISHED] === undefined) {
    holder[UNFINISHED] = new Map();
    process.on('exit', complain);
  }
  return holder[UNFINISHED];
}

/** Notes an operation until it has ended. When the process ends before, that is said and the exit code is not 0. */
export async function untilEnded<T>(operation: string, running: Promise<T>): Promise<T> {
  const open = unfinished();
  const key = Symbol(operation);
  open.set(key, operation);
  try {
    return await running;
  } finally {
    open.delete(key);
  }
}

function complain(): void {
  const names = [...new Set(unfinished().values())];
  if (names.length === 0) return;
  process.exitCode = process.exitCode === undefined || process.exitCode === 0 ? 1 : process.exitCode;
  process.stderr.write(
    `Holdfast: the process ends while ${names.join(', ')} had not ended: a call was not awaited. What it has done is not known, and the runner may have recorded the migration as done.\n` +
      'Await every call of the guard (the rule @typescript-eslint/no-floating-promises finds those that are not), then look at the database and the ledger.\n',
  );
}
