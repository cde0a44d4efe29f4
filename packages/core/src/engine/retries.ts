/** Waiting for locks: bounded, growing, jittered, and said. */
import type { Blocker, HoldfastError } from '../errors.js';
import { readBlockers } from './blockers.js';
import { emit, type RunContext } from './context.js';
import type { Lock } from './operation.js';
import type { Surroundings } from './surroundings.js';
import { DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE, lockTimeout, sqlState } from './translate.js';

/** Who waits, and for what. */
export interface Waiting {
  readonly context: RunContext;
  readonly operation: string;
  readonly target: string;
  readonly locks: readonly Lock[];
  readonly surroundings: Pick<Surroundings, 'ownLockTimeout' | 'holdsStrongLock'>;
  /** What stands in the database, for errors. */
  left(): string;
}

/** Marks an error of a statement that took the host's transaction with it: no further try can help. */
export class Aborted {
  constructor(readonly error: unknown) {}
}

/** Tries until the locks are granted, within lockRetries and lockTotalMs. A deadlock is tried again only where all is rolled back. */
export async function withRetries<T>(waiting: Waiting, attemptOnce: (attempt: number) => Promise<T>): Promise<T> {
  const { settings, inHostTransaction, connection } = waiting.context;
  const started = performance.now();
  // While this transaction keeps writers waiting itself, more patience only makes their queue longer.
  const tries = inHostTransaction && waiting.surroundings.holdsStrongLock ? 1 : settings.lockRetries + 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(attempt);
    } catch (thrown) {
      const error = thrown instanceof Aborted ? thrown.error : thrown;
      const state = sqlState(error);
      if (state !== LOCK_NOT_AVAILABLE && state !== DEADLOCK_DETECTED) throw error;
      const final = thrown instanceof Aborted || (inHostTransaction && state === DEADLOCK_DETECTED);
      const blockers = final ? [] : await readBlockers(connection, waiting.locks, settings.redactQueries);
      const pauseMs = pause(settings, attempt);
      const spent = performance.now() - started;
      if (final || attempt >= tries || spent + pauseMs > settings.lockTotalMs)
        throw notGranted(waiting, { attempt, spent, blockers, error });
      emit(settings, {
        type: 'wait',
        operation: waiting.operation,
        target: waiting.target,
        attempt,
        pauseMs,
        blockers,
      });
      await sleep(pauseMs);
    }
  }
}

/** Doubles with each try up to the limit; half of it is random, so that two deployers do not march in step. In ms. */
export function pause(settings: RunContext['settings'], attempt: number): number {
  const full = Math.min(settings.lockRetryBaseMs * 2 ** Math.min(attempt - 1, 20), settings.lockRetryMaxMs);
  return Math.round(full * (0.5 + Math.random() / 2));
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function notGranted(
  waiting: Waiting,
  end: {
    readonly attempt: number;
    readonly spent: number;
    readonly blockers: readonly Blocker[];
    readonly error: unknown;
  },
): HoldfastError {
  const { operation, target, surroundings, context } = waiting;
  const tries = `${end.attempt} ${end.attempt === 1 ? 'try' : 'tries'}`;
  const each = surroundings.ownLockTimeout ? "the session's own lock_timeout" : `${context.settings.lockTimeoutMs} ms`;
  const waited =
    sqlState(end.error) === DEADLOCK_DETECTED
      ? `after a deadlock, ${tries}`
      : `within ${each}, ${tries} in ${Math.round(end.spent)} ms`;
  return lockTimeout({ operation, target, left: waiting.left(), waited, blockers: end.blockers, error: end.error });
}
