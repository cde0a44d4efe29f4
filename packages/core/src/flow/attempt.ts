/** attempt and its relatives: parts of a migration that may fail without taking the rest with them. */

import { refuseUnusable } from '../engine/guard-run.js';
import { IN_FAILED_TRANSACTION, messageOf, sqlState } from '../engine/translate.js';
import { isHoldfastError, StepFailedError } from '../errors.js';
import type { Outcome, OutcomeStatus } from '../outcome.js';
import { Connection } from '../postgres/connection.js';
import { holdTurn } from '../postgres/queue.js';
import type { Session } from '../session.js';

/** What an attempt brought: the error that ended it, or none. */
interface Attempt {
  readonly failure: unknown;
  /** The savepoint took everything back. */
  readonly undone: boolean;
}

/**
 * Runs user code so that its failure leaves the transaction usable: inside a host's transaction in a savepoint, which takes all of it
 * back; outside, where each operation has committed by itself, what was done stays. Errors that are neither Holdfast's nor the
 * database's, and wrong calls, are thrown on.
 */
export async function isolate(session: Session, body: () => Promise<unknown>): Promise<Attempt> {
  const lease = await session.lease();
  const connection = new Connection(lease.client, session);
  try {
    // The state is asked for in turn: before, it could be that of an operation's own transaction.
    const attempt = await holdTurn(lease.client, async (idle) => {
      const state = await refuseUnusable(connection, 'attempt', session);
      return state === 'none' ? null : inSavepoint(connection, body, idle);
    });
    if (attempt !== null) return attempt;
  } finally {
    await lease.release();
  }
  // Without the connection: the body takes one for each operation, and a pool may have no second one.
  return passThrough(body);
}

let savepoints = 0;

async function inSavepoint(
  connection: Connection,
  body: () => Promise<unknown>,
  idle: () => Promise<void>,
): Promise<Attempt> {
  savepoints += 1;
  const name = `holdfast_attempt_${savepoints}`;
  const takeBack = (): Promise<unknown> =>
    connection.script([`ROLLBACK TO SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`]);
  await connection.query(`SAVEPOINT ${name}`);
  try {
    try {
      await body();
    } finally {
      // What the body has started and not awaited belongs to it: it ends before the savepoint does.
      await idle();
    }
  } catch (error) {
    await takeBack();
    if (!isolable(error)) throw error;
    return { failure: error, undone: true };
  }
  try {
    await connection.query(`RELEASE SAVEPOINT ${name}`);
    return { failure: undefined, undone: false };
  } catch (error) {
    // User code has swallowed the error of a statement. The driver need not know of the failed state yet; the server does.
    if (sqlState(error) !== IN_FAILED_TRANSACTION) throw error;
    await takeBack();
    return { failure: swallowed(), undone: true };
  }
}

/** No savepoint: what the body did before it failed stays. */
export async function passThrough(body: () => Promise<unknown>): Promise<Attempt> {
  try {
    await body();
    return { failure: undefined, undone: false };
  } catch (error) {
    if (!isolable(error)) throw error;
    return { failure: error, undone: false };
  }
}

function swallowed(): StepFailedError {
  return new StepFailedError({
    operation: 'attempt',
    target: '',
    happened: 'a statement failed and its error was caught inside the attempt.',
    hint: 'Let the error pass: attempt catches it.',
  });
}

function isolable(error: unknown): boolean {
  if (isHoldfastError(error) && error.code === 'HF_ARGUMENT') return false;
  return isHoldfastError(error) || sqlState(error) !== null;
}

/** The outcome of a group of operations. */
export function groupOutcome(fields: {
  readonly operation: string;
  readonly target: string;
  readonly children: readonly Outcome[];
  readonly attempt: Attempt;
  readonly durationMs: number;
}): Outcome {
  const { operation, target, children, attempt, durationMs } = fields;
  const failed = attempt.failure !== undefined;
  const stays = attempt.undone ? 'all of it was taken back' : 'what was done before it stays';
  return {
    operation,
    target,
    status: failed ? 'failed' : statusOf(children),
    ...(failed ? { reason: `${firstLine(attempt.failure)}; ${stays}` } : {}),
    durationMs,
    roundTrips: 0,
    children: attempt.undone ? children.map(takenBack) : children,
    steps: [],
  };
}

/** An operation whose effect the savepoint has taken back. */
function takenBack(outcome: Outcome): Outcome {
  if (outcome.status !== 'applied' && outcome.status !== 'repaired') return outcome;
  return {
    ...outcome,
    status: 'skipped',
    reason: 'done, and taken back with the rest',
    children: outcome.children.map(takenBack),
  };
}

function statusOf(children: readonly Outcome[]): OutcomeStatus {
  const has = (status: OutcomeStatus): boolean => children.some((c) => c.status === status);
  if (has('planned')) return 'planned';
  if (has('applied')) return 'applied';
  if (has('repaired')) return 'repaired';
  return children.length > 0 && children.every((c) => c.status === 'skipped') ? 'skipped' : 'unchanged';
}

/** One error for everything that failed in a group. */
export function groupError(
  operation: string,
  target: string,
  outcomes: readonly Outcome[],
  cause: unknown,
): StepFailedError {
  const failed = outcomes.filter((o) => o.status === 'failed' || o.status === 'refused');
  const lines = failed.map((o) => `  ${o.target}: ${o.reason ?? o.status}`);
  const error = new StepFailedError({
    operation,
    target,
    happened: `${failed.length} of ${outcomes.length} failed:\n${lines.join('\n')}`,
    left: 'The others are done.',
    hint: 'Correct the causes, then run again: what is done is left alone.',
    cause,
  });
  return error;
}

function firstLine(error: unknown): string {
  if (isHoldfastError(error))
    return `${error.code} ${error.message
      .split('\n')
      .slice(0, 2)
      .map((line) => line.trim())
      .join(' ')}`;
  return messageOf(error).split('\n')[0] ?? '';
}
