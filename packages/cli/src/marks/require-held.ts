/** A mark that the guard would not believe is no help: it says that a migration ran, and the catalog that it was taken back. */
import { decideUp, RefusedError } from '@holdfast/core';
import type { OpenJournal } from './open-journal.js';

/** Throws `RefusedError` for migrations that would run in spite of their marks. */
export function requireHeld(
  { history, live }: Pick<OpenJournal, 'history' | 'live'>,
  operation: string,
  names: readonly string[],
  hint: string,
): void {
  const running = names.filter((name) => {
    const index = history.migrations.findIndex((each) => each.name === name);
    const question = { live, index, transactional: true, marked: true, ledgerReachesIt: true };
    return index >= 0 && decideUp(history, question).do !== 'skip';
  });
  if (running.length === 0) return;
  throw new RefusedError({
    operation,
    target: running.join(', '),
    happened: 'the database is as before it: a mark would not hold, and the next run would carry it out.',
    hint,
  });
}
