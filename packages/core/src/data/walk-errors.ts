/** What a walk that cannot go on says. */
import type { LoopContext } from '../engine/operation.js';
import { messageOf } from '../engine/translate.js';
import { DataViolationError, NOTHING_CHANGED, RefusedError, StepFailedError } from '../errors.js';
import type { Walk } from './course.js';
import { readViolations, rowsWhere } from './violations.js';

/** What stands in the database after so many rows. */
export function leftAfter({ inHostTransaction }: LoopContext, rows: number, done: string): string {
  if (rows === 0) return NOTHING_CHANGED;
  return inHostTransaction
    ? `${rows} rows were ${done} in the migration's transaction.`
    : `${rows} rows were ${done} and stay.`;
}

/** The row of a window that holds it alone. */
export async function offendingRow(all: Walk, condition: string, error: unknown): Promise<DataViolationError> {
  const { context, walked, task, tally } = all;
  const { samples } = await readViolations(
    context.connection,
    `${rowsWhere(walked.table, walked.key, condition)} LIMIT 1`,
  );
  return new DataViolationError({
    operation: task.operation,
    target: walked.target,
    happened: `this row cannot take the change: ${messageOf(error)}\n  ${JSON.stringify(samples[0] ?? {})}`,
    left: leftAfter(context, tally.rows, task.done),
    hint: 'Correct the row, or leave it out with where, then run again: it continues from there.',
    count: 1,
    atLeast: true,
    samples,
    cause: error,
  });
}

export async function notChangeable({ context, walked, task, tally }: Walk): Promise<DataViolationError> {
  const found = await readViolations(context.connection, rowsWhere(walked.table, walked.key, task.needed));
  const shown = found.samples.map((sample) => `\n  ${JSON.stringify(sample)}`).join('');
  const number = `${found.atLeast ? 'at least ' : ''}${found.count} ${found.count === 1 ? 'row matches' : 'rows match'}`;
  const verb = VERBS[task.done] ?? 'UPDATE';
  return new DataViolationError({
    operation: task.operation,
    target: walked.target,
    happened: `${number} but cannot be ${task.done}: a trigger or a rule keeps every ${verb} from them.${shown}`,
    left: leftAfter(context, tally.rows, task.done),
    hint: `Look at the BEFORE ${verb} triggers and the rules of the table, or leave these rows out with where, then run again.`,
    ...found,
  });
}

const VERBS: Readonly<Record<string, string>> = { changed: 'UPDATE', deleted: 'DELETE', copied: 'INSERT' };

export function notConverging({ walked, task }: Walk): DataViolationError {
  return new DataViolationError({
    operation: task.operation,
    target: walked.target,
    happened: `the change does not make its own condition false, so that it would never end: ${task.needed.trimEnd()}`,
    left: 'This batch was taken back.',
    hint: 'Choose a where that is false for a row once it is changed.',
    count: 1,
    atLeast: true,
    samples: [],
  });
}

/** An error, so that the migration that asked for it is not taken for done. */
export function stoppedBySignal({ context, walked, task, tally, signal }: Walk): StepFailedError {
  return new StepFailedError({
    operation: task.operation,
    target: walked.target,
    happened: 'stopped by the signal, before the end.',
    left: leftAfter(context, tally.rows, task.done),
    hint: 'Run again: it goes on with the rows that are left.',
    cause: signal?.reason,
  });
}

export function overtaken({ context, walked, task, tally }: Walk, passes: number): RefusedError {
  return new RefusedError({
    operation: task.operation,
    target: walked.target,
    happened: `after ${passes} passes there are still rows that need it: something adds them faster than they are ${task.done}.`,
    left: leftAfter(context, tally.rows, task.done),
    hint: 'Stop the writer that makes them, or give the column a default, then run again.',
  });
}
