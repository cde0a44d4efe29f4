/**
 * The walk of a backfill: batch after batch along the key, pass after pass, until a pass finds no row that needs the change.
 */
import { isNamed, PID } from '../catalog/relation.js';
import type { LoopContext } from '../engine/operation.js';
import { messageOf, sqlState } from '../engine/translate.js';
import { DataViolationError, NOTHING_CHANGED, PrivilegeError, RefusedError } from '../errors.js';
import { type ObjectName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, quoteValue, sql } from '../sql.js';
import { assignments, type ColumnTypes, type Condition, closed, columnTypes, conditionOf } from './condition.js';
import { readViolations, rowsWhere } from './violations.js';

/** What is walked along. `key`: columns that tell one row from all others, see `rowKeyColumns`; empty without any. */
export interface Way {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly target: string;
}

/** What is done on the way; the members are those of `BackfillOptions`. */
export interface Change {
  readonly set: Readonly<Record<string, unknown>>;
  readonly where?: Condition;
  readonly batchSize?: number;
  readonly targetBatchMs?: number;
  readonly pauseMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly rows: number }) => void;
}

interface Walk extends Change {
  readonly context: LoopContext;
  readonly way: Way;
  /** Expressions that tell one row from all others, in walking order. */
  readonly place: readonly string[];
  readonly types: ColumnTypes;
}

interface Pass {
  readonly picked: number;
  readonly changed: number;
}

const OPERATION = 'backfill';
const MOST_PASSES = 100;
/** So many passes in a row that find rows and change none prove that the rows cannot be changed. */
const IDLE_PASSES = 3;

/**
 * Walks the key from the beginning until a whole pass finds nothing: rows that came in behind the cursor are met by the next pass.
 * Answers the rows changed. Rejects with `PrivilegeError` before the first batch when row level security hides rows from the role, and
 * with `DataViolationError` when rows match that cannot be changed; finished batches stay.
 */
export async function walk(context: LoopContext, way: Way, change: Change): Promise<number> {
  const all: Walk = { ...change, context, way, ...(await readTable(context.connection, way, change)) };
  let total = 0;
  let idle = 0;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const { picked, changed } = await walkOnce(all, total);
    total += changed;
    if (picked === 0 || change.signal?.aborted === true) return total;
    idle = changed === 0 ? idle + 1 : 0;
    if (idle === IDLE_PASSES) throw await notChangeable(all, total);
  }
  throw new RefusedError({
    operation: OPERATION,
    target: way.target,
    happened: `after ${MOST_PASSES} passes there are still rows that need it: something adds them faster than they are changed.`,
    left: left(context, total),
    hint: 'Stop the writer that makes them, or give the column a default, then run again.',
  });
}

/**
 * A ctid is unique in one table only, and so is a primary key where other tables inherit from it (manual, 5.11.1): with the table's own
 * oid they are. The primary key of a partitioned table holds for all its partitions.
 */
async function readTable(
  connection: Connection,
  { table, key, target }: Way,
  { set }: Change,
): Promise<Pick<Walk, 'place' | 'types'>> {
  const { rows } = await connection.read(sql`
    select ${PID}, c.relkind as kind, c.relhassubclass as parent, pg_catalog.row_security_active(c.oid) as hidden,
      current_user::text as role, ${columnTypes('c', Object.keys(set))}
    from pg_catalog.pg_class c where ${isNamed('c', table)}`);
  const row = rows[0] ?? {};
  if (row['hidden'] === true) {
    throw new PrivilegeError({
      operation: OPERATION,
      target,
      happened: `row level security is active for the role ${String(row['role'])}: rows that it hides would stay unchanged without a word.`,
      hint: "Run as a role with BYPASSRLS, or as the table's owner without FORCE ROW LEVEL SECURITY.",
    });
  }
  const unique = key.length > 0 ? key.map(quoteIdent) : ['ctid'];
  const spread = row['parent'] === true && (key.length === 0 || row['kind'] !== 'p');
  return { place: spread ? [...unique, 'tableoid'] : unique, types: (row['types'] ?? {}) as ColumnTypes };
}

