/** Data first: how many rows forbid what is asked for, and a few of them. Counts are bounded, so that a look costs no endless scan. */
import { DataViolationError, type ErrorFields, RefusedError } from '../errors.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Connection, Row } from '../postgres/connection.js';
import { quoteIdent } from '../sql.js';
import { closed } from './condition.js';

/** Counting stops here and says "at least". */
export const COUNT_LIMIT = 10_000;
const SAMPLES = 5;

/** What was found of rows that violate something. `count` is exact unless `atLeast`. */
export interface Violations {
  readonly count: number;
  readonly atLeast: boolean;
  readonly samples: readonly Row[];
}

/** Counts and samples the rows of a query, in one round trip. */
export async function readViolations(connection: Connection, query: string): Promise<Violations> {
  const [row] = await connection.query(
    `WITH bad AS MATERIALIZED (SELECT * FROM (${closed(query)}) q LIMIT ${COUNT_LIMIT + 1})
     SELECT (SELECT count(*) FROM bad)::int AS count,
       coalesce((SELECT pg_catalog.json_agg(s.*) FROM (SELECT * FROM bad LIMIT ${SAMPLES}) s), '[]'::json) AS samples`,
  );
  const count = Number(row?.['count'] ?? 0);
  return {
    count: Math.min(count, COUNT_LIMIT),
    atLeast: count > COUNT_LIMIT,
    samples: (row?.['samples'] ?? []) as readonly Row[],
  };
}

/** What one and many of the rows of a query are called: `key`, `keys`. */
type Counted = readonly [one: string, many: string];

/** Throws `DataViolationError` when the query has rows. `happened` gets the count in front. */
export async function forbidRows(
  connection: Connection,
  query: string,
  fields: ErrorFields & { readonly counted?: Counted },
): Promise<undefined> {
  await judgeRows(connection, { ...fields, query, one: fields.happened, many: fields.happened });
}

/** Rows that stand in the way, and what to say of them behind "1 row" and "3 rows". */
export interface Offence extends Omit<ErrorFields, 'happened'> {
  readonly query: string;
  readonly one: string;
  readonly many: string;
  /** Default: `row`, `rows`. */
  readonly counted?: Counted;
}

/** What becomes of rows that violate: an error, nothing at all but a warning, or a constraint that only new rows must obey. */
export type OnViolation = 'throw' | 'warn' | 'keep-unvalidated';
export const ON_VIOLATION: readonly OnViolation[] = ['throw', 'warn', 'keep-unvalidated'];

/** Throws `DataViolationError` when the query has rows; what is not to be thrown is answered, in one line with count and samples. */
export async function judgeRows(
  connection: Connection,
  { query, one, many, counted = ['row', 'rows'], ...fields }: Offence,
  onViolation: OnViolation = 'throw',
): Promise<string | undefined> {
  const { count, atLeast, samples } = await readViolations(connection, query);
  if (count === 0) return undefined;
  const number = `${atLeast ? 'at least ' : ''}${count.toLocaleString('en').replaceAll(',', ' ')}`;
  const said = count === 1 ? `${number} ${counted[0]} ${one}` : `${number} ${counted[1]} ${many}`;
  const shown = samples.map((sample) => JSON.stringify(sample));
  if (onViolation !== 'throw') return `${said} (${shown.join(', ')}${count > shown.length ? ', …' : ''})`;
  const happened = [said.endsWith('.') ? said : `${said}:`, ...shown.map((sample) => `  ${sample}`)].join('\n');
  throw new DataViolationError({ ...fields, happened, count, atLeast, samples });
}

/** Throws `DataViolationError` when the table has any row. */
export async function rowsExist(connection: Connection, table: ObjectName, fields: ErrorFields): Promise<undefined> {
  const [row] = await connection.query(
    `SELECT count(*)::int AS count FROM (SELECT FROM ${quoteName(table)} LIMIT ${COUNT_LIMIT + 1}) q`,
  );
  const count = Number(row?.['count'] ?? 0);
  if (count > 0)
    throw new DataViolationError({
      ...fields,
      count: Math.min(count, COUNT_LIMIT),
      atLeast: count > COUNT_LIMIT,
      samples: [],
    });
}

/**
 * Throws `DataViolationError` when the table has any row, of whoever made it. `happened` gets the count in front. A transaction that sees
 * the table as it was at its beginning (REPEATABLE READ and above) cannot tell unless nothing is stored at all: `RefusedError`.
 */
export async function forbidAllRows(
  connection: Connection,
  table: ObjectName,
  fields: ErrorFields,
): Promise<undefined> {
  const [row] = await connection.query(
    `WITH RECURSIVE tree (relid) AS (SELECT $1::regclass::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.relid)
     SELECT (SELECT count(*) FROM (SELECT FROM ${quoteName(table)} LIMIT ${COUNT_LIMIT + 1}) q)::int AS count,
       pg_catalog.current_setting('transaction_isolation') AS isolation,
       (SELECT coalesce(sum(pg_catalog.pg_relation_size(relid)), 0) > 0 FROM tree) AS stored`,
    [quoteName(table)],
  );
  const seen = Number(row?.['count'] ?? 0);
  const [count, atLeast] = [Math.min(seen, COUNT_LIMIT), seen > COUNT_LIMIT];
  if (count > 0)
    throw new DataViolationError({
      ...fields,
      happened: `${inWords(count, atLeast)} ${fields.happened}`,
      count,
      atLeast,
      samples: [],
    });
  if (row?.['stored'] !== true || row['isolation'] === 'read committed') return undefined;
  throw new RefusedError({
    ...fields,
    happened: `this transaction is ${String(row['isolation']).toUpperCase()}: it does not see rows that were committed after it began.`,
    hint: `Run it in a transaction that is READ COMMITTED. ${fields.hint}`,
  });
}

function inWords(count: number, atLeast: boolean): string {
  return `${atLeast ? 'at least ' : ''}${count.toLocaleString('en').replaceAll(',', ' ')} ${count === 1 ? 'row' : 'rows'}`;
}

/** Rows of `table` for which `condition` holds, shown by the columns in `show`. `only`: its own rows, those of tables below it left out. */
export function rowsWhere(table: ObjectName, show: readonly string[], condition: string, only = false): string {
  return `SELECT ${show.length === 0 ? 'ctid::text AS ctid' : show.map(quoteIdent).join(', ')} FROM ${rowsOf(table, only)} WHERE ${condition}`;
}

/** A table in FROM. */
export function rowsOf(table: ObjectName, only = false): string {
  return `${only ? 'ONLY ' : ''}${quoteName(table)}`;
}

/** A query that a person can paste to see the rows. */
export function showRows(table: ObjectName, condition: string, only = false): string {
  return `Look at them:\n  SELECT * FROM ${rowsOf(table, only)} WHERE ${closed(condition)} LIMIT 20;\nThen correct ${printName(table)} and run again.`;
}
