/** Marks that a person sets. One that the guard would not believe is no help: it says that a migration ran, and the catalog that it was taken back. */
import { type Decision, decideUp, type Marks, RefusedError, Standing } from '@holdfast/core';
import type { OpenJournal } from './open-journal.js';

type Looked = Pick<OpenJournal, 'history' | 'live' | 'marks'>;

/** Throws `RefusedError` for migrations that would run in spite of their marks. */
export function requireHeld(looked: Looked, operation: string, names: readonly string[], hint: string): void {
  const running = names.filter((name) => {
    const decision = withMark(looked, name);
    if (decision?.do === 'stop')
      return decision.behind !== undefined || decide(looked, name, looked.marks)?.do === 'run';
    return decision?.do === 'run';
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
  // What the ledger has does not come up again, and nothing would end the oath. What has a mark, and is pending none the less, was doubted.
  const isHeld = (name: string): boolean =>
    !open.marks.done.has(name) && (withMark(open, name) ?? { do: 'skip' }).do === 'skip';
  const doubtful = names.filter((name) => !open.inLedger.has(name) && !isHeld(name));
  const plain = names.filter((name) => !doubtful.includes(name));
  await open.journal.mark(open.client, plain, kind);
  await open.journal.mark(open.client, doubtful, 'sworn');
}

/** What the next run does with a mark of it; null for a name that the lock file does not have. */
function withMark(looked: Looked, name: string): Decision | null {
  const { marks } = looked;
  const done = new Set([...marks.done, name]);
  return decide(looked, name, { ...marks, done, sworn: new Set(), anyway: new Set() });
}

/** With a ledger that has all before it. */
function decide({ history, live }: Looked, name: string, marks: Marks): Decision | null {
  const index = history.migrations.findIndex((each) => each.name === name);
  const before = new Set(history.migrations.slice(0, index).map((each) => each.name));
  const standing = new Standing(before, marks);
  return index === -1 ? null : decideUp(history, { live, index, transactional: true, standing });
}
