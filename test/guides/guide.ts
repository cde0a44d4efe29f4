/** What a guide consists of, besides its migrations in `knex/` and `typeorm/`. */
export interface Guide {
  readonly name: string;
  readonly folder: string;
  /** The database before. */
  readonly setup: string;
  /** Lines of the catalog that its migrations make: without them migrations that do nothing would pass. */
  readonly makes: readonly (string | RegExp)[];
  /** Queries of one number, and what they answer when all has run. */
  readonly rows?: Readonly<Record<string, number>>;
  /** Tables whose rows `down` leaves as `up` has made them, such as a log. */
  readonly keeps?: readonly string[];
  readonly states: readonly State[];
}

/** A state that the guide warns of: drifted, half applied, without what it needs. */
export interface State {
  readonly what: string;
  /** Makes it, in the database before. */
  readonly sql: string;
  /** What the runner rejects with. */
  readonly stops?: { readonly code: string; readonly says: string | readonly (string | RegExp)[] };
  /** Operations that are `repaired`, each with its target. */
  readonly repairs?: readonly string[];
  /** Operations that are `skipped`, each with its target and how its reason begins. */
  readonly skips?: readonly string[];
  /** What a person does then, before it is run once more. */
  readonly cure?: string;
}