async function walkOnce(all: Walk, before: number): Promise<Pass> {
  const { context, signal, onProgress, pauseMs = 0, targetBatchMs = 200 } = all;
  let size = all.batchSize ?? 1_000;
  let cursor: Cursor = null;
  let picked = 0;
  let changed = 0;
  for (;;) {
    if (signal?.aborted === true) return { picked, changed };
    const started = performance.now();
    const batch = await tryBatch(all, cursor, size, before + changed);
    if (batch === null) {
      size = Math.floor(size / 2);
      continue;
    }
    picked += batch.picked;
    changed += batch.changed;
    if (batch.changed > 0) {
      context.progress(before + changed, null);
      onProgress?.({ rows: before + changed });
    }
    if (batch.last === null) return { picked, changed };
    cursor = batch.last;
    const took = Math.max(performance.now() - started, 1);
    size = Math.round(Math.min(Math.max((size * targetBatchMs) / took, size / 2, 10), size * 2, 1_000_000));
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Place of the last row that was met; null at the beginning of a pass. */
type Cursor = readonly (string | null)[] | null;

interface Batch extends Pass {
  /** Place of the last row that was picked, or null when there was none: the pass is at its end. */
  readonly last: Cursor;
}

/** Null when a row in it cannot take the change: a smaller batch may do without that row. Of one row alone it is the error, with its key. */
async function tryBatch(all: Walk, cursor: Cursor, size: number, done: number): Promise<Batch | null> {
  const { context } = all;
  try {
    return await context.batch(() => changeBatch(all, cursor, size));
  } catch (error) {
    if (!BY_A_ROW.test(sqlState(error) ?? '')) throw error;
    if (size > 1) return null;
    throw await offendingRow(all, cursor, done, error);
  }
}

/** Data exceptions, broken constraints, what a trigger raises, the check option of a view (manual, appendix A). */
const BY_A_ROW = /^(22|23|P0001|44)/;

async function offendingRow(all: Walk, cursor: Cursor, done: number, error: unknown): Promise<DataViolationError> {
  const { context, way, types, place } = all;
  const query = `${rowsWhere(way.table, way.key, `(${closed(conditionOf(all, types))})${behind(place, cursor)}`)} ORDER BY ${place.join(', ')} LIMIT 1`;
  const { samples } = await readViolations(context.connection, query);
  return new DataViolationError({
    operation: OPERATION,
    target: way.target,
    happened: `this row cannot take the change: ${messageOf(error)}\n  ${JSON.stringify(samples[0] ?? {})}`,
    left: left(context, done),
    hint: 'Correct the row, or leave it out with where, then run again: it continues from there.',
    count: 1,
    atLeast: true,
    samples,
    cause: error,
  });
}

/**
 * One batch: the next `size` rows behind the cursor that need it. A row that another session has just moved to a new ctid is locked by
 * the first try, but only a second one sees it there.
 */
async function changeBatch(all: Walk, cursor: Cursor, size: number): Promise<Batch> {
  const { context, way } = all;
  const statement = batchStatement(all, cursor, size);
  for (let attempt = 1; ; attempt += 1) {
    const row = (await context.connection.query(statement))[0] ?? {};
    if (Number(row['still']) > 0) throw notConverging(way.target, conditionOf(all, all.types));
    const batch = { picked: Number(row['picked']), changed: Number(row['changed']) };
    if (attempt === 2 || batch.picked === 0 || batch.changed > 0)
      return { ...batch, last: (row['last'] ?? null) as Batch['last'] };
  }
}

function batchStatement(all: Walk, cursor: Cursor, size: number): string {
  const { way, place, set, types } = all;
  const table = quoteName(way.table);
  const condition = `(${closed(conditionOf(all, types))})`;
  // Names that no table and no column has, so that the expressions of `set` are never ambiguous.
  const names = place.map((_, i) => `holdfast_key_${i}`);
  const picked = place.map((column, i) => `${column} AS ${names[i] ?? ''}`).join(', ');
  const joined = place.map((column, i) => `${table}.${column} = holdfast_picked.${names[i] ?? ''}`).join(' AND ');
  // `still` asks the condition again, of the changed row.
  return `WITH holdfast_picked AS MATERIALIZED (SELECT ${picked} FROM ${table} WHERE ${condition}${behind(place, cursor)} ORDER BY ${place.join(', ')} LIMIT ${size} FOR NO KEY UPDATE),
     holdfast_changed AS (UPDATE ${table} SET ${assignments(set, types)} FROM holdfast_picked WHERE ${joined} AND ${condition}
       RETURNING ${condition} IS TRUE AS still)
     SELECT (SELECT count(*) FROM holdfast_picked)::int AS picked, (SELECT count(*) FROM holdfast_changed)::int AS changed,
       (SELECT count(*) FROM holdfast_changed WHERE still)::int AS still,
       (SELECT pg_catalog.json_build_array(${names.map((n) => `${n}::text`).join(', ')}) FROM holdfast_picked ORDER BY ${names.map((n) => `${n} DESC`).join(', ')} LIMIT 1) AS last`;
}

function behind(place: readonly string[], cursor: Cursor): string {
  return cursor === null ? '' : ` AND (${place.join(', ')}) > (${cursor.map(printCursor).join(', ')})`;
}

function printCursor(value: string | null): string {
  return quoteValue(value).trim();
}

function left({ inHostTransaction }: LoopContext, total: number): string {
  if (total === 0) return NOTHING_CHANGED;
  return inHostTransaction
    ? `${total} rows were changed in the migration's transaction.`
    : `${total} rows were changed and stay.`;
}

async function notChangeable(all: Walk, total: number): Promise<DataViolationError> {
  const { context, way, types } = all;
  const query = rowsWhere(way.table, way.key, conditionOf(all, types));
  const found = await readViolations(context.connection, query);
  const shown = found.samples.map((sample) => `\n  ${JSON.stringify(sample)}`).join('');
  const number = `${found.atLeast ? 'at least ' : ''}${found.count} ${found.count === 1 ? 'row matches' : 'rows match'}`;
  return new DataViolationError({
    operation: OPERATION,
    target: way.target,
    happened: `${number} but cannot be changed: a trigger or a rule keeps every UPDATE from them.${shown}`,
    left: left(context, total),
    hint: 'Look at the BEFORE UPDATE triggers and the rules of the table, or leave these rows out with where, then run again.',
    ...found,
  });
}

function notConverging(target: string, condition: string): DataViolationError {
  return new DataViolationError({
    operation: OPERATION,
    target,
    happened: `the change does not make its own condition false, so that it would never end: ${condition}`,
    left: 'This batch was taken back.',
    hint: 'Choose a where that is false for a row once it is changed.',
    count: 1,
    atLeast: true,
    samples: [],
  });
}
