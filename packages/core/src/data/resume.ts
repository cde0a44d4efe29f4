/**
 * A walk that keeps its place in a table of its own, in the transaction of each batch: no row is changed twice, whatever ends the process.
 * For changes that are no longer right when they are made again, such as `n = n + 1`.
 */
import type { LoopContext } from '../engine/operation.js';
import { RefusedError } from '../errors.js';
import { quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteLiteral } from '../sql.js';
import type { Walk, Walked } from './course.js';
import { stopped } from './course.js';
import { type Lane, lanesOf, lastPlace, type Place, type Window } from './lanes.js';
import type { Task } from './task.js';
import { beginWalk, type Plan, walkLane } from './walk.js';
import { stoppedBySignal } from './walk-errors.js';

export interface Resumed extends Plan {
  /** Under what name the place is kept. */
  readonly resumeAs: string;
  /** What is changed: under one name there is one change. */
  readonly statement: string;
}

/** Where a lane's walk is, and where it ends: rows behind that came in after its beginning. Null: no row was there. */
interface Stored {
  readonly place: Place | null;
  readonly until: Place | null;
}

/** Somebody else has done the window meanwhile. */
class Overtaken {}

const TABLE = 'holdfast_progress';

/**
 * One pass, along the key, over the rows that were there when it was first begun. Answers the rows changed now. Rejects with `RefusedError`
 * before any change where there is no key, or where the name stands for another change.
 */
export async function walkResumed(context: LoopContext, walked: Walked, plan: Resumed): Promise<number> {
  const { resumeAs } = plan;
  const begun = await beginWalk(context, walked, plan);
  const { task } = begun;
  const store = quoteName({ schema: walked.table.schema, name: TABLE });
  const lanes = await lanesOf(context.connection, { ...walked, ...task });
  if (lanes.some(({ way }) => way.along !== 'key')) throw withoutKey(walked, task);
  await context.batch(() => begin(context.connection, { store, walked, plan, operation: task.operation, lanes }));
  const all: Walk = {
    ...begun,
    claim: (connection, lane, window) => claim(connection, { store, resumeAs, lane, window }),
  };
  for (const lane of lanes) {
    for (;;) {
      const stored = await readPlace(context.connection, { store, resumeAs, lane });
      if (stored === null || print(stored.place) === print(stored.until)) break;
      if (stopped(all)) throw stoppedBySignal(all);
      try {
        await walkLane(all, [context], { lane, size: plan.batchSize ?? 1_000, bounds: bounds(stored) });
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        delete all.tally.failure;
      }
    }
  }
  return all.tally.rows;
}

function bounds({ place, until }: Stored): Window {
  return { from: place, to: until };
}

interface Beginning {
  readonly store: string;
  readonly walked: Walked;
  readonly plan: Resumed;
  readonly operation: string;
  readonly lanes: readonly Lane[];
}

/** The ends of all lanes are read at one moment; a partition that is made later has rows that came in later. */
async function begin(connection: Connection, { store, walked, plan, operation, lanes }: Beginning): Promise<void> {
  const [found] = await connection.query('SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there', [store]);
  if (found?.['there'] !== true)
    await connection.change(
      `CREATE TABLE IF NOT EXISTS ${store} (name text, lane text, change text NOT NULL, place text, until text, PRIMARY KEY (name, lane))`,
    );
  // Two that begin at once: the second one waits, and finds it begun.
  await connection.query(`LOCK TABLE ${store} IN SHARE ROW EXCLUSIVE MODE`);
  const change = await describe(connection, plan.statement, lanes);
  const begun = await connection.query(`SELECT lane, change, place, until FROM ${store} WHERE name = $1`, [
    plan.resumeAs,
  ]);
  const other = begun.find((row) => row['change'] !== change);
  if (other !== undefined)
    throw otherChange(walked, plan, { operation, store, begun: String(other['change']), asked: change });
  const left = begun.find(
    (row) => row['place'] !== row['until'] && !lanes.some((lane) => lane.relation === row['lane']),
  );
  if (left !== undefined) throw laneGone(walked, plan, { operation, store, lane: String(left['lane']) });
  if (begun.length > 0) return;
  for (const lane of lanes)
    await connection.query(`INSERT INTO ${store} (name, lane, change, until) VALUES ($1, $2, $3, $4)`, [
      plan.resumeAs,
      lane.relation,
      change,
      print(await lastPlace(connection, lane)),
    ]);
}

/** A place means what it meant when it was kept: the same change, along the same key, with dates written in the same style. */
async function describe(connection: Connection, statement: string, lanes: readonly Lane[]): Promise<string> {
  const [style] = await connection.query(`SELECT pg_catalog.current_setting('DateStyle') AS style`);
  const keys = lanes.map(({ way }) => (way.along === 'key' ? way.columns.join(', ') : ''));
  return `${statement} -- along ${[...new Set(keys)].join(' and ')}, DateStyle ${String(style?.['style'])}`;
}

interface Kept {
  readonly store: string;
  readonly resumeAs: string;
  readonly lane: Lane;
}

async function readPlace(connection: Connection, { store, resumeAs, lane }: Kept): Promise<Stored | null> {
  const [row] = await connection.query(`SELECT place, until FROM ${store} WHERE name = $1 AND lane = $2`, [
    resumeAs,
    lane.relation,
  ]);
  return row === undefined ? null : { place: parse(row['place']), until: parse(row['until']) };
}

async function claim(
  connection: Connection,
  { store, resumeAs, lane, window }: Kept & { readonly window: Window },
): Promise<void> {
  const at = window.from === null ? 'place IS NULL' : `place = ${quoteLiteral(print(window.from) ?? '').trim()}`;
  const moved = await connection.query(
    `UPDATE ${store} SET place = $1 WHERE name = $2 AND lane = $3 AND ${at} RETURNING 1 AS moved`,
    [print(window.to), resumeAs, lane.relation],
  );
  if (moved.length === 0) throw new Overtaken();
}

function print(place: Place | null): string | null {
  return place === null ? null : JSON.stringify(place);
}

function parse(text: unknown): Place | null {
  return typeof text === 'string' ? (JSON.parse(text) as Place) : null;
}

function withoutKey({ target }: Walked, { operation }: Task): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened:
      'resumeAs keeps a place along the key, and there is none: no primary key, and no unique index whose columns are NOT NULL.',
    hint: 'Make one first with safeAddPrimaryKey, or leave resumeAs out and pass a where that the change makes false.',
  });
}

/** A partition that was detached, or one that is not walked by itself any more. */
function laneGone(
  { target }: Walked,
  { resumeAs }: Resumed,
  { operation, store, lane }: Readonly<Record<'operation' | 'store' | 'lane', string>>,
): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened: `the walk in ${lane} has not come to its end, and ${lane} is no part of the table any more, or not walked by itself.`,
    hint: `Finish it there under the same conditions as before. If its rows are gone, forget its place:\n  DELETE FROM ${store} WHERE name = ${quoteLiteral(resumeAs).trim()} AND lane = ${quoteLiteral(lane).trim()};`,
  });
}

function otherChange(
  { target }: Walked,
  { resumeAs }: Resumed,
  { operation, store, begun, asked }: Readonly<Record<'operation' | 'store' | 'begun' | 'asked', string>>,
): RefusedError {
  return new RefusedError({
    operation,
    target,
    happened: `under the name ${resumeAs} another change was begun:\n  ${begun}\nThis one is:\n  ${asked}`,
    hint: `Choose another name. To forget where the other one was:\n  DELETE FROM ${store} WHERE name = ${quoteLiteral(resumeAs).trim()};`,
  });
}
