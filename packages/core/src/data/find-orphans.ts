/** findOrphans, orphanPages: rows whose reference leads nowhere, counted and shown, or all of them page by page. Both read only. */

import { requireCondition, splitOptions, wholeNumber, wrong } from '../arguments.js';
import { isNamed, PID, rowKeyColumns } from '../catalog/relation.js';
import { baseTypeOf, haveEquality } from '../catalog/types.js';
import { PrerequisiteError, RefusedError } from '../errors.js';
import {
  type ObjectName,
  parseName,
  printName,
  quoteName,
  requireName,
  requireNames,
  type TableName,
} from '../names.js';
import type { Connection, Row } from '../postgres/connection.js';
import { quoteIdent, quoteValue, sql } from '../sql.js';
import { requireAllRows } from './all-rows.js';
import { type Condition, closed, printCondition } from './condition.js';
import { type Found, readFound } from './found.js';
import { requireColumns } from './require-columns.js';

/** Which rows are meant, and what of them is shown. */
interface Orphans {
  readonly references: { readonly table: TableName; readonly column: string };
  /** Columns of the rows that come back. Default: all. */
  readonly select?: readonly string[];
  /** Only rows for which this holds. */
  readonly where?: Condition;
}

export interface FindOrphansOptions extends Orphans {
  /** How many rows come back as samples. 0–1 000 000, default 10. */
  readonly limit?: number;
}

export interface OrphanPagesOptions extends Orphans {
  /** Rows of one page. 1–100 000, default 500. */
  readonly pageRows?: number;
}

/** What is asked for. */
export interface OrphanRequest<O extends Orphans> {
  readonly table: TableName;
  readonly column: string;
  readonly options: O;
  readonly schema: string | undefined;
}

/** Rows of `table` whose `column` is not NULL and has no counterpart. Counts at most 10 000, then says "at least". */
export async function findOrphans(
  connection: Connection,
  { options, ...request }: OrphanRequest<FindOrphansOptions>,
): Promise<Found> {
  const operation = 'findOrphans';
  const { limit, ...which } = splitOptions<FindOrphansOptions>(operation, options, [...WHICH, 'limit']).own;
  wholeNumber(operation, 'limit', limit, 0, 1_000_000);
  const { shown, from } = await lookFor(connection, operation, { ...request, options: which });
  return readFound(connection, { shown, from, limit });
}

/** A walk through all orphans along a key of their table. */
export interface OrphanWalk {
  readonly shown: string;
  readonly from: string;
  readonly key: readonly string[];
  readonly pageRows: number;
}

/** Behind the row with this key, as text; null: from the beginning. */
type Place = readonly string[] | null;

export interface OrphanPage {
  readonly rows: readonly Row[];
  /** Where the next page begins; null behind the last one. */
  readonly next: Place;
}

/** Rejects with `PrerequisiteError` where no column tells one row from all others, so that there is no way to go on behind a page. */
export async function prepareOrphanWalk(
  connection: Connection,
  { options, ...request }: OrphanRequest<OrphanPagesOptions>,
): Promise<OrphanWalk> {
  const operation = 'orphanPages';
  const { pageRows, ...which } = splitOptions<OrphanPagesOptions>(operation, options, [...WHICH, 'pageRows']).own;
  wholeNumber(operation, 'pageRows', pageRows, 1, 100_000);
  const { shown, from, name } = await lookFor(connection, operation, { ...request, options: which });
  const { rows } = await connection.read(
    sql`select ${PID}, ${rowKeyColumns('c')} as key from pg_catalog.pg_class c where ${isNamed('c', name)}`,
  );
  const key = (rows[0]?.['key'] ?? []) as readonly string[];
  if (key.length === 0) throw withoutKey(operation, name);
  return { shown, from, key, pageRows: pageRows ?? 500 };
}

export async function readOrphanPage(
  connection: Connection,
  { shown, from, key, pageRows }: OrphanWalk,
  place: Place,
): Promise<OrphanPage> {
  const columns = key.map((column) => `child.${quoteIdent(column)}`);
  const listed = columns.join(', ');
  const behind =
    place === null ? '' : ` AND (${listed}) > (${place.map((value) => quoteValue(value).trim()).join(', ')})`;
  const found = await connection.hostQuery(
    sql.raw(
      `SELECT ${shown}, pg_catalog.json_build_array(${columns.map((c) => `${c}::text`).join(', ')})::text AS ${PLACE} FROM ${from}${behind} ORDER BY ${listed} LIMIT ${pageRows}`,
    ),
  );
  const last = found.at(-1)?.[PLACE];
  return {
    rows: found.map(({ [PLACE]: _, ...row }) => row),
    next: found.length < pageRows ? null : (JSON.parse(String(last)) as readonly string[]),
  };
}

const PLACE = 'holdfast_place_of_row';
const WHICH = ['references', 'select', 'where'] as const;

async function lookFor(
  connection: Connection,
  operation: string,
  { table, column, options, schema }: OrphanRequest<Orphans>,
): Promise<{ readonly shown: string; readonly from: string; readonly name: ObjectName }> {
  requireName(operation, 'column', column);
  checkOrphans(operation, options);
  const { references, select, where } = options;
  const name = parseName(operation, table, schema);
  const referenced = parseName(operation, references.table, schema);
  await requireColumns(connection, operation, [
    { table: name, columns: [column, ...(select ?? [])] },
    { table: referenced, columns: [references.column] },
  ]);
  await requireAllRows(connection, operation, [name, referenced]);
  await requireEquality(connection, operation, [name, column], [referenced, references.column]);
  const filter = where === undefined ? '' : ` AND (${closed(printCondition(where))})`;
  // The filter speaks of the table alone: inside the subselect no other column is in sight.
  const from = `(SELECT * FROM ${quoteName(name)} WHERE ${quoteIdent(column)} IS NOT NULL${filter}) child
    WHERE NOT EXISTS (SELECT FROM ${quoteName(referenced)} parent WHERE parent.${quoteIdent(references.column)} = child.${quoteIdent(column)})`;
  const shown = select === undefined ? 'child.*' : select.map((c) => `child.${quoteIdent(c)}`).join(', ');
  return { shown, from, name };
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

function withoutKey(operation: string, name: ObjectName): PrerequisiteError {
  const problem = 'has neither a primary key nor a unique index whose columns are NOT NULL';
  return new PrerequisiteError({
    operation,
    target: printName(name),
    happened: `the table ${problem}, so that there is no way to go on behind a page.`,
    hint: 'Read the rows at once with findOrphans(…, { limit }), or give the table a key first: safeAddPrimaryKey.',
    missing: [{ kind: 'primary key', name: printName(name), problem, nearMisses: [] }],
  });
}

function checkOrphans(operation: string, { references, select, where }: Orphans): void {
  if (typeof references !== 'object' || references === null)
    throw wrong(operation, 'references', 'must be { table, column }');
  requireName(operation, 'references.column', references.column);
  if (select !== undefined) requireNames(operation, 'select', select);
  requireCondition(operation, where);
}
