/** findDuplicates: keys that come more than once. Reads only. */
import { oneOf, requireCondition, splitOptions, wholeNumber } from '../arguments.js';
import { parseName, quoteName, requireNames, type TableName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent } from '../sql.js';
import { requireAllRows } from './all-rows.js';
import { type Condition, closed, printCondition } from './condition.js';
import { type Found, readFound } from './found.js';
import { requireColumns } from './require-columns.js';

export interface FindDuplicatesOptions {
  /** Only rows for which this holds, as in a partial unique index. */
  readonly where?: Condition;
  /** NULLs count as equal. Default `false`: a key with a NULL in it is no duplicate, as for a unique constraint. */
  readonly nullsNotDistinct?: boolean;
  /** How many keys come back as samples. 0–1 000 000, default 10. */
  readonly limit?: number;
}

/** `count` is that of keys, not of rows; a sample is a key with the number of its rows in `rows`, most first. Counts at most 10 000 keys. */
export async function findDuplicates(
  connection: Connection,
  table: TableName,
  columns: readonly string[],
  options: FindDuplicatesOptions = {},
  schema?: string,
): Promise<Found> {
  const operation = 'findDuplicates';
  requireNames(operation, 'columns', columns);
  const { where, nullsNotDistinct, limit } = splitOptions<FindDuplicatesOptions>(operation, options, [
    'where',
    'nullsNotDistinct',
    'limit',
  ]).own;
  requireCondition(operation, where);
  oneOf(operation, 'nullsNotDistinct', nullsNotDistinct, [true, false]);
  wholeNumber(operation, 'limit', limit, 0, 1_000_000);
  const name = parseName(operation, table, schema);
  await requireColumns(connection, operation, [{ table: name, columns }]);
  await requireAllRows(connection, operation, [name]);
  const keys = columns.map(quoteIdent);
  const conditions = [
    ...(where === undefined ? [] : [`(${closed(printCondition(where))})`]),
    ...(nullsNotDistinct === true ? [] : keys.map((key) => `${key} IS NOT NULL`)),
  ];
  const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const groups = `SELECT ${keys.join(', ')}, count(*)::int AS rows FROM ${quoteName(name)}${filter} GROUP BY ${keys.map((_, i) => i + 1).join(', ')} HAVING count(*) > 1`;
  return readFound(connection, { shown: '*', from: `(${groups} ORDER BY count(*) DESC) found`, limit });
}
