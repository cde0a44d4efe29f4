/** What the statements that came so far tell of those that come: whether this run is the first one. */
import type { Clause, SchemaReading } from '../reading/reading.js';
import type { JudgedClause } from './judge-clauses.js';
import { type Traceless, unknown, unknownBefore } from './undecided.js';

/** Statements run one after the other: those behind the first that is to do are to do as well. */
type Phase =
  /** Nothing has told yet. */
  | 'open'
  /** What came so far was done before this run. */
  | 'done before'
  /** A statement was to do. */
  | 'under way';

interface Known {
  /** Name of the migration, when the lock of the schema knows it. */
  readonly locked: string | null;
  /** Nothing of what comes is there, or the journal tells what is. */
  readonly underWay: boolean;
  /** A person has said that its rows are to be written. */
  readonly rowsAnyway: boolean;
}

export class Witness {
  #phase: Phase = 'open';
  /** Something ran that leaves no trace, such as rows, while no more told of it than statements before. */
  #ranTraceless = false;
  /** That it is under way others know, and not by its statements. */
  #given = false;
  #rowsAnyway = false;
  #locked: string | null = null;
  /** What this run has made without a name: a second one beside it is meant. */
  readonly #unnamed = new Set<string>();

  begin({ locked, underWay, rowsAnyway }: Known): void {
    this.#locked = locked;
    this.#rowsAnyway = rowsAnyway;
    this.#given = underWay;
    if (underWay) this.#phase = 'under way';
  }

  get locked(): string | null {
    return this.#locked;
  }

  get underWay(): boolean {
    return this.#phase === 'under way';
  }

  /** What the server would refuse a second time, and is there, has been done before. */
  learn({ does, target }: SchemaReading, judged: readonly JudgedClause[]): void {
    const sweeps = judged.find(({ clause, is }) => clause.sweeping === true && is === 'to do');
    if (sweeps !== undefined) this.mayRun(sweeps.clause.text, 'schema');
    for (const { clause, is, found } of judged) {
      if (clause.unnamed !== true || is !== 'to do') continue;
      this.#unnamed.add(`${target} ${clause.text}`);
      // One that says the same is there: a second one leaves no trace of which is which.
      if (found?.verdict === 'present') this.#ranTraceless = true;
    }
    const telling = judged.filter(
      ({ clause, found, isNew }) =>
        (found !== null || isNew === true) &&
        clause.lenient !== true &&
        clause.whereThere !== true &&
        clause.again !== true &&
        found?.facts.again !== true,
    );
    if (telling.length === 0) return;
    const done = telling.every(({ is }) => is === 'done');
    // Where DROP and CREATE of the same came before, they were to do in a second run as well.
    if (done && this.#phase === 'under way' && !this.#given && this.#ranTraceless && !this.#rowsAnyway)
      throw unknownBefore(does, target, this.#locked);
    this.found(does, done, target);
  }

  /** Has this run carried out the same clause on the same object, to which the server gave a name? */
  hasMade(target: string, clause: Clause): boolean {
    return this.#unnamed.has(`${target} ${clause.text}`);
  }

  /** A change that is made only once was there already, or was to do. Throws `RefusedError` when something without a trace ran before it. */
  found(does: PropertyKey, done: boolean, target = ''): void {
    if (!done) this.#phase = 'under way';
    else if (this.#phase === 'open') {
      if (this.#ranTraceless) throw unknownBefore(String(does), target, this.#locked);
      this.#phase = 'done before';
    }
  }

  /** Of what leaves no trace in the catalog. Throws `RefusedError` where nothing tells whether it was done. */
  mayRun(text: string, of: Traceless): void {
    if (this.#rowsAnyway) return;
    if (this.#phase === 'done before') throw unknown(text, of, this.#locked);
    if (of === 'rows' || this.#phase === 'open') this.#ranTraceless = true;
  }
}
