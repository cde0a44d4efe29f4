/** What a guard tells while it works: for logs, progress and tests. */

import type { Blocker } from './errors.js';
import type { Outcome, StepReport } from './outcome.js';

/** Each event carries the operation and target that it is about. */
export type GuardEvent =
  /** A step is about to be tried. */
  | {
      readonly type: 'step:start';
      readonly operation: string;
      readonly target: string;
      readonly step: string;
      readonly sql: string;
    }
  /** A step is done; committed, unless the host's transaction holds it. */
  | {
      readonly type: 'step:done';
      readonly operation: string;
      readonly target: string;
      readonly step: string;
      readonly report: StepReport;
    }
  /**
   * A lock was not granted in one try, or not even asked for, behind somebody who has been there for longer than a try; the next one
   * comes after `pauseMs`.
   */
  | {
      readonly type: 'wait';
      readonly operation: string;
      readonly target: string;
      readonly attempt: number;
      readonly pauseMs: number;
      readonly blockers: readonly Blocker[];
    }
  /** A statement that is running waits for others, longer than a second: asked from a second connection, told when they change. */
  | {
      readonly type: 'blocked';
      readonly operation: string;
      readonly target: string;
      readonly step: string;
      readonly blockers: readonly Blocker[];
    }
  /** How far a statement is that is running, each second: phases and units of PostgreSQL's own progress views. */
  | {
      readonly type: 'phase';
      readonly operation: string;
      readonly target: string;
      readonly step: string;
      /** `building index: scanning table` */
      readonly phase: string;
      readonly done: number;
      /** 0 when the phase has nothing to count. */
      readonly total: number;
      readonly unit: 'blocks' | 'tuples' | 'lockers';
    }
  /** After a step the database is not what the step predicted: somebody else works on it too, or the operation is wrong. */
  | {
      readonly type: 'surprise';
      readonly operation: string;
      readonly target: string;
      readonly predicted: unknown;
      readonly found: unknown;
    }
  /** Something that a person should read: an accepted difference, a lifted refusal. */
  | { readonly type: 'warning'; readonly operation: string; readonly target: string; readonly message: string }
  /** One batch of a backfill is committed. */
  | {
      readonly type: 'progress';
      readonly operation: string;
      readonly target: string;
      readonly rows: number;
      /** As many as there will be in the end, going by the share of the table that is behind it; null when the table was never analysed. */
      readonly total: number | null;
    }
  /** An operation ended. */
  | { readonly type: 'outcome'; readonly operation: string; readonly target: string; readonly outcome: Outcome };
