/**
 * The walk of a backfill: window after window through each table, pass after pass, until a pass finds no row that needs the change.
 */
import { isNamed, PID } from '../catalog/relation.js';
import type { LoopContext } from '../engine/operation.js';
import { messageOf, sqlState } from '../engine/translate.js';
import { DataViolationError, NOTHING_CHANGED, PrivilegeError, RefusedError } from '../errors.js';
import { type ObjectName, quoteName } from '../names.js';
import { sql } from '../sql.js';
import { assignments, type ColumnTypes, type Condition, closed, columnTypes, conditionOf } from './condition.js';
import { conditionIn, inBlock, type Lane, lanesOf, type Place, type Window, windowEnd } from './lanes.js';
import { readViolations, rowsWhere } from './violations.js';

/** What is walked through. `key`: columns that tell one row from all others, see `rowKeyColumns`; empty without any. */
export interface Walked {
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
  readonly walked: Walked;
  readonly types: ColumnTypes;
}

const OPERATION = 'backfill';
const MOST_PASSES = 100;
/** So many passes in a row that find rows and change none prove that the rows cannot be changed. */
const IDLE_PASSES = 3;

/**
 * Walks from the beginning until a look at the whole table finds nothing: rows that came in behind the walk are met by the next pass. Answers
 * the rows changed. Rejects with `PrivilegeError` before the first window when row level security hides rows from the role, and with
 * `DataViolationError` when rows match that cannot be changed; finished windows stay.
 */
export async function walk(context: LoopContext, walked: Walked, change: Change): Promise<number> {
  const all: Walk = { ...change, context, walked, ...(await readTable(context, walked, change)) };
  let total = 0;
  let idle = 0;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    if (!(await anyLeft(all))) return total;
    const changed = await walkOnce(all, total);
    total += changed;
    if (change.signal?.aborted === true) return total;
    idle = changed === 0 ? idle + 1 : 0;
    if (idle === IDLE_PASSES) throw await notChangeable(all, total);
  }
  throw new RefusedError({
    operation: OPERATION,
    target: walked.target,
    happened: `after ${MOST_PASSES} passes there are still rows that need it: something adds them faster than they are changed.`,
    left: left(context, total),
    hint: 'Stop the writer that makes them, or give the column a default, then run again.',
  });
}

