/** A walk under way, as its parts see it. */
import type { LoopContext } from '../engine/operation.js';
import { sleep } from '../engine/retries.js';
import type { ObjectName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import type { Condition } from './condition.js';
import type { Lane, Window } from './lanes.js';
import type { Task } from './task.js';

/** What is walked through. `key`: columns that tell one row from all others, see `rowKeyColumns`; empty without any. */
export interface Walked {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly target: string;
}

/** How fast, and until when; the members are those of `BackfillOptions`. */
export interface Pace {
  readonly batchSize?: number;
  readonly targetBatchMs?: number;
  readonly pauseMs?: number;
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly rows: number }) => void;
}

/** What is done on the way. */
export interface Change extends Pace {
  readonly set: Readonly<Record<string, unknown>>;
  readonly where?: Condition;
}

export interface Walk extends Pace {
  /** Of the worker that walks. */
  readonly context: LoopContext;
  readonly walked: Walked;
  readonly task: Task;
  readonly tally: Tally;
  /** Settings of each batch. */
  readonly settings: Readonly<Record<string, string>>;
  /** Called within the batch before its rows are changed; throws where they are somebody else's by now. */
  readonly claim?: (connection: Connection, lane: Lane, window: Window) => Promise<void>;
}

/** Of all workers together. */
export interface Tally {
  /** Changed. */
  rows: number;
  /** Of those, in earlier passes. */
  earlier: number;
  /** Looked at in this pass, as far as estimates of rows go. */
  passed: number;
  /** In the table, by the same estimates; null when it was never analysed, or when the pass did not begin at its beginning. */
  all: number | null;
  failure?: { readonly error: unknown };
}

/** How many rows there will be at the end, if those to come are as those that have been passed. Never fewer than there are. */
export function expectedRows({ rows, earlier, passed, all }: Tally): number | null {
  if (all === null || passed === 0) return null;
  return earlier + Math.round((rows - earlier) / Math.min(1, passed / all));
}

/** No further window is begun. */
export function stopped({ signal, tally }: Walk): boolean {
  return signal?.aborted === true || tally.failure !== undefined;
}

/** Between two batches. */
export async function rest({ pauseMs = 0 }: Pace): Promise<void> {
  if (pauseMs > 0) await sleep(pauseMs);
}
