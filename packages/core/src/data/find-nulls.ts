/** findNulls: rows without a value. Reads only. */
import { requireCondition, splitOptions, wholeNumber } from '../arguments.js';
import { parseName, quoteName, requireName, requireNames, type TableName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent } from '../sql.js';
import { requireAllRows } from './all-rows.js';
import { type Condition, closed, printCondition } from './condition.js';
import { type Found, readFound } from './found.js';
import { requireColumns } from './require-columns.js';

export interface FindNullsOptions {
  /** Columns of the samples. Default: all. */
  readonly select?: readonly string[];
  /** Only rows for which this holds. */
  readonly where?: Condition;
  /** How many rows come back as samples. 0–1 000 000, default 10. */
  readonly limit?: number;
}

/** Rows of `table` that hold NULL in `column`: what safeSetNotNull would stop at. Counts at most 10 000, then says "at least". */
export async function findNulls(
  connection: Connection,
  table: TableName,
  column: string,
  options: FindNullsOptions = {},
  schema?: string,
): Promise<Found> {
  const operation = 'findNulls';
  requireName(operation, 'column', column);
  const { select, where, limit } = splitOptions<FindNullsOptions>(operation, options, ['select', 'where', 'limit']).own;
  if (select !== undefined) requireNames(operation, 'select', select);
  requireCondition(operation, where);
  wholeNumber(operation, 'limit', limit, 0, 1_000_000);
  const name = parseName(operation, table, schema);
  await requireColumns(connection, operation, [{ table: name, columns: [column, ...(select ?? [])] }]);
  await requireAllRows(connection, operation, [name]);
  const filter = where === undefined ? '' : ` AND (${closed(printCondition(where))})`;
  return readFound(connection, {
    shown: select === undefined ? '*' : select.map(quoteIdent).join(', '),
    from: `${quoteName(name)} WHERE ${quoteIdent(column)} IS NULL${filter}`,
    limit,
  });
}
