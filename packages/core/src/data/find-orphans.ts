/** findOrphans: rows whose reference leads nowhere. Reads only. */

import { requireCondition, splitOptions, wholeNumber, wrong } from '../arguments.js';
import { isNamed, PID } from '../catalog/relation.js';
import { baseTypeOf, haveEquality } from '../catalog/types.js';
import { RefusedError } from '../errors.js';
import {
  type ObjectName,
  parseName,
  printName,
  quoteName,
  requireName,
  requireNames,
  type TableName,
} from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, sql } from '../sql.js';
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
  await requireEquality(connection, operation, [name, column], [referenced, options.references.column]);
  const filter = options.where === undefined ? '' : ` AND (${closed(printCondition(options.where))})`;
  // The filter speaks of the table alone: inside the subselect no other column is in sight.
  const rows = `(SELECT * FROM ${quoteName(name)} WHERE ${quoteIdent(column)} IS NOT NULL${filter}) child
    WHERE NOT EXISTS (SELECT FROM ${quoteName(referenced)} parent WHERE parent.${quoteIdent(options.references.column)} = child.${quoteIdent(column)})`;
  const shown = options.select === undefined ? '*' : options.select.map((c) => `child.${quoteIdent(c)}`).join(', ');
  return readFound(connection, { shown, from: rows, limit: options.limit });
}

/** The query would fail without an operator for the two types, and a transaction with it. */
async function requireEquality(
  connection: Connection,
  operation: string,
  [table, column]: readonly [ObjectName, string],
  [referenced, refcolumn]: readonly [ObjectName, string],
): Promise<void> {
  const {
    rows: [pair],
  } = await connection.read(sql`
    select ${PID}, pg_catalog.format_type(fa.atttypid, fa.atttypmod) as type, pg_catalog.format_type(ra.atttypid, ra.atttypmod) as reftype,
      ${haveEquality('rt', 'ft')} as comparable
    from pg_catalog.pg_class c join pg_catalog.pg_attribute fa on fa.attrelid = c.oid and fa.attname = ${column}::name,
      pg_catalog.pg_class r join pg_catalog.pg_attribute ra on ra.attrelid = r.oid and ra.attname = ${refcolumn}::name,
      lateral ${baseTypeOf('fa')} ft, lateral ${baseTypeOf('ra')} rt
    where ${isNamed('c', table)} and ${isNamed('r', referenced)}`);
  if (pair === undefined || pair['comparable'] === true) return;
  const [from, to] = [`${printName(table)}.${column}`, `${printName(referenced)}.${refcolumn}`];
  throw new RefusedError({
    operation,
    target: `${printName(table)}.${column}`,
    happened: `the columns cannot be compared, PostgreSQL has no = for their types:\n  ${from} is ${pair['type']}, ${to} is ${pair['reftype']}`,
    hint: 'Compare columns of one type, or change the type of one of them first.',
  });
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
