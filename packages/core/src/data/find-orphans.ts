/** findOrphans: rows whose reference leads nowhere. Reads only. */

import { requireCondition, splitOptions, wholeNumber, wrong } from '../arguments.js';
import { parseName, quoteName, requireName, requireNames, type TableName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent } from '../sql.js';
import { type Condition, closed, printCondition } from './condition.js';
import { type Found, readFound } from './found.js';
import { requireColumns } from './require-columns.js';

export interface FindOrphansOptions {
  readonly references: { readonly table: TableName; readonly column: string };
  /** Columns of the samples. Default: all. */
  readonly select?: readonly string[];
  /** Only rows for which this holds. */
  readonly where?: Condition;
  /** How many rows come back as samples. 0–1 000 000, default 10. */
  readonly limit?: number;
}

/** Rows of `table` whose `column` is not NULL and has no counterpart. Counts at most 10 000, then says "at least". */
export async function findOrphans(
  connection: Connection,
  table: TableName,
  column: string,
  options: FindOrphansOptions,
  schema?: string,
): Promise<Found> {
  const operation = 'findOrphans';
  requireName(operation, 'column', column);
  checkOptions(operation, options);
  const name = parseName(operation, table, schema);
  const referenced = parseName(operation, options.references.table, schema);
  await requireColumns(connection, operation, [
    { table: name, columns: [column, ...(options.select ?? [])] },
    { table: referenced, columns: [options.references.column] },
  ]);
  const filter = options.where === undefined ? '' : ` AND (${closed(printCondition(options.where))})`;
  // The filter speaks of the table alone: inside the subselect no other column is in sight.
  const rows = `(SELECT * FROM ${quoteName(name)} WHERE ${quoteIdent(column)} IS NOT NULL${filter}) child
    WHERE NOT EXISTS (SELECT FROM ${quoteName(referenced)} parent WHERE parent.${quoteIdent(options.references.column)} = child.${quoteIdent(column)})`;
  const shown = options.select === undefined ? '*' : options.select.map((c) => `child.${quoteIdent(c)}`).join(', ');
  return readFound(connection, { shown, from: rows, limit: options.limit });
}

function checkOptions(operation: string, options: FindOrphansOptions): void {
  const { references, select, where, limit } = splitOptions<FindOrphansOptions>(operation, options, [
    'references',
    'select',
    'where',
    'limit',
  ]).own;
  if (typeof references !== 'object' || references === null)
    throw wrong(operation, 'references', 'must be { table, column }');
  requireName(operation, 'references.column', references.column);
  if (select !== undefined) requireNames(operation, 'select', select);
  requireCondition(operation, where);
  wholeNumber(operation, 'limit', limit, 0, 1_000_000);
}
