/** `holdfast baseline`: a database that others have made is as after a migration, and is to go on from there. */
import type { CatalogLines, History, SchemaLock } from '@holdfast/core';
import { type Drift, describeDrift, driftOf } from '../check/drift.js';
import { EXIT, type Io } from '../exit.js';
import { type OpenJournal, withJournal } from '../marks/open-journal.js';
import { parse, TARGET_HELP, TARGET_OPTIONS, wrong } from '../marks/options.js';
import { requireHeld, setMarks } from '../marks/set-marks.js';

const OPERATION = 'holdfast baseline';
const HELP = `Usage: holdfast baseline [--at <migration>] [options]

Compares the database with holdfast.lock.json, and when it is as after the migration notes in the table
holdfast_journal that this one and all before it are done. The guard skips them on the next run of the runner, which then
has them in its ledger. Objects that no migration ever made are nobody's affair. Rows are not compared.

Options:
  --at <migration>            The database is as after this one. Default: the last.
${TARGET_HELP}
  --help

Exit codes:
  0    marked
  1    differences, nothing marked
  2    wrong options
  125  refused, no connection, or no lock file`;

export const baseline = {
  summary: 'note that a database is as after a migration',
  help: HELP,
  async run(args: readonly string[], io: Io): Promise<number> {
    const { values, positionals } = parse(OPERATION, args, { ...TARGET_OPTIONS, at: { type: 'string' } } as const);
    if (positionals.length > 0)
      throw wrong(OPERATION, `it takes no names: ${positionals.join(' ')}. Did you mean --at?`);
    return withJournal(OPERATION, values, io, (open) => mark(open, values['at'] as string | undefined, io));
  },
};

const OTHER = `Nothing was changed.
Bring the database there, or name the migration that it is as after:
  npx holdfast baseline --at <migration>`;

async function mark(open: OpenJournal, at: string | undefined, io: Io): Promise<number> {
  const { lock, path, history, live, say } = open;
  const last = at === undefined ? lock.migrations.length - 1 : lock.migrations.findIndex(({ name }) => name === at);
  if (last === -1) throw wrong(OPERATION, `--at ${at}: ${path} has no such migration.`);
  const drift = knownDrift({ lock, history, live }, last);
  const names = lock.migrations.slice(0, last + 1).map(({ name }) => name);
  const name = names.at(-1) ?? '';
  if (drift.length > 0) {
    io.err(`${OPERATION}: ${describeDrift(drift, name)}\n${OTHER}`);
    return EXIT.different;
  }
  requireHeld(
    open,
    OPERATION,
    names,
    'Look at them. If they are done all the same:\n  npx holdfast mark-applied <migration>... --force',
  );
  await setMarks(open, names, 'listed');
  say(
    `The database is as after ${name}. Marked as done: ${names.length} ${names.length === 1 ? 'migration' : 'migrations'}.`,
  );
  return 0;
}

function knownDrift(
  { lock, history, live }: { readonly lock: SchemaLock; readonly history: History; readonly live: CatalogLines },
  last: number,
): readonly Drift[] {
  return driftOf(lock, last, live).filter(({ object }) => history.known.has(object));
}
