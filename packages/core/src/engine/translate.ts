/** The server's errors, by SQLSTATE only (manual, appendix A), as errors of this package. Their text is never read. */

import type { Blocker } from '../errors.js';
import {
  DataViolationError,
  DependencyError,
  type HoldfastError,
  isHoldfastError,
  LockTimeoutError,
  PrivilegeError,
  RefusedError,
  StepFailedError,
} from '../errors.js';
import { printBlocker } from './blockers.js';

export interface Failure {
  readonly operation: string;
  readonly target: string;
  /** The statement that failed. */
  readonly statement: string;
  readonly left: string;
  readonly error: unknown;
}

/** SQLSTATE of a driver error, else null. */
export function sqlState(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

export const LOCK_NOT_AVAILABLE = '55P03';
export const DEADLOCK_DETECTED = '40P01';
export const IN_FAILED_TRANSACTION = '25P02';
export const UNSAFE_NEW_ENUM_VALUE = '55P04';
const ALREADY_THERE: ReadonlySet<string> = new Set(['42701', '42P07', '42710', '42P06']);

/** Somebody else made the same thing between our look and our statement. A unique index of the catalog says so, too. */
export function lostRace(error: unknown): boolean {
  return ALREADY_THERE.has(sqlState(error) ?? '') || isCatalogConflict(error);
}

function isCatalogConflict(error: unknown): boolean {
  return sqlState(error) === '23505' && /^pg_\w+_index$/.test((error as { constraint?: string }).constraint ?? '');
}

/** Errors of this package pass; everything else gets its class by SQLSTATE, with the driver's error as `cause`. */
export function translate(failure: Failure): HoldfastError {
  const { error, operation, target, left } = failure;
  if (isHoldfastError(error)) return error;
  const fields = { operation, target, left, cause: error };
  const said = `${messageOf(error)}\nThe statement: ${failure.statement}`;
  const state = sqlState(error);
  if (state === '42501') {
    return new PrivilegeError({
      ...fields,
      happened: said,
      hint: 'Run as the owner of the object, or let its owner run this migration.',
    });
  }
  if (state === '2BP01') {
    const detail = (error as { detail?: string }).detail ?? '';
    const dependents = detail.split('\n').filter((line) => line !== '');
    return new DependencyError({ ...fields, happened: said, dependents, hint: 'Drop or change these objects first.' });
  }
  if (state?.startsWith('23') === true && !isCatalogConflict(error)) {
    return new DataViolationError({
      ...fields,
      happened: said,
      count: 1,
      atLeast: true,
      samples: [],
      hint: 'Correct the rows, then run again.',
    });
  }
  if (state === UNSAFE_NEW_ENUM_VALUE) {
    return new RefusedError({
      ...fields,
      happened: said,
      hint: 'Commit the new enum value first: put its use into the next migration and run the two in separate transactions.',
    });
  }
  return new StepFailedError({ ...fields, happened: said, hint: hintFor(state) });
}

/** The error after the last try for a lock. */
export function lockTimeout(fields: {
  readonly operation: string;
  readonly target: string;
  readonly left: string;
  readonly waited: string;
  readonly blockers: readonly Blocker[];
  readonly error: unknown;
}): LockTimeoutError {
  const { operation, target, left, waited, blockers, error } = fields;
  const who =
    blockers.length === 0
      ? 'Nobody seen holding a conflicting lock any more.'
      : `Blocked by ${blockers.map(printBlocker).join('; ')}.`;
  const oldest = blockers[0];
  const end = oldest === undefined ? '' : `, or end the oldest blocker:\n  SELECT pg_terminate_backend(${oldest.pid});`;
  return new LockTimeoutError({
    operation,
    target,
    left,
    blockers,
    cause: error,
    happened: `lock not granted ${waited}. ${who}`,
    hint: `Run again${end}`,
  });
}

export function messageOf(error: unknown): string {
  const state = sqlState(error);
  const text = error instanceof Error ? error.message : String(error);
  return state === null ? text : `${text} (SQLSTATE ${state})`;
}

function hintFor(state: string | null): string {
  if (state === '25006') return 'The server or session is read-only. Connect to the primary server, then run again.';
  if (state === '57014')
    return 'The statement was cancelled, by a statement_timeout or by somebody. Run again; raise scanTimeoutMs if it was the limit.';
  if (state === null || state.startsWith('08') || state.startsWith('57P'))
    return 'The connection was lost or the call failed on the way. Run again: it continues from what is there.';
  return 'Correct the cause that the server names, then run again: it continues from what is there.';
}
