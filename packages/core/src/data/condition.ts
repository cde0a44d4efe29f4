/** Conditions and values of statements on rows, as SQL text. */
import { InvalidArgumentError } from '../errors.js';
import {
  inlineSql,
  isFragment,
  quoteIdent,
  quoteLiteral,
  quoteValue,
  type SqlFragment,
  sql,
  truncateName,
} from '../sql.js';

/** A condition on rows: SQL text, a fragment of the `sql` tag, or columns that must equal values. */
export type Condition = string | SqlFragment | Readonly<Record<string, unknown>>;

/** New values by column: a value, or an expression by the `sql` tag. */
export type NewValues = Readonly<Record<string, unknown>>;

export interface ColumnType {
  /** As `format_type` prints it: `character varying(20)[]`. */
  readonly name: string;
  readonly array: boolean;
  /** The type has no operator `=`: json, xml, point, polygon, and arrays of them. */
  readonly incomparable: boolean;
}

/** By the column's name as the server keeps it. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>;

const INCOMPARABLE = sql.raw("'{json,xml,point,polygon}'::regtype[]");

/** Column `types` of an inspection: `ColumnTypes` of those of `columns` that the relation `alias` of pg_class has; null without any. */
export function columnTypes(alias: string, columns: readonly string[]): SqlFragment {
  return sql`(select pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object('name', pg_catalog.format_type(a.atttypid, a.atttypmod), 'array', b.is_array, 'incomparable', b.incomparable))
      from pg_catalog.pg_attribute a
      cross join lateral (
        with recursive base as (
          select t.* from pg_catalog.pg_type t where t.oid = a.atttypid
          union all select t.* from base join pg_catalog.pg_type t on t.oid = base.typbasetype)
        select bool_or(typcategory = 'A') as is_array,
          bool_or(oid = any(${INCOMPARABLE}) or (typcategory = 'A' and typelem = any(${INCOMPARABLE}))) as incomparable from base) b
      where a.attrelid = ${sql.raw(alias)}.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(${columns}::name[])) as types`;
}

/** The `where`, or: some column differs from what `set` says. */
export function conditionOf(
  { set, where }: { readonly set: NewValues; readonly where?: Condition | undefined },
  types: ColumnTypes = {},
): string {
  if (where !== undefined) return printCondition(where);
  return Object.entries(set)
    .map(([column, value]) => {
      const type = types[truncateName(column)];
      const printed = `(${closed(printValue(value, type))})`;
      return type?.incomparable === true
        ? `${quoteIdent(column)}::text IS DISTINCT FROM ${printed}::${type.name}::text`
        : `${quoteIdent(column)} IS DISTINCT FROM ${printed}`;
    })
    .join(' OR ');
}

/** A condition as SQL text. Throws `InvalidArgumentError` for values that a column cannot be compared with. */
export function printCondition(where: Condition): string {
  if (typeof where === 'string') return where;
  if (isFragment(where)) return inlineSql(where);
  const parts = Object.entries(where).map(([column, value]) => {
    if (!isScalar(value)) throw notAValue(column, value);
    return value === null ? `${quoteIdent(column)} IS NULL` : `${quoteIdent(column)} = ${quoteValue(value).trim()}`;
  });
  if (parts.length === 0) {
    throw new InvalidArgumentError({
      operation: 'where',
      target: '{}',
      happened: 'the condition is empty.',
      hint: 'Name at least one column, or leave where out.',
    });
  }
  return parts.join(' AND ');
}

/** The assignments of an UPDATE. */
export function assignments(set: NewValues, types: ColumnTypes = {}): string {
  return Object.entries(set)
    .map(([column, value]) => `${quoteIdent(column)} = ${closed(printValue(value, types[truncateName(column)]))}`)
    .join(', ');
}

/** A JavaScript array is an array literal for a column of arrays, and JSON for any other. */
export function printValue(value: unknown, type?: ColumnType): string {
  if (isFragment(value)) return inlineSql(value).trim();
  if (Array.isArray(value) && type?.array === true) return quoteLiteral(arrayText(value)).trim();
  return quoteValue(value).trim();
}

/** Text that something follows: a comment at its end must not swallow that. */
export function closed(text: string): string {
  return text.includes('--') ? `${text}\n` : text;
}

function isScalar(value: unknown): boolean {
  return (
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array ||
    ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
  );
}

function notAValue(column: string, value: unknown): InvalidArgumentError {
  const what = value === undefined ? 'undefined' : Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
  return new InvalidArgumentError({
    operation: 'where',
    target: column,
    happened: `the value is ${what}: a column is compared with a string, number, bigint, boolean, Date, Buffer or null.`,
    hint: 'Pass null for IS NULL; for anything else write the condition with the sql tag: where: sql`…`.',
  });
}

/** Manual, 8.15.2: elements in double quotes, backslash and double quote escaped, NULL without quotes. */
function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  if (isFragment(value)) {
    throw new InvalidArgumentError({
      operation: 'set',
      target: inlineSql(value),
      happened: 'an expression cannot be an element of a JavaScript array.',
      hint: 'Write the whole array as an expression: sql`ARRAY[…]`.',
    });
  }
  return `"${scalarText(value).replaceAll(/["\\]/g, '\\$&')}"`;
}

function scalarText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
