/** A step under way: what it is part of, and what is done with its connection whatever the kind of step. */
import type { Blocker } from '../errors.js';
import { readBounded } from './bounded-read.js';
import { emit, type RunContext } from './context.js';
import type { Facts, Step } from './operation.js';
import type { Surroundings } from './surroundings.js';
import { watch } from './watch.js';

export interface StepRun<F extends Facts> {
  readonly context: RunContext;
  readonly operation: string;
  readonly target: string;
  readonly step: Step<F>;
  readonly surroundings: Surroundings;
  /** Inspects again; true when the step is still the next one. Called under the lock. */
  stillNeeded(): Promise<boolean>;
  /** What stands in the database, for errors. */
  left(): string;
  /** Told for whom a running statement is seen waiting. */
  waitsFor(blockers: readonly Blocker[]): void;
  /** Told after each committed batch how many rows the step has changed so far. */
  changedRows(rows: number): void;
}

export function lookAtRows<F extends Facts, T>(
  run: StepRun<F>,
  { locks }: Step<F>,
  read: () => Promise<T>,
): Promise<T> {
  return watch({ ...run, limitMs: run.context.settings.scanTimeoutMs }, () =>
    readBounded({ ...run, locks, scans: true }, read),
  );
}

/** The first error is the one to report; a connection that is gone has rolled back by itself. */
export async function quietly<F extends Facts>(run: StepRun<F>, rollback: () => Promise<unknown>): Promise<void> {
  try {
    await rollback();
  } catch (error) {
    const message = `taking it back failed: ${String(error)}`;
    emit(run.context.settings, { type: 'warning', operation: run.operation, target: run.target, message });
  }
}
