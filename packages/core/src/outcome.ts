/** What operations answer, and the report made of it. */

/**
 * What became of one operation.
 * `applied`: it was absent and is there now. `unchanged`: it was there, exactly. `repaired`: a part was there, the rest was done.
 * `skipped`: left out on purpose (see `reason`). `planned`: plan mode, nothing was changed. `failed`: tried, see the error.
 * `refused`: not tried. `unguarded`: ran as it is, without a guard.
 */
export type OutcomeStatus =
  | 'applied'
  | 'unchanged'
  | 'repaired'
  | 'skipped'
  | 'planned'
  | 'failed'
  | 'refused'
  | 'unguarded';

/** A lock that a step takes: `on` is the object (`public.users`), `mode` PostgreSQL's own name (`ShareRowExclusiveLock`). */
export interface LockReport {
  readonly on: string;
  readonly mode: string;
}

/** One statement that ran, or in plan mode would run. `why` is half a sentence. */
export interface StepReport {
  readonly sql: string;
  readonly locks: readonly LockReport[];
  readonly why: string;
  /** Milliseconds of the successful try, the wait for locks included. Absent in plan mode. */
  readonly durationMs?: number;
  /** Tries until the locks were granted, 1 or more. Absent in plan mode. */
  readonly attempts?: number;
}

/** The answer of every operation. `children` are the operations it consists of, in the order in which they ran. */
export interface Outcome {
  readonly operation: string;
  readonly target: string;
  readonly status: OutcomeStatus;
  readonly reason?: string;
  /** Rows changed, for operations that change rows. */
  readonly rows?: number;
  readonly durationMs: number;
  /** Messages sent to the server and waited for, children not included. */
  readonly roundTrips: number;
  readonly children: readonly Outcome[];
  /** Plan mode: objects that this plan takes for granted because an earlier step would make them. */
  readonly assumes?: readonly string[];
  readonly steps: readonly StepReport[];
}

/**
 * One property in which the database differs from what is wanted. `proved: false` means that the two may be the same thing in
 * another spelling and Holdfast cannot tell.
 */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  readonly proved: boolean;
}
