/**
 * Every error that Holdfast raises. Users branch on `code` or on the class; the sentence is built from the fields and may change.
 * A sentence says, in this order: what happened, where, what was left in the database, what to do next.
 */
import type { Difference, Outcome } from './outcome.js';

/** The stable codes, one per class. */
export type ErrorCode =
  | 'HF_PREREQUISITE'
  | 'HF_MISMATCH'
  | 'HF_REFUSED'
  | 'HF_LOCK_TIMEOUT'
  | 'HF_DATA'
  | 'HF_DEPENDENCY'
  | 'HF_PRIVILEGE'
  | 'HF_FAILED'
  | 'HF_ARGUMENT'
  | 'HF_UNSUPPORTED';

/** What an error is made of. `happened` is one sentence or a short list, without operation and target. */
export interface ErrorFields {
  readonly operation: string;
  readonly target: string;
  readonly happened: string;
  /** What stands in the database now. Default: nothing was changed. */
  readonly left?: string;
  /** What to do next, ready to paste. */
  readonly hint: string;
  /** The driver's own error, untouched. */
  readonly cause?: unknown;
}

export const NOTHING_CHANGED = 'Nothing was changed.';

const BRAND = Symbol.for('holdfast.error');

/** Base of all errors. `left` tells what stands in the database after it. */
export abstract class HoldfastError extends Error {
  /** A registered symbol: an ESM and a CommonJS copy of this package in one process know each other's errors. */
  readonly [BRAND] = true;
  abstract readonly code: ErrorCode;
  readonly operation: string;
  readonly target: string;
  readonly happened: string;
  left: string;
  readonly hint: string;
  /** The report of the operation that failed, steps done included; set by the engine. */
  outcome?: Outcome;

