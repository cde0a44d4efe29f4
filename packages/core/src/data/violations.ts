/** Data first: how many rows forbid what is asked for, and a few of them. Counts are bounded, so that a look costs no endless scan. */
import { DataViolationError, type ErrorFields } from '../errors.js';
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
  { counted = ['row', 'rows'], ...fields }: ErrorFields & { readonly counted?: Counted },
): Promise<void> {
  const { count, atLeast, samples } = await readViolations(connection, query);
  if (count === 0) return;
  const number = `${atLeast ? 'at least ' : ''}${count.toLocaleString('en').replaceAll(',', ' ')} ${counted[count === 1 ? 0 : 1]}`;
  const shown = samples.map((sample) => `  ${JSON.stringify(sample)}`).join('\n');
  throw new DataViolationError({
    ...fields,
    happened: `${number} ${fields.happened}\n${shown}`,
    count,
    atLeast,
    samples,
  });
}

/** Throws `DataViolationError` when the table has any row. */
export async function rowsExist(connection: Connection, table: ObjectName, fields: ErrorFields): Promise<void> {
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

/** Rows of `table` for which `condition` holds, shown by the columns in `show`. */
export function rowsWhere(table: ObjectName, show: readonly string[], condition: string): string {
  return `SELECT ${show.length === 0 ? 'ctid::text AS ctid' : show.map(quoteIdent).join(', ')} FROM ${quoteName(table)} WHERE ${condition}`;
}

/** A query that a person can paste to see the rows. */
export function showRows(table: ObjectName, condition: string): string {
  return `Look at them:\n  SELECT * FROM ${quoteName(table)} WHERE ${closed(condition)} LIMIT 20;\nThen correct ${printName(table)} and run again.`;
}
