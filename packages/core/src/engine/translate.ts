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
import { endOf, printBlocker } from './blockers.js';

export interface Failure {
  readonly operation: string;
  readonly target: string;
  /** The statement that failed. */
  readonly statement: string;
  readonly left: string;
  /** For whom the statement was seen waiting. */
  readonly blockers?: readonly Blocker[];
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
const ALREADY_THERE = ['42701', '42P07', '42710', '42P06', '42723'];
/** Objects, and values of enums. */
const ALREADY_GONE = ['42P01', '42703', '42704', '3F000', '22023'];
/** `tuple concurrently updated`: what is changed without a lock of its own, such as the name of a type. */
const CHANGED = ['XX000'];
const RACES: ReadonlySet<string> = new Set([...ALREADY_THERE, ...ALREADY_GONE, ...CHANGED]);

/** Another session has just changed the same row of a catalog that no lock guards: a type's name, an object's privileges. */
export function changedBeside(error: unknown): boolean {
  return CHANGED.includes(sqlState(error) ?? '');
}

/** Somebody else made, dropped or renamed the same thing between our look and our statement. A unique index of the catalog says so, too. */
export function lostRace(error: unknown): boolean {
  return RACES.has(sqlState(error) ?? '') || isCatalogConflict(error);
}

function isCatalogConflict(error: unknown): boolean {
  return sqlState(error) === '23505' && /^pg_\w+_index$/.test((error as { constraint?: string }).constraint ?? '');
}

/** Errors of this package pass; everything else gets its class by SQLSTATE, with the driver's error as `cause`. */
export function translate(failure: Failure): HoldfastError {
  const { error, operation, target, left } = failure;
  if (isHoldfastError(error)) return error;
  const fields = { operation, target, left, cause: error };
  const { blockers = [] } = failure;
  const waited = blockers.length === 0 ? '' : `\n${inTheWay(blockers)}`;
  const said = `${messageOf(error)}\nThe statement: ${failure.statement}${waited}`;
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
    const { detail } = error as { detail?: string };
    return new DataViolationError({
      ...fields,
      happened: detail === undefined ? said : `${said}\n${detail}`,
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
  return new StepFailedError({ ...fields, happened: said, hint: hintFor(error) });
}

/** The error after the last try for a lock. */
export function lockTimeout(fields: {
  readonly operation: string;
  readonly target: string;
  readonly left: string;
  readonly happened: string;
  /** How to run again. */
  readonly again: string;
  readonly blockers: readonly Blocker[];
  readonly error: unknown;
}): LockTimeoutError {
  const { operation, target, left, happened, again, blockers, error } = fields;
  const who =
    blockers.length === 0
      ? 'Nobody is seen holding a conflicting lock: whoever did has ended, or is making the same object in a transaction that is open.'
      : inTheWay(blockers);
  const end = blockers.map(endOf).find((statement) => statement !== null);
  return new LockTimeoutError({
    operation,
    target,
    left,
    blockers,
    cause: error,
    happened: `${happened}\n${who}`,
    hint: end === undefined ? again : `${again}; if it is the other one that must give way, end it:\n  ${end}`,
  });
}

function inTheWay(blockers: readonly Blocker[]): string {
  return `In the way:\n${blockers.map((blocker) => `  ${printBlocker(blocker)}`).join('\n')}`;
}

export function messageOf(error: unknown): string {
  const state = sqlState(error);
  const text = error instanceof Error ? error.message : String(error);
  return state === null ? text : `${text} (SQLSTATE ${state})`;
}

/** Does the server end the session with it? Class 08, shutdown and crash (57P), limits on transactions and idleness (25P03, 25P04). */
export function endsSession(state: string): boolean {
  return state.startsWith('08') || /^57P0[1235]$/.test(state) || state === '25P03' || state === '25P04';
}

function hintFor(error: unknown): string {
  const state = sqlState(error);
  if (state === '25006') return 'The server or session is read-only. Connect to the primary server, then run again.';
  if (state === '57014')
    return 'The statement was cancelled, by a statement_timeout or by somebody. Run again; raise scanTimeoutMs if it was the limit.';
  if (state === '25P01')
    return 'The transaction has ended while the operation was on its way: a call was not awaited. Await every call of the guard, look what is there, then run again.';
  if (changedBeside(error)) return 'Most often another session changed the same object at the same moment: run again.';
  if (state === '53100') return 'The disk of the server is full: make room, then run again.';
  if (state === null || endsSession(state))
    return 'The connection was lost or the call failed on the way. Run again: it continues from what is there.';
  return 'Correct the cause that the server names, then run again: it continues from what is there.';
}
