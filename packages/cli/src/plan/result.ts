/** What `holdfast plan` answers, as its `--json` prints it. */

export interface Plan {
  readonly tool: 'knex' | 'typeorm';
  /** `user@host:port/database`, without the password. */
  readonly database: string;
  readonly server: string;
  /** The PostgreSQL that the migrations were rehearsed on; null: none is pending. */
  readonly rehearsedOn: string | null;
  /** The lock of the schema that tells positions; null: there is none. */
  readonly lockFile: string | null;
  /** What keeps the guard from being in force for the project as a whole; null: nothing. */
  readonly problem: string | null;
  /** What the ledger has and the project has no longer. */
  readonly gone: readonly string[];
  /** Where the live schema is not as the migrations that the ledger has make it: there the rehearsal need not be right. */
  readonly differences: readonly SchemaDifference[];
  readonly migrations: readonly PlannedMigration[];
  /** Nothing stops, fails or is refused. */
  readonly allRun: boolean;
}

export interface SchemaDifference {
  readonly object: string;
  readonly problem: 'missing' | 'different' | 'own';
  readonly expected: string | null;
  readonly found: string | null;
}

export interface PlannedMigration {
  readonly name: string;
  /**
   * `runs`; `done`: it is there already, and will be skipped; `stops`: before any change, or at a statement; `uncertain`: it ran on the
   * copy, and the live database is another one in what it changes, see `conflicts`; `not rehearsed`: the copy could not be brought as far.
   */
  readonly status: 'runs' | 'done' | 'stops' | 'uncertain' | 'not rehearsed';
  /** For `done`, `stops` and `not rehearsed`; with what to do. */
  readonly reason: string | null;
  /** Whether what it sends goes through the guard. */
  readonly guarded: boolean;
  /** Null where it sent nothing. */
  readonly inTransaction: boolean | null;
  readonly warnings: readonly string[];
  /** What it changes, and what the live database has another state of. */
  readonly conflicts: readonly Conflict[];
  readonly statements: readonly PlannedStatement[];
}

export interface Conflict {
  readonly object: string;
  /** Definitions, null where there is none: on the copy before and after the migration, and in the live database now. */
  readonly before: string | null;
  readonly after: string | null;
  readonly live: string | null;
}

export interface PlannedStatement {
  /** As the migration sends it; of an operation that it calls, the first statement that runs, or none. */
  readonly statement: string;
  /** `ALTER TABLE`, `safeAddColumn`; null where nothing judges it. */
  readonly operation: string | null;
  readonly target: string | null;
  readonly status:
    | 'would run'
    | 'there already'
    | 'would be finished'
    | 'skipped'
    | 'unguarded'
    | 'writes rows'
    | 'not judged'
    | 'refused'
    | 'fails';
  readonly reason: string | null;
  /** `online`: rewritten to a form that keeps writers going. */
  readonly form: 'as written' | 'online';
  /** What is sent: the statement itself, or what stands for it. */
  readonly steps: readonly PlannedStep[];
  /** The live tables that it is about. */
  readonly tables: readonly LiveTable[];
  readonly warnings: readonly string[];
}

export interface PlannedStep {
  readonly sql: string;
  /** By table or view that was there before these migrations, the strongest mode; `held`: the transaction has had it since an earlier statement. */
  readonly locks: readonly { readonly on: string; readonly mode: string; readonly held: boolean }[];
  /** Tables that the server reads from end to end. */
  readonly scans: readonly string[];
  /** Tables that the server writes anew. */
  readonly rewrites: readonly string[];
  /** Who waits while it reads or writes all of a table. */
  readonly waits: 'nobody' | 'writers' | 'readers and writers';
}

export interface LiveTable {
  readonly name: string;
  /** By the statistics; null: never analyzed. */
  readonly rows: number | null;
  /** Heap and TOAST, without indexes; of partitions together. */
  readonly bytes: number;
}
