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
  readonly surroundings: Pick<Surroundings, 'ownLockTimeout' | 'strong'>;
  /** While a try waits, everybody who comes later waits behind it. */
  readonly queues?: boolean;
  /** Whom it was seen waiting for from a second connection: for rows nothing else tells. */
  seen?(): readonly Blocker[];
  /** What stands in the database, for errors. */
  left(): string;
}

/** Marks an error of a statement that took the host's transaction with it: no further try can help. */
export class Aborted {
  constructor(readonly error: unknown) {}
}

/** One try without success. A try that was spared has no error: nobody asked for the lock. */
interface Failure {
  readonly blockers: readonly Blocker[];
  readonly final: boolean;
  /** The host's transaction is lost, or has to be given up: a deadlock comes again while its locks are held. */
  readonly rollback?: boolean;
  readonly error?: unknown;
}

/** Tries until the locks are granted, within lockRetries and lockTotalMs. A deadlock is tried again only where all is rolled back. */
export async function withRetries<T>(waiting: Waiting, attemptOnce: (attempt: number) => Promise<T>): Promise<T> {
  const { context, operation, target, surroundings } = waiting;
  const { settings, inHostTransaction } = context;
  const started = performance.now();
  // While this transaction keeps writers waiting itself, more patience only makes their queue longer.
  const tries = inHostTransaction && surroundings.strong.length > 0 ? 1 : settings.lockRetries + 1;
  for (let attempt = 1; ; attempt += 1) {
    const early = attempt <= tries / 2 && performance.now() - started < settings.lockTotalMs / 2;
    const inFront = early ? await readInFront(waiting) : [];
    let failure: Failure = { blockers: inFront, final: false };
    if (inFront.length === 0) {
      try {
        return await attemptOnce(attempt);
      } catch (thrown) {
        failure = await explain(waiting, thrown);
      }
    }
    const pauseMs = pause(settings, attempt);
    const spent = performance.now() - started;
    if (failure.final || attempt >= tries || spent + pauseMs > settings.lockTotalMs)
      throw notGranted(waiting, { ...failure, attempt, spent });
    emit(settings, { type: 'wait', operation, target, attempt, pauseMs, blockers: failure.blockers });
    await rest(context, pauseMs);
  }
}

/**
 * Who has been in front for longer than a try would wait, and so will most likely still be there at its end. To queue behind them
 * keeps everybody else waiting for nothing; so the first half of the tries, and of the time, only looks. An autovacuum gives way.
 */
async function readInFront({ context, locks, queues }: Waiting): Promise<readonly Blocker[]> {
  if (queues !== true) return [];
  const { lockTimeoutMs, redactQueries } = context.settings;
  const blockers = await readBlockers(context.connection, locks, redactQueries);
  return blockers.filter(({ kind, ageSeconds }) => kind !== 'autovacuum' && (ageSeconds ?? 0) * 1000 > lockTimeoutMs);
}

/** Throws on what is not about locks. */
async function explain(waiting: Waiting, thrown: unknown): Promise<Failure> {
  const { context, locks } = waiting;
  const aborted = thrown instanceof Aborted;
  const error = aborted ? thrown.error : thrown;
  const state = sqlState(error);
  if (state !== LOCK_NOT_AVAILABLE && state !== DEADLOCK_DETECTED) throw error;
  const final = aborted || (context.inHostTransaction && state === DEADLOCK_DETECTED);
  const { redactQueries } = context.settings;
  const blockers = aborted
    ? await lookBeside(waiting, (second) => readBlockers(second, locks, redactQueries))
    : await readBlockers(context.connection, locks, redactQueries);
  return { blockers: [...blockers, ...(waiting.seen?.() ?? [])], final, rollback: final, error };
}

/** A failed transaction answers nothing: somebody else has to look. */
async function lookBeside(
  { context, operation, target }: Waiting,
  look: Parameters<RunContext['connection']['beside']>[0],
): Promise<readonly Blocker[]> {
  try {
    return (await context.connection.beside(look)) as readonly Blocker[];
  } catch (error) {
    const message = `who blocks cannot be told: a second connection failed: ${String(error)}`;
    emit(context.settings, { type: 'warning', operation, target, message });
    return [];
  }
}

/** Doubles with each try up to the limit; half of it is random, so that two deployers do not march in step. In ms. */
export function pause(settings: RunContext['settings'], attempt: number): number {
  const full = Math.min(settings.lockRetryBaseMs * 2 ** Math.min(attempt - 1, 20), settings.lockRetryMaxMs);
  return Math.round(full * (0.5 + Math.random() / 2));
}

const SIGN_OF_LIFE_MS = 1_000;

/** Sleeps. An open transaction gives a sign of life meanwhile, or idle_in_transaction_session_timeout would end it. */
async function rest({ inHostTransaction, connection }: RunContext, ms: number): Promise<void> {
  if (!inHostTransaction) return sleep(ms);
  for (let left = ms; left > 0; left -= SIGN_OF_LIFE_MS) {
    await sleep(Math.min(left, SIGN_OF_LIFE_MS));
    await connection.script(['']);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function notGranted(
  waiting: Waiting,
  end: Failure & { readonly attempt: number; readonly spent: number },
): HoldfastError {
  const { operation, target, surroundings, context } = waiting;
  const { error, blockers } = end;
  const tries = `${end.attempt} ${end.attempt === 1 ? 'try' : 'tries'} in ${Math.round(end.spent)} ms`;
  const each = surroundings.ownLockTimeout ? "the session's own lock_timeout" : `${context.settings.lockTimeoutMs} ms`;
  const deadlock = sqlState(error) === DEADLOCK_DETECTED;
  const happened = deadlock
    ? `deadlock: this session and another one waited for each other (${tries}).\n${(error as { detail?: string }).detail ?? ''}`.trimEnd()
    : `lock not granted within ${each}, ${tries}.`;
  const again = end.rollback === true ? context.session.cure('recovery') : 'Run again';
  return lockTimeout({ operation, target, left: waiting.left(), happened, again, blockers, error });
}