  constructor(fields: ErrorFields) {
    const left = fields.left ?? NOTHING_CHANGED;
    // Ten frames, V8's default, are all our own: the line of the migration would be cut off.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Math.max(stackTraceLimit, 50);
    super(sentence(fields, left), fields.cause === undefined ? undefined : { cause: fields.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = new.target.name;
    this.operation = fields.operation;
    this.target = fields.target;
    this.happened = fields.happened;
    this.left = left;
    this.hint = fields.hint;
  }

  /** As `console.error` and runners show it: the message once, then the driver's error; the fields are in the message already. */
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    const cause = this.cause === undefined ? '' : ` {\n  [cause]: ${inspect(this.cause, options)}\n}`;
    return `${this.stack ?? this.message}${cause}`;
  }

  /** The engine's: says what stands after steps that were done before the error. */
  leaves(left: string): this {
    this.left = left;
    const before = this.message;
    this.message = sentence(this, left);
    this.stack = this.stack?.replace(before, () => this.message) ?? '';
    return this;
  }
}

/** Is it an error of this package, of this copy or another one? */
export function isHoldfastError(error: unknown): error is HoldfastError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** Something that must exist first is missing: everything missing is in `missing`, with near misses. Nothing was changed. */
export class PrerequisiteError extends HoldfastError {
  readonly code = 'HF_PREREQUISITE';
  readonly missing: readonly MissingPrerequisite[];
  constructor(fields: ErrorFields & { readonly missing: readonly MissingPrerequisite[] }) {
    super(fields);
    this.missing = fields.missing;
  }
}

/** One missing object, and what exists instead. */
export interface MissingPrerequisite {
  readonly kind: string;
  /** As asked for: `users.organisation_id`. */
  readonly name: string;
  /** What is wrong, one line. */
  readonly problem: string;
  /** Names that exist and look alike, best first. */
  readonly nearMisses: readonly string[];
}

/** The name is taken by something else, or equality cannot be proved (`differences[].proved` is false then). Nothing was changed. */
export class MismatchError extends HoldfastError {
  readonly code = 'HF_MISMATCH';
  readonly differences: readonly Difference[];
  /** The wanted side of all differences, one line each. */
  readonly expected: string;
  /** The database's side of all differences, one line each. */
  readonly found: string;
  constructor(fields: ErrorFields & { readonly differences: readonly Difference[] }) {
    super(fields);
    this.differences = fields.differences;
    this.expected = fields.differences.map((d) => `${d.path}: ${d.expected}`).join('\n');
    this.found = fields.differences.map((d) => `${d.path}: ${d.found}`).join('\n');
  }
}

/** Not safe here, so not done: the hint holds the cure for the host in use. Nothing was changed. */
export class RefusedError extends HoldfastError {
  readonly code = 'HF_REFUSED';
}

/** A transaction that stands in the way of a lock. Fields that the role may not see are null. */
export interface Blocker {
  /** Process id of its server process, for `pg_terminate_backend`. Null for a prepared transaction, which has none. */
  readonly pid: number | null;
  /** An ordinary autovacuum gives way by itself; one that prevents wraparound does not, and must not be ended. */
  readonly kind: 'session' | 'autovacuum' | 'autovacuum to prevent wraparound' | 'prepared transaction';
  readonly user: string | null;
  readonly application: string | null;
  readonly state: string | null;
  /** What it waits for itself, `Lock: relation`; null when it works, or is idle. */
  readonly wait: string | null;
  /** The lock mode it holds on the relation. */
  readonly mode: string;
  readonly on: string;
  /** Age of its transaction in seconds. */
  readonly ageSeconds: number | null;
  readonly query: string | null;
  /** Its name, for `ROLLBACK PREPARED`. */
  readonly preparedTransaction: string | null;
}

/** A lock was not granted within all tries. Finished steps stay; run again and it continues there. */
export class LockTimeoutError extends HoldfastError {
  readonly code = 'HF_LOCK_TIMEOUT';
  readonly blockers: readonly Blocker[];
  constructor(fields: ErrorFields & { readonly blockers: readonly Blocker[] }) {
    super(fields);
    this.blockers = fields.blockers;
  }
}

/** Rows violate what is asked for. `count` is exact unless `atLeast` is true; `samples` are a few of them by key. */
export class DataViolationError extends HoldfastError {
  readonly code = 'HF_DATA';
  readonly count: number;
  readonly atLeast: boolean;
  readonly samples: readonly Readonly<Record<string, unknown>>[];
  constructor(
    fields: ErrorFields & {
      readonly count: number;
      readonly atLeast: boolean;
      readonly samples: readonly Readonly<Record<string, unknown>>[];
    },
  ) {
    super(fields);
    this.count = fields.count;
    this.atLeast = fields.atLeast;
    this.samples = fields.samples;
  }
}

/** Other objects depend on what would go. Nothing was changed. */
export class DependencyError extends HoldfastError {
  readonly code = 'HF_DEPENDENCY';
  readonly dependents: readonly string[];
  constructor(fields: ErrorFields & { readonly dependents: readonly string[] }) {
    super(fields);
    this.dependents = fields.dependents;
  }
}

/** The role lacks a right (SQLSTATE 42501). */
export class PrivilegeError extends HoldfastError {
  readonly code = 'HF_PRIVILEGE';
}

/** A statement was tried and failed; `left` says what stands, `cause` is the driver's error. */
export class StepFailedError extends HoldfastError {
  readonly code = 'HF_FAILED';
}

/** The call itself is wrong. Raised before any SQL is sent. */
export class InvalidArgumentError extends HoldfastError {
  readonly code = 'HF_ARGUMENT';
}

/** This host, dialect, server version or kind of object is not supported. Raised before any change. */
export class UnsupportedError extends HoldfastError {
  readonly code = 'HF_UNSUPPORTED';
}

function sentence(fields: Omit<ErrorFields, 'cause'>, left: string): string {
  const where = fields.target === '' ? fields.operation : `${fields.operation}: ${fields.target}`;
  return [`${where}: ${fields.happened}`, left, fields.hint].filter((part) => part !== '').join('\n');
}
