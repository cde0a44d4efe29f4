/** What the journal says of migrations as wholes. */

/** Names of migrations. */
export interface Marks {
  /** They are done. */
  readonly done: Set<string>;
  /** Of those: the guard has carried them out. */
  readonly ran: Set<string>;
  /** Of those: the ledger did not have them any more in a later run. */
  readonly lost: Set<string>;
  /** Of those: the catalog alone has shown it, since the ledger did not have them. Of rows it shows nothing. */
  readonly found: Set<string>;
  /** Of those: a person has said so, knowing what the catalog shows. Holds until the runner has it in its ledger. */
  readonly sworn: Set<string>;
  /** Of those: something that its rows may have been in was made anew since; perhaps only a part of it was done. */
  readonly doubted: Set<string>;
  /** They are to run next time, also where their position would stop them. */
  readonly anyway: Set<string>;
  /** They were taken back, to the end of `down`, and something of them is left. */
  readonly reverted: Set<string>;
  /** A part of them ran without a transaction: `up name`, `down name`. */
  readonly begun: Set<string>;
}

/** Of a database without a journal. */
export function noMarks(): Marks {
  const none = (): Set<string> => new Set();
  return {
    done: none(),
    ran: none(),
    lost: none(),
    found: none(),
    sworn: none(),
    doubted: none(),
    anyway: none(),
    reverted: none(),
    begun: none(),
  };
}

/** How it is known that a migration is done: it ran, the ledger had it when the journal was begun, and see `Marks`. */
export type Mark = 'done' | 'lost' | 'listed' | 'found' | 'sworn';
