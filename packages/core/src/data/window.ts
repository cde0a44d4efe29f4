/** One window of a walk: changed as one batch, or in halves down to the row that cannot take the change. */
import { sqlState } from '../engine/translate.js';
import { closed } from './condition.js';
import { expectedRows, stopped, type Walk } from './course.js';
import { conditionIn, inBlock, type Lane, MOST_ROWS_PER_BLOCK, type Window, windowEnd } from './lanes.js';
import type { Task } from './task.js';
import { notConverging, offendingRow } from './walk-errors.js';

export interface Stretch {
  readonly window: Window;
  /** Rows in it, or blocks, at most. */
  readonly size: number;
}

/** Data exceptions, broken constraints, what a trigger raises, the check option of a view (manual, appendix A). */
export const BY_A_ROW = /^(22|23|P0001|44)/;

/** Answers the rows that were done. Rejects with `DataViolationError` at the first row that cannot take it; the rows before it are done. */
export async function doWindow(all: Walk, lane: Lane, stretch: Stretch): Promise<number> {
  const { context, tally, onProgress } = all;
  const { window, size } = stretch;
  try {
    const rows = await context.batch(() => changeWindow(all, lane, window), all.settings);
    tally.rows += rows;
    if (rows > 0) {
      context.progress(tally.rows, expectedRows(tally));
      onProgress?.({ rows: tally.rows });
    }
    return rows;
  } catch (error) {
    if (!BY_A_ROW.test(sqlState(error) ?? '')) throw error;
    if (size > 1) return await inHalves(all, lane, stretch);
    if (lane.way.along === 'blocks')
      return await inHalves(all, inBlock(lane, window), {
        window: { from: null, to: null },
        size: MOST_ROWS_PER_BLOCK,
      });
    throw await offendingRow(all, condition(all.task, lane, window), error);
  }
}

/**
 * Reads the rows of a window that is done, while its blocks are in memory: what lies there dead is cleared away, and each row is marked as
 * committed. Left to the next reader, the look at the whole table, all blocks would have to be read, changed and written once more.
 */
export async function passOver({ context, settings }: Walk, lane: Lane, window: Window): Promise<void> {
  const rows = `${lane.table} WHERE ${conditionIn(lane, window)}`;
  await context.batch(() => context.connection.query(`SELECT count(*) AS passed FROM ${rows}`), settings);
}

async function inHalves(all: Walk, lane: Lane, { window, size }: Stretch): Promise<number> {
  let rows = 0;
  for await (const half of piecesOf(all, lane, { window, size }, () => Math.max(1, Math.floor(size / 2))))
    rows += await doWindow(all, lane, half);
  return rows;
}

/** A stretch in pieces of the size that is right when each is begun. */
export async function* piecesOf(
  all: Walk,
  lane: Lane,
  { window, size }: Stretch,
  most: () => number,
): AsyncGenerator<Stretch> {
  if (size <= most()) return yield { window, size };
  let { from } = window;
  while (!stopped(all)) {
    const piece = most();
    const { to, last } = await windowEnd(all.context.connection, lane, { from, to: window.to }, piece);
    yield { window: { from, to }, size: piece };
    if (last) return;
    from = to;
  }
}

/** How many rows of the window need it, up to one more than `most`; that as well where it cannot be told for some row: the change then fails for it. */
export async function countNeeded(
  { context, task, settings }: Walk,
  lane: Lane,
  window: Window,
  most: number,
): Promise<number> {
  const needed = `SELECT FROM ${lane.table} WHERE ${condition(task, lane, window)} LIMIT ${most + 1}`;
  const query = `SELECT count(*)::int AS needed FROM (${needed}) AS holdfast_needed`;
  try {
    const [found] = await context.batch(() => context.connection.query(query), settings);
    return Number(found?.['needed']);
  } catch (error) {
    if (BY_A_ROW.test(sqlState(error) ?? '')) return most + 1;
    throw error;
  }
}

/** The window first: what is asked of rows outside of it may fail for them. */
function condition(task: Task, lane: Lane, window: Window): string {
  return `${conditionIn(lane, window)} AND (${closed(task.needed)})`;
}

async function changeWindow(all: Walk, lane: Lane, window: Window): Promise<number> {
  const { context, task } = all;
  const { connection } = context;
  const rows = condition(task, lane, window);
  await all.claim?.(connection, lane, window);
  const [row] = await connection.query(task.statement(lane.table, rows));
  const stays = async (): Promise<boolean> => {
    const [found] = await connection.query(`SELECT EXISTS (SELECT FROM ${lane.table} WHERE ${rows}) AS needed`);
    return found?.['needed'] === true;
  };
  if (Number(row?.['still']) > 0 || (task.asksAgain === true && (await stays()))) throw notConverging(all);
  return Number(row?.['changed']);
}