async function readTable(
  { connection }: LoopContext,
  { table, target }: Walked,
  { set }: Change,
): Promise<Pick<Walk, 'types'>> {
  const { rows } = await connection.read(sql`
    select ${PID}, pg_catalog.row_security_active(c.oid) as hidden, current_user::text as role, ${columnTypes('c', Object.keys(set))}
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
  return { types: (row['types'] ?? {}) as ColumnTypes };
}

/** One look at the whole table: only that sees a row that moves, to another block or by another key, from before the walk to behind it. */
async function anyLeft(all: Walk): Promise<boolean> {
  const { context, walked, types } = all;
  const query = `SELECT EXISTS (SELECT FROM ${quoteName(walked.table)} WHERE ${closed(conditionOf(all, types))}) AS needed`;
  try {
    const [row] = await context.look(() => context.connection.query(query));
    return row?.['needed'] === true;
  } catch (error) {
    // The walk finds the row that it fails for.
    if (BY_A_ROW.test(sqlState(error) ?? '')) return true;
    throw error;
  }
}

/** `before`: rows changed in earlier passes. */
async function walkOnce(all: Walk, before: number): Promise<number> {
  const { table, key } = all.walked;
  // Partitions come and go between two passes.
  const lanes = await lanesOf(all.context.connection, { table, key, set: Object.keys(all.set) });
  let changed = 0;
  for (const lane of lanes) {
    const { batchSize = 1_000 } = all;
    const size = lane.way.along === 'key' ? batchSize : Math.max(1, Math.round(batchSize / lane.way.rowsPerBlock));
    changed += await walkLane(all, lane, { before: before + changed, size });
    if (all.signal?.aborted === true) break;
  }
  return changed;
}

interface Course {
  readonly before: number;
  readonly size: number;
}

async function walkLane(all: Walk, lane: Lane, course: Course): Promise<number> {
  const { context, signal, onProgress, pauseMs = 0, targetBatchMs = 200 } = all;
  const { before } = course;
  let { size } = course;
  let from: Place | null = null;
  let [changed, looking] = [0, true];
  while (signal?.aborted !== true) {
    const started = performance.now();
    const window: Window = { from, to: await windowEnd(context.connection, lane, from, size) };
    const batch = await tryWindow(all, lane, { window, size, looking, before: before + changed });
    if (batch === null) {
      size = Math.floor(size / 2);
      continue;
    }
    changed += batch;
    // Rows that need it are rare here, or none any more.
    looking = batch === 0;
    if (batch > 0) {
      context.progress(before + changed, null);
      onProgress?.({ rows: before + changed });
    }
    if (window.to === null) break;
    from = window.to;
    const took = Math.max(performance.now() - started, 1);
    size = Math.round(Math.min(Math.max((size * targetBatchMs) / took, size / 2, smallest(lane)), size * 2, 1_000_000));
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return changed;
}

function smallest({ way }: Lane): number {
  return way.along === 'key' ? 10 : 1;
}

interface Stretch extends Course {
  readonly window: Window;
  /** Ask first whether any row needs it. Where rows do, one after the other, that is done with. */
  readonly looking: boolean;
}

/** Null when a row in it cannot take the change: a smaller window may do without that row. Of one row alone it is the error, with its key. */
async function tryWindow(all: Walk, lane: Lane, stretch: Stretch): Promise<number | null> {
  const { context } = all;
  const { window, size } = stretch;
  try {
    return await context.batch(async () =>
      stretch.looking && !(await needed(all, lane, window)) ? 0 : changeWindow(all, lane, stretch),
    );
  } catch (error) {
    if (!BY_A_ROW.test(sqlState(error) ?? '')) throw error;
    if (size > 1) return null;
    if (lane.way.along === 'blocks') return walkLane(all, inBlock(lane, window), { ...stretch, size: 1 });
    throw await offendingRow(all, lane, stretch, error);
  }
}

/** Data exceptions, broken constraints, what a trigger raises, the check option of a view (manual, appendix A). */
const BY_A_ROW = /^(22|23|P0001|44)/;

async function needed(all: Walk, lane: Lane, window: Window): Promise<boolean> {
  const [row] = await all.context.connection.query(
    `SELECT EXISTS (SELECT FROM ${lane.table} WHERE ${condition(all, lane, window)}) AS needed`,
  );
  return row?.['needed'] === true;
}

/** The window first: what is asked of rows outside of it may fail for them. */
function condition(all: Walk, lane: Lane, window: Window): string {
  return `${conditionIn(lane, window)} AND (${closed(conditionOf(all, all.types))})`;
}

async function changeWindow(all: Walk, lane: Lane, stretch: Stretch): Promise<number> {
  const { context, walked, set, types } = all;
  const own = `(${closed(conditionOf(all, types))})`;
  // `still` asks the condition again, of the changed row.
  const [row] = await context.connection.query(
    `WITH holdfast_changed AS (UPDATE ${lane.table} SET ${assignments(set, types)} WHERE ${condition(all, lane, stretch.window)} RETURNING ${own} IS TRUE AS still)
     SELECT count(*)::int AS changed, (count(*) FILTER (WHERE still))::int AS still FROM holdfast_changed`,
  );
  if (Number(row?.['still']) > 0) throw notConverging(walked.target, conditionOf(all, types));
  return Number(row?.['changed']);
}

async function offendingRow(all: Walk, lane: Lane, stretch: Stretch, error: unknown): Promise<DataViolationError> {
  const { context, walked } = all;
  const query = `${rowsWhere(walked.table, walked.key, condition(all, lane, stretch.window))} LIMIT 1`;
  const { samples } = await readViolations(context.connection, query);
  return new DataViolationError({
    operation: OPERATION,
    target: walked.target,
    happened: `this row cannot take the change: ${messageOf(error)}\n  ${JSON.stringify(samples[0] ?? {})}`,
    left: left(context, stretch.before),
    hint: 'Correct the row, or leave it out with where, then run again: it continues from there.',
    count: 1,
    atLeast: true,
    samples,
    cause: error,
  });
}

function left({ inHostTransaction }: LoopContext, total: number): string {
  if (total === 0) return NOTHING_CHANGED;
  return inHostTransaction
    ? `${total} rows were changed in the migration's transaction.`
    : `${total} rows were changed and stay.`;
}

async function notChangeable(all: Walk, total: number): Promise<DataViolationError> {
  const { context, walked, types } = all;
  const query = rowsWhere(walked.table, walked.key, conditionOf(all, types));
  const found = await readViolations(context.connection, query);
  const shown = found.samples.map((sample) => `\n  ${JSON.stringify(sample)}`).join('');
  const number = `${found.atLeast ? 'at least ' : ''}${found.count} ${found.count === 1 ? 'row matches' : 'rows match'}`;
  return new DataViolationError({
    operation: OPERATION,
    target: walked.target,
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
