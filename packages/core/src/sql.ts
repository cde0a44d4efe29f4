/**
 * The one place that quotes. Everything that Holdfast sends is put together from these parts, so an identifier or a literal can
 * never end where the caller's text ends.
 */
import { InvalidArgumentError } from './errors.js';

/** A piece of SQL with its parameters (`$1`, `$2` … in `text`). */
export interface Sql {
  readonly text: string;
  readonly params: readonly unknown[];
}

const FRAGMENT = Symbol.for('holdfast.sql');

/** A piece of SQL that can be nested into another one; made by the `sql` tag only. */
export class SqlFragment {
  /** Told by a registered symbol: an ESM and a CommonJS copy of this package in one process take each other's fragments. */
  readonly [FRAGMENT] = true;
  constructor(
    readonly strings: readonly string[],
    readonly values: readonly unknown[],
  ) {}
}

/** Is it made by the `sql` tag, of this copy of the package or another one? */
export function isFragment(value: unknown): value is SqlFragment {
  return typeof value === 'object' && value !== null && FRAGMENT in value;
}

/**
 * Tagged template for SQL. A plain value becomes a parameter, a nested fragment is spliced in:
 * ``sql`status = ${value} and ${sql.ident('deleted_at')} is null` ``.
 */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): SqlFragment {
  return new SqlFragment(strings, values);
}
/** SQL text as it is. The caller vouches for it. */
sql.raw = (text: string): SqlFragment => new SqlFragment([text], []);
/** A quoted identifier, parts joined by dots: `sql.ident('app', 'users')` → `"app"."users"`. */
sql.ident = (...parts: readonly string[]): SqlFragment => sql.raw(parts.map(quoteIdent).join('.'));
/** Fragments joined by a separator, a comma by default. */
sql.join = (parts: readonly SqlFragment[], separator = ', '): SqlFragment =>
  new SqlFragment(['', ...parts.slice(1).map(() => separator), ''].slice(0, parts.length + 1), parts);

/** Text and parameters of a fragment, parameters numbered from 1. */
export function compileSql(fragment: SqlFragment): Sql {
  const params: unknown[] = [];
  const text = render(fragment, (value) => {
    params.push(value);
    return `$${params.length}`;
  });
  return { text, params };
}

/** The text of a fragment with every value as a literal: for DDL, which takes no parameters. */
export function inlineSql(fragment: SqlFragment): string {
  return render(fragment, quoteValue);
}

function render(fragment: SqlFragment, value: (v: unknown) => string): string {
  let text = fragment.strings[0] ?? '';
  fragment.values.forEach((v, i) => {
    text += isFragment(v) ? render(v, value) : value(v);
    text += fragment.strings[i + 1] ?? '';
  });
  return text;
}

/** `users` → `"users"`. Refuses the empty name and NUL with `InvalidArgumentError`. */
export function quoteIdent(name: string): string {
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw new InvalidArgumentError({
      operation: 'holdfast',
      target: JSON.stringify(name) ?? String(name),
      happened: 'this is not a name: a name is a string with at least one character and without NUL.',
      hint: 'Pass the name of the object as it stands in the database, without quotes.',
    });
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal that is read the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(value: string): string {
  if (value.includes('\0')) {
    throw new InvalidArgumentError({
      operation: 'holdfast',
      target: JSON.stringify(value),
      happened: 'PostgreSQL cannot store a NUL character in text.',
      hint: 'Remove the character from the value.',
    });
  }
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** Why this can be no value of a column; null when it can. What would be written is its source, or `{}`. */
export function whyNoValue(value: unknown): string | null {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (Array.isArray(value)) return value.map(whyNoValue).find((why) => why !== null) ?? null;
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : null;
  if (value instanceof Map || value instanceof Set) return `a ${value.constructor.name}, which is {} in JSON`;
  return 'then' in value && typeof value.then === 'function' ? 'a promise or a query; await it first' : null;
}

/**
 * A JavaScript value as a literal. Objects and arrays of objects become JSON, `Date` an ISO timestamp, `Buffer` a bytea. Throws
 * `InvalidArgumentError` for what is no value.
 */
export function quoteValue(value: unknown): string {
  const why = whyNoValue(value);
  if (why !== null) throw noValue(why);
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (!Number.isFinite(Number(value))) return quoteLiteral(String(value));
    // In parentheses: `a -${-1}` would otherwise start a comment.
    return value < 0 ? `(${value})` : String(value);
  }
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (value instanceof Date) return quoteLiteral(value.toISOString());
  if (value instanceof Uint8Array) return `${quoteLiteral(`\\x${Buffer.from(value).toString('hex')}`)}::bytea`;
  if (typeof value === 'object') return quoteLiteral(json(value));
  return quoteLiteral(String(value));
}

function json(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw noValue(`an object that JSON cannot hold: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function noValue(why: string): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: 'holdfast',
    target: 'a value',
    happened: `it is ${why}.`,
    hint: 'Pass a plain value, or an expression: sql`lower(name)`.',
  });
}

const NAME_BYTES = 63;

/** A name as the server keeps it: the first 63 bytes of its UTF-8 form, cut between characters (PostgreSQL manual, 4.1.1). */
export function truncateName(name: string): string {
  if (name.length * 3 <= NAME_BYTES) return name;
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.length <= NAME_BYTES) return name;
  let end = NAME_BYTES;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
