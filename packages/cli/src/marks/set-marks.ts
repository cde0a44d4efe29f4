/** Marks that a person sets. One that the guard would not believe is no help: it says that a migration ran, and the catalog that it was taken back. */
import { type Decision, decideUp, RefusedError } from '@holdfast/core';
import type { OpenJournal } from './open-journal.js';

type Looked = Pick<OpenJournal, 'history' | 'live'>;

/** Throws `RefusedError` for migrations that would run in spite of their marks. */
export function requireHeld(looked: Looked, operation: string, names: readonly string[], hint: string): void {
  const running = names.filter((name) => {
    const decision = withMark(looked, name);
    return decision?.do === 'run' || (decision?.do === 'stop' && decision.behind !== undefined);
  });
  if (running.length === 0) return;
  throw new RefusedError({
    operation,
    target: running.join(', '),
    happened: 'the database is as before it: a mark would not hold, and the next run would carry it out.',
    hint,
  });
}

/** Where the catalog does not confirm a mark, the next run is to believe the person who has set it. `found`: of those behind them he has said nothing. */
export async function setMarks(open: OpenJournal, names: readonly string[], kind: 'listed' | 'found'): Promise<void> {
  // What the ledger has does not come up again, and nothing would end the oath.
  const doubtful = names.filter(
    (name) => !open.inLedger.has(name) && (withMark(open, name) ?? { do: 'skip' }).do !== 'skip',
  );
  const plain = names.filter((name) => !doubtful.includes(name));
  await open.journal.mark(open.client, plain, kind);
  await open.journal.mark(open.client, doubtful, 'sworn');
}

/** What the next run does with a mark of it; null for a name that the lock file does not have. */
function withMark({ history, live }: Looked, name: string): Decision | null {
  const index = history.migrations.findIndex((each) => each.name === name);
  const question = { live, index, transactional: true, marked: true, ledgerReachesIt: true };
  return index === -1 ? null : decideUp(history, question);
}
