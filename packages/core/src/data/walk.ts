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
import { type Change, type Pace, rest, stopped, type Walk, type Walked } from './course.js';
import { inParts, type Lane, lanesOf, type Place, sum, type Window, windowEnd } from './lanes.js';
import { type Task, update } from './task.js';
import { Trail } from './trail.js';
import { leftAfter, notChangeable, overtaken } from './walk-errors.js';
import { BY_A_ROW, doWindow } from './window.js';

export type { Change, Walked } from './course.js';

const MOST_PASSES = 100;
/** So many passes in a row that find rows and change none prove that the rows cannot be changed. */
const IDLE_PASSES = 3;

/**
 * Walks from the beginning until a look at the whole table finds nothing: rows that came in behind the walk are met by the next pass. Answers
 * the rows changed. Rejects with `PrivilegeError` before the first window when row level security hides rows from the role, and with
 * `DataViolationError` when rows match that cannot be changed; finished windows stay.
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
  const task = plan.task(await readTable(context, walked, plan));
  return context.spread(plan.workers ?? 1, async (contexts) => {
    const all: Walk = { ...plan, context, walked, task, tally: { rows: 0, earlier: 0, passed: 0, all: null } };
    let idle = 0;
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      if (!(await anyLeft(all))) return all.tally.rows;
      const before = all.tally.rows;
      await walkOnce(all, contexts);
      if (stopped(all)) return all.tally.rows;
      idle = all.tally.rows === before ? idle + 1 : 0;
      if (idle === IDLE_PASSES) throw await notChangeable(all);
    }
    throw overtaken(all, MOST_PASSES);
  });
}

export async function readTable(
  { connection }: LoopContext,
  { table, target }: Walked,
  { columns, workers = 1, task }: Plan,
): Promise<ColumnTypes> {
  const { rows } = await connection.read(sql`
    select ${PID}, pg_catalog.row_security_active(c.oid) as hidden, current_user::text as role, c.relpersistence = 't' as temporary,
      ${columnTypes('c', columns)}
    from pg_catalog.pg_class c where ${isNamed('c', table)}`);
  const row = rows[0] ?? {};
  const types = (row['types'] ?? {}) as ColumnTypes;
  const { operation } = task(types);
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
  return types;
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

/** The way through a lane, or a part of it, and how large the next window is. */
interface Course {
  readonly lane: Lane;
  readonly size: number;
  readonly bounds: Window;
}

/** All workers take the next window from one place: none of them is done long before the others. */
export async function walkLane(all: Walk, contexts: readonly LoopContext[], course: Course): Promise<void> {
  const { lane, bounds } = course;
  const { targetBatchMs = 200 } = all;
  let { size } = course;
  let from: Place | null = bounds.from;
  let ended = false;
  let turn: Promise<unknown> = Promise.resolve();
  const take = async ({ connection }: LoopContext): Promise<{ window: Window; size: number } | null> => {
    if (ended || stopped(all)) return null;
    const taken = size;
    const { to, last } = await windowEnd(connection, lane, { from, to: bounds.to }, taken);
    const window = { from, to };
    [from, ended] = [to, last];
    return { window, size: taken };
  };
  const walkOn = async (context: LoopContext): Promise<void> => {
    const mine = { ...all, context };
    const trail = new Trail(mine, lane, contexts.length);
    let [looking, dense] = [true, false];
    for (;;) {
      const next = turn.then(() => take(context));
      turn = next.catch(() => undefined);
      const stretch = await next;
      if (stretch === null) break;
      const expected = lane.way.along === 'key' ? stretch.size : stretch.size * lane.way.rowsPerBlock;
      all.tally.passed += expected;
      const parts = dense && lane.divisible && all.task.rewrites === true ? inParts(lane) : [lane];
      const [part = lane, ...others] = parts;
      const started = performance.now();
      const rows = await doWindow(mine, part, { ...stretch, looking: looking && all.claim === undefined });
      const took = Math.max(performance.now() - started, 1);
      // Rows that need it are rare here, or none any more.
      looking = rows === 0;
      // In a transaction of the host's nothing is cleared away before its end.
      dense = rows > expected / parts.length / 2 && !context.inHostTransaction;
      await trail.follow({ stretch, parts: others, dense });
      const wanted = Math.max((stretch.size * targetBatchMs) / took, stretch.size / 2, smallest(lane));
      size = Math.round(Math.min(wanted, stretch.size * 2, 1_000_000));
      if (!ended) await rest(all);
    }
    await trail.end();
  };
  await Promise.all(
    contexts.map((context) =>
      context
        .asWorker(() => walkOn(context))
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

function smallest({ way }: Lane): number {
  return way.along === 'key' ? 10 : 1;
}
