/** One window of a walk: changed as one batch, or in halves down to the row that cannot take the change. */
import { sqlState } from '../engine/translate.js';
import { closed } from './condition.js';
import { expectedRows, stopped, type Walk } from './course.js';
import { conditionIn, inBlock, type Lane, MOST_ROWS_PER_BLOCK, type Window, windowEnd } from './lanes.js';
import { notConverging, offendingRow } from './walk-errors.js';

export interface Stretch {
  readonly window: Window;
  /** Rows in it, or blocks, at most. */
  readonly size: number;
  /** Ask first whether any row needs it. Where rows do, one after the other, that is done with. */
  readonly looking: boolean;
}

/** Data exceptions, broken constraints, what a trigger raises, the check option of a view (manual, appendix A). */
export const BY_A_ROW = /^(22|23|P0001|44)/;

/** Answers the rows that were done. Rejects with `DataViolationError` at the first row that cannot take it; the rows before it are done. */
export async function doWindow(all: Walk, lane: Lane, stretch: Stretch): Promise<number> {
  const { context, tally, onProgress } = all;
  const { window, size } = stretch;
  try {
    const rows = await context.batch(() => changeWindow(all, lane, stretch), scanSettings(all));
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
        looking: true,
      });
    throw await offendingRow(all, condition(all, lane, window), error);
  }
}

/**
 * Reads the rows of a window that is done, while its blocks are in memory: what lies there dead is cleared away, and each row is marked as
 * committed. Left to the next reader, the look at the whole table, all blocks would have to be read, changed and written once more.
 */
export async function passOver({ context, ...all }: Walk, lane: Lane, window: Window): Promise<void> {
  const rows = `${lane.table} WHERE ${conditionIn(lane, window)}`;
  await context.batch(() => context.connection.query(`SELECT count(*) AS passed FROM ${rows}`), scanSettings(all));
}

async function inHalves(all: Walk, lane: Lane, { window, size, looking }: Stretch): Promise<number> {
  const half = Math.max(1, Math.floor(size / 2));
  let { from } = window;
  let rows = 0;
  while (!stopped(all)) {
    const { to, last } = await windowEnd(all.context.connection, lane, { from, to: window.to }, half);
    rows += await doWindow(all, lane, { window: { from, to }, size: half, looking });
    if (last) break;
    from = to;
  }
  return rows;
}

/** A window is a range of one index: by a bitmap each page of the table is visited once. What a subquery reads is left to the planner. */
function scanSettings({ task }: Pick<Walk, 'task'>): Readonly<Record<string, string>> {
  return task.readsOthers ? {} : { enable_indexscan: 'off' };
}

/** The window first: what is asked of rows outside of it may fail for them. */
function condition({ task }: Walk, lane: Lane, window: Window): string {
  return `${conditionIn(lane, window)} AND (${closed(task.needed)})`;
}

async function changeWindow(all: Walk, lane: Lane, { window, looking }: Stretch): Promise<number> {
  const { connection } = all.context;
  const rows = condition(all, lane, window);
  await all.claim?.(connection, lane, window);
  const needed = async (): Promise<boolean> => {
    const [found] = await connection.query(`SELECT EXISTS (SELECT FROM ${lane.table} WHERE ${rows}) AS needed`);
    return found?.['needed'] === true;
  };
  if (looking && !(await needed())) return 0;
  const [row] = await connection.query(all.task.statement(lane.table, rows));
  if (Number(row?.['still']) > 0 || (all.task.asksAgain === true && (await needed()))) throw notConverging(all);
  return Number(row?.['changed']);
}
