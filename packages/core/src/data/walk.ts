/**
 * The walk of a backfill: window after window through each table, pass after pass, until a pass finds no row that needs the change.
 */
import { isNamed, PID } from '../catalog/relation.js';
import type { LoopContext } from '../engine/operation.js';
import { sqlState } from '../engine/translate.js';
import { isHoldfastError, PrivilegeError, RefusedError } from '../errors.js';
import { quoteName } from '../names.js';
import { sql } from '../sql.js';
import { type ColumnTypes, columnTypes } from './condition.js';
import { type Change, type Pace, stopped, type Walk, type Walked } from './course.js';
import { type Course, LaneWalk } from './lane-walk.js';
import { lanesOf, sum } from './lanes.js';
import { type Task, update } from './task.js';
import { leftAfter, notChangeable, overtaken, stoppedBySignal } from './walk-errors.js';
import { BY_A_ROW } from './window.js';

export type { Change, Walked } from './course.js';

const MOST_PASSES = 100;
/** So many passes in a row that find rows and change none prove that the rows cannot be changed. */
const IDLE_PASSES = 3;

/**
 * Walks from the beginning until a look at the whole table finds nothing: rows that came in behind the walk are met by the next pass. Answers
 * the rows changed. Rejects with `PrivilegeError` before the first window when row level security hides rows from the role, and with
 * `DataViolationError` when rows match that cannot be changed; with `StepFailedError` when the signal stops it. Finished windows stay.
 */
export function walk(context: LoopContext, walked: Walked, change: Change): Promise<number> {
  return walkRows(context, walked, { ...change, columns: Object.keys(change.set), task: (t) => update(change, t) });
}

/** What is made of the types of these columns. */
export interface Plan extends Pace {
  readonly columns: readonly string[];
  task(types: ColumnTypes): Task;
}

/** The same with any task. */
export async function walkRows(context: LoopContext, walked: Walked, plan: Plan): Promise<number> {
  const all = await beginWalk(context, walked, plan);
  return context.spread(plan.workers ?? 1, (contexts) => walkPasses(all, contexts));
}

async function walkPasses(all: Walk, contexts: readonly LoopContext[]): Promise<number> {
  let idle = 0;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    if (!(await anyLeft(all))) return all.tally.rows;
    const before = all.tally.rows;
    await walkOnce(all, contexts);
    if (stopped(all)) throw stoppedBySignal(all);
    idle = all.tally.rows === before ? idle + 1 : 0;
    if (idle === IDLE_PASSES) throw await notChangeable(all);
  }
  throw overtaken(all, MOST_PASSES);
}

/** Looks at the table once more, and refuses what cannot be walked. */
export async function beginWalk(context: LoopContext, walked: Walked, plan: Plan): Promise<Walk> {
  const { table, target } = walked;
  const { columns, workers = 1 } = plan;
  const { rows } = await context.connection.read(sql`
    select ${PID}, pg_catalog.row_security_active(c.oid) as hidden, current_user::text as role, c.relpersistence = 't' as temporary,
      ${columnTypes('c', columns)}
    from pg_catalog.pg_class c where ${isNamed('c', table)}`);
  const row = rows[0] ?? {};
  const task = plan.task((row['types'] ?? {}) as ColumnTypes);
  const { operation, readsOthers } = task;
  if (row['hidden'] === true) {
    throw new PrivilegeError({
      operation,
      target,
      happened: `row level security is active for the role ${String(row['role'])}: rows that it hides would stay unchanged without a word.`,
      hint: "Run as a role with BYPASSRLS, or as the table's owner without FORCE ROW LEVEL SECURITY.",
    });
  }
  if (row['temporary'] === true && workers > 1) {
    throw new RefusedError({
      operation,
      target,
      happened: `${workers} workers: a temporary table is seen by its own connection alone.`,
      hint: 'Pass workers: 1.',
    });
  }
  // A window is a range of one index: by a bitmap each page is visited once. What a subquery reads is left to the planner.
  const settings: Walk['settings'] = readsOthers ? {} : { enable_indexscan: 'off' };
  return { ...plan, context, walked, task, tally: { rows: 0, earlier: 0, passed: 0, all: null }, settings };
}

/** One look at the whole table: only that sees a row that moves, to another block or by another key, from before the walk to behind it. */
async function anyLeft({ context, walked, task }: Walk): Promise<boolean> {
  const { connection } = context;
  const query = `SELECT EXISTS (SELECT FROM ${quoteName(walked.table)} WHERE ${task.needed}) AS needed`;
  try {
    const [row] = await context.look(async () => {
      // Where the server has processes to spare, more than one reads: at the end there is nothing to find.
      await connection.script(['SET LOCAL parallel_setup_cost = 0', 'SET LOCAL parallel_tuple_cost = 0']);
      return connection.query(query);
    });
    return row?.['needed'] === true;
  } catch (error) {
    // The walk finds the row that it fails for.
    if (BY_A_ROW.test(sqlState(error) ?? '')) return true;
    throw error;
  }
}

async function walkOnce(all: Walk, contexts: readonly LoopContext[]): Promise<void> {
  const { context, walked, task, batchSize = 1_000 } = all;
  // Partitions come and go between two passes.
  const lanes = await lanesOf(context.connection, { ...walked, ...task });
  Object.assign(all.tally, { earlier: all.tally.rows, passed: 0, all: sum(lanes) });
  for (const lane of lanes) {
    const size = lane.way.along === 'key' ? batchSize : Math.max(1, Math.round(batchSize / lane.way.rowsPerBlock));
    await walkLane(all, contexts, { lane, size, bounds: { from: null, to: null } });
    if (stopped(all)) return;
  }
}

/** All workers go through it side by side. The first error stops them after their batches. */
export async function walkLane(all: Walk, contexts: readonly LoopContext[], course: Course): Promise<void> {
  const lane = new LaneWalk(all, contexts.length, course);
  await Promise.all(
    contexts.map((context) =>
      context
        .asWorker(() => lane.walk(context))
        .catch((error: unknown) => {
          all.tally.failure ??= { error };
        }),
    ),
  );
  const { failure } = all.tally;
  if (failure === undefined) return;
  // The others have ended their batches since.
  if (contexts.length > 1 && isHoldfastError(failure.error))
    failure.error.leaves(leftAfter(all.context, all.tally.rows, all.task.done));
  throw failure.error;
}
