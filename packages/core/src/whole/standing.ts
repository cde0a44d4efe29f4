/** What is known of a database besides its catalog: what the runner's ledger and the marks had when a run began, and what has come to them since. */
import type { History } from './history.js';
import type { Direction } from './journal.js';
import type { Marks } from './marks.js';

/** How an `up` ended: it ran, or what stands for it; see `Mark`. */
export type UpEnd = 'done' | 'lost' | 'listed' | 'found';

/** What that tells of one migration. */
export interface Told {
  /** Its done-mark is there. */
  readonly marked: boolean;
  /** A person has set the mark, knowing what the catalog shows. */
  readonly sworn: boolean;
  /** What is noted of it is older than something that its rows may have been in. */
  readonly doubted: boolean;
  /** The guard has taken it back, and `down` has left something of it. */
  readonly reverted: boolean;
  /** The ledger has the one before it; nothing comes before the first. */
  readonly ledgerReachesIt: boolean;
  /** That the one before it is done, the catalog alone has shown: the ledger did not have it. */
  readonly ledgerLost: boolean;
  /** Of a migration that comes behind it: the ledger has it. This one was written later then, or its row is gone. */
  isInLedger(index: number): boolean;
  /** One that comes behind it has a mark. */
  readonly marksGoOn: boolean;
  /**
   * The guard would have marked this one as well: when the run began, the last one before it that was done had been carried out by the guard. Or
   * none of them was done then, and this run has carried out all.
   */
  readonly marksReachIt: boolean;
  /** And the ledger has had that last one ever since: nobody else has come after the guard, and its end was lost. */
  readonly ledgerAgrees: boolean;
}

export class Standing {
  readonly marks: Marks;
  /** As the runner has it now. */
  ledger: Set<string>;
  readonly #start: Readonly<Record<'done' | 'ran' | 'lost' | 'ledger', ReadonlySet<string>>>;
  /** In this run found done, although the ledger did not have them: it has lost rows. */
  readonly #refound = new Set<string>();

  constructor(ledger: Set<string>, marks: Marks) {
    [this.ledger, this.marks] = [ledger, marks];
    const { done, ran, lost } = marks;
    this.#start = { done: new Set(done), ran: new Set(ran), lost: new Set(lost), ledger: new Set(ledger) };
  }

  tells({ migrations }: History, index: number): Told {
    const { marks, ledger } = this;
    const name = migrations[index]?.name ?? '';
    const before = migrations.slice(0, index).map((each) => each.name);
    const earlier = before.at(-1);
    // What the catalog alone has shown, the runner has written into its ledger since.
    const isFound = earlier !== undefined && marks.found.has(earlier);
    return {
      marked: marks.done.has(name),
      sworn: marks.sworn.has(name),
      doubted: marks.doubted.has(name),
      reverted: marks.reverted.has(name),
      ledgerReachesIt: earlier === undefined || (ledger.has(earlier) && !isFound),
      ledgerLost: isFound || (earlier !== undefined && this.#refound.has(earlier)),
      isInLedger: (k) => ledger.has(migrations[k]?.name ?? ''),
      marksGoOn: migrations.slice(index + 1).some((later) => marks.done.has(later.name)),
      ...this.#guardWasLast(before),
    };
  }

  isAnyway({ migrations }: History, index: number): boolean {
    return this.marks.anyway.has(migrations[index]?.name ?? '');
  }

  #guardWasLast(before: readonly string[]): Pick<Told, 'marksReachIt' | 'ledgerAgrees'> {
    const { done, ran, lost, ledger } = this.#start;
    const last = before.findLast((name) => done.has(name));
    if (last !== undefined) return { marksReachIt: ran.has(last), ledgerAgrees: ledger.has(last) && !lost.has(last) };
    return { marksReachIt: before.length > 0 && before.every((name) => this.marks.ran.has(name)), ledgerAgrees: true };
  }

  /** It has run up, or was found there; as the journal has it then. */
  up(name: string, end: UpEnd): void {
    const { marks } = this;
    if (end !== 'done') this.#refound.add(name);
    if (end === 'done') {
      for (const set of [marks.found, marks.lost, marks.doubted]) set.delete(name);
      marks.ran.add(name);
    } else if (end === 'lost') marks.lost.add(name);
    else if (end === 'found' && (!marks.done.has(name) || marks.sworn.has(name))) marks.found.add(name);
    marks.sworn.delete(name);
    marks.done.add(name);
    this.ledger.add(name);
    this.#ended(name, 'up');
  }

  /** It was taken back. `left`: something of it is there still. */
  down(name: string, left: boolean): void {
    this.#forget(name);
    if (left) this.marks.reverted.add(name);
    this.ledger.delete(name);
    this.#ended(name, 'down');
  }

  /** The ledger does not have it, but the journal says that it is done, or a part of it. Not where a person has said so: he knows more. */
  isNoted(name: string): boolean {
    const { done, sworn, begun } = this.marks;
    return !this.ledger.has(name) && !sworn.has(name) && (done.has(name) || begun.has(`up ${name}`));
  }

  /** What is noted of it is older than something that its rows were in; `wrong`: all of its rows. */
  doubt(name: string, wrong: boolean): void {
    this.#forget(name);
    this.marks.begun.delete(`up ${name}`);
    if (!wrong) for (const set of [this.marks.done, this.marks.doubted]) set.add(name);
  }

  #forget(name: string): void {
    const { done, ran, lost, found, sworn, doubted } = this.marks;
    for (const set of [done, ran, lost, found, sworn, doubted]) set.delete(name);
  }

  #ended(name: string, direction: Direction): void {
    this.marks.anyway.delete(name);
    if (direction === 'up') this.marks.reverted.delete(name);
    this.marks.begun.delete(`${direction} ${name}`);
  }
}
