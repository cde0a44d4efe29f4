/** The tables that a walk goes through, one after the other, and the way through each: along its key, or block by block. */
import { isNamed, PID, rowKeyColumns } from '../catalog/relation.js';
import { type ObjectName, quoteName } from '../names.js';
import type { Connection, Reader } from '../postgres/connection.js';
import { quoteIdent, quoteLiteral, quoteValue, sql } from '../sql.js';

/** One table with rows of its own, and how it is walked through. */
export interface Lane {
  /** As it stands behind UPDATE and FROM: `ONLY "public"."users_2024" AS "users"`, so that expressions may name the table. */
  readonly table: string;
  /** The table that holds the rows. */
  readonly relation: string;
  /** Holds for the rows of this lane and no others; empty when `table` says it all. */
  readonly within: string;
  readonly way: Way;
  /** The planner's estimate; null when the table was never analysed. */
  readonly tuples: number | null;
  /** `hashtid` tells its rows apart: from 14 on, in tables of the server's own. */
  readonly divisible: boolean;
  /** The whole walk is over while what it has written is in memory. */
  readonly brief: boolean;
}

type Way =
  /** Columns, quoted, by which rows are in an order that an index has. */
  | { readonly along: 'key'; readonly columns: readonly string[] }
  /** Without a key: stretches of the file. */
  | { readonly along: 'blocks'; readonly rowsPerBlock: number; readonly blocks: number; readonly tidRanges: boolean };

/** Where a window ends: the last key in it, or the first block behind it. */
export type Place = readonly (string | null)[] | number;

/** Rows of a lane behind `from`, up to `to`. Null: from the beginning, to the end. */
export interface Window {
  readonly from: Place | null;
  readonly to: Place | null;
}

interface FoundLane {
  readonly schema: string;
  readonly name: string;
  /** The role may read and change it under its own name, and sees all its rows there. */
  readonly direct: boolean;
  readonly key: readonly string[] | null;
  readonly pages: number;
  readonly tuples: number;
  /** Of its file, now: what the walk itself adds behind them is left to the next pass. */
  readonly blocks: number;
  /** It lies on another server. */
  readonly foreign: boolean;
}

/** A table, and what is to be done to its rows; see `Task`. */
export interface Laned {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly rights: readonly string[];
  readonly event: number;
}

/**
 * The lanes of a table. A partition, and a table that inherits, is one of its own: a ctid is unique in one table only, and so is a key
 * where tables inherit (manual, 5.11.1). Where the change may move rows to another partition, or a trigger counts statements, it has to
 * come from the top.
 */
export async function lanesOf(
  connection: Reader | Connection,
  { table, key, columns, rights, event }: Laned,
): Promise<readonly Lane[]> {
  const { rows } = await connection.read(sql`
    with recursive tree (oid) as (
      select c.oid from pg_catalog.pg_class c where ${isNamed('c', table)}
      union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid)
    select ${PID}, pg_catalog.current_setting('server_version_num')::int >= 140000 as knows_tids, c.relkind as kind,
      exists (select from pg_catalog.pg_partitioned_table p join tree on tree.oid = p.partrelid
        join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attname = any(${columns}::name[])
        where p.partexprs is not null or a.attnum = any(p.partattrs))
        or exists (select from pg_catalog.pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal and (g.tgtype & 1) = 0 and (g.tgtype & ${event}) > 0) as from_top,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('schema', n.nspname, 'name', t.relname,
          'direct', t.oid = c.oid or (not exists (select from pg_catalog.unnest(${rights}::text[]) r where not pg_catalog.has_table_privilege(t.oid, r)) and not pg_catalog.row_security_active(t.oid)),
          'key', ${rowKeyColumns('t')}, 'pages', t.relpages, 'tuples', t.reltuples, 'foreign', t.relkind = 'f',
          'blocks', case when t.relkind = 'r' then pg_catalog.pg_relation_size(t.oid) / pg_catalog.current_setting('block_size')::int else 0 end) order by n.nspname, t.relname)
        from tree join pg_catalog.pg_class t on t.oid = tree.oid join pg_catalog.pg_namespace n on n.oid = t.relnamespace
        where t.relkind in ('r', 'f')) as lanes
    from pg_catalog.pg_class c where ${isNamed('c', table)}`);
  const row = rows[0] ?? {};
  const found = (row['lanes'] ?? []) as readonly FoundLane[];
  const fromTop = row['from_top'] === true;
  const [top, root, knowsTids] = [quoteName(table), table.name, row['knows_tids'] === true];
  const brief = found.reduce((all, { blocks }) => all + blocks, 0) <= BRIEF_BLOCKS;
  // The key of a partitioned table holds for all its partitions: one walk along it.
  if (row['kind'] === 'p' && key.length > 0 && (fromTop || found.some((lane) => !lane.direct)))
    return [
      {
        table: top,
        relation: top,
        within: '',
        way: { along: 'key', columns: key.map(quoteIdent) },
        tuples: sum(found),
        divisible: knowsTids && !found.some((lane) => lane.foreign),
        brief,
      },
    ];
  return found.map((lane) => laneOf(lane, { top, root, fromTop, knowsTids, brief }));
}

function laneOf(
  { schema, name, direct, key, pages, tuples, blocks, foreign }: FoundLane,
  {
    top,
    root,
    fromTop,
    knowsTids,
    brief,
  }: {
    readonly top: string;
    readonly root: string;
    readonly fromTop: boolean;
    readonly knowsTids: boolean;
    readonly brief: boolean;
  },
): Lane {
  const relation = quoteName({ schema, name });
  const estimated = { relation, tuples: tuples < 0 ? null : tuples, divisible: knowsTids && !foreign, brief };
  const at =
    fromTop || !direct
      ? { ...estimated, table: top, within: `tableoid = ${regclass(relation)}` }
      : { ...estimated, table: `ONLY ${relation}${relation === top ? '' : ` AS ${quoteIdent(root)}`}`, within: '' };
  if (key !== null) return { ...at, way: { along: 'key', columns: key.map(quoteIdent) } };
  const rowsPerBlock = pages > 0 && tuples > 0 ? Math.max(1, tuples / pages) : TYPICAL_ROWS_PER_BLOCK;
  return { ...at, way: { along: 'blocks', rowsPerBlock, blocks, tidRanges: knowsTids } };
}

/** Of all of them; null when one was never analysed: before 14 that looks like an empty one. */
export function sum(lanes: readonly { readonly tuples: number | null }[]): number | null {
  const known = lanes.map(({ tuples }) => (tuples === null || tuples < 0 ? null : tuples));
  const total = known.reduce((all, each) => (all === null || each === null ? null : all + each), 0);
  return total === 0 ? null : total;
}

function regclass(relation: string): string {
  return `${quoteLiteral(relation).trim()}::pg_catalog.regclass`;
}

const TYPICAL_ROWS_PER_BLOCK = 50;
/** 64 MB: some seconds of a walk, half of the smallest memory that servers are given (shared_buffers). */
const BRIEF_BLOCKS = 8_192;
/** MaxHeapTuplesPerPage for blocks of 8 kB (htup_details.h). */
export const MOST_ROWS_PER_BLOCK = 291;

/** One row alone, or one block, is the smallest window; a block is walked row by row when it has to be smaller. */
export function inBlock(lane: Lane, window: Window): Lane {
  return { ...lane, within: conditionIn(lane, window), way: { along: 'key', columns: ['ctid'] } };
}

/** The condition that holds for the rows of a window, to be joined by AND; never empty. */
export function conditionIn({ within, way }: Lane, { from, to }: Window): string {
  const conditions = [
    within,
    ...(way.along === 'key' ? keyWindow(way.columns, from, to) : blockWindow(way.tidRanges, from, to)),
  ];
  return conditions.filter((each) => each !== '').join(' AND ') || 'true';
}

/**
 * The lane in two parts, which hold about every second row of each block. When the rows of one part have moved, the block has room for the
 * new versions of the other: they need no new block and, where no index has their columns, no new entry in any index.
 */
export function inParts(lane: Lane): readonly Lane[] {
  return [0, 1].map((part) => ({
    ...lane,
    within: [lane.within, `(pg_catalog.hashtid(ctid) & 1) = ${part}`].filter((each) => each !== '').join(' AND '),
  }));
}

function keyWindow(columns: readonly string[], from: Place | null, to: Place | null): readonly string[] {
  const compared = (operator: string, place: Place | null): string =>
    place === null
      ? ''
      : `(${columns.join(', ')}) ${operator} (${(place as readonly (string | null)[]).map(printCursor).join(', ')})`;
  return [compared('>', from), compared('<=', to)];
}

function blockWindow(tidRanges: boolean, from: Place | null, to: Place | null): readonly string[] {
  const [first, behind] = [Number(from ?? 0), to === null ? null : Number(to)];
  if (tidRanges || behind === null)
    return [first === 0 ? '' : `ctid >= '(${first},0)'`, behind === null ? '' : `ctid < '(${behind},0)'`];
  // Before 14 the server finds single ctids, but reads the whole table for a range of them.
  return [
    `ctid = ANY (ARRAY(SELECT pg_catalog.format('(%s,%s)', b, i)::pg_catalog.tid FROM pg_catalog.generate_series(${first}, ${behind - 1}) b, pg_catalog.generate_series(1, ${MOST_ROWS_PER_BLOCK}) i))`,
  ];
}

function printCursor(value: string | null): string {
  return quoteValue(value).trim();
}

/** The end of the window of so many rows, or blocks, behind `from`. `last`: nothing of the stretch `within` lies behind it. */
export async function windowEnd(
  connection: Connection,
  { table, within: own, way, ...lane }: Lane,
  { from, to }: Window,
  size: number,
): Promise<{ readonly to: Place | null; readonly last: boolean }> {
  if (way.along === 'blocks') {
    const [end, last] = [Number(from ?? 0) + size, Number(to ?? way.blocks)];
    return end < last ? { to: end, last: false } : { to: last === 0 ? null : last, last: true };
  }
  const rows = conditionIn({ ...lane, table, within: own, way }, { from, to });
  const place = await placeOf(
    connection,
    way.columns,
    `${table} WHERE ${rows} ORDER BY ${way.columns.join(', ')} OFFSET ${size - 1}`,
  );
  return place === null ? { to, last: true } : { to: place, last: false };
}

/** The last key of a lane that has one; null when it has no row. */
export function lastPlace(connection: Connection, { table, within, way }: Lane): Promise<Place | null> {
  const columns = way.along === 'key' ? way.columns : [];
  const order = columns.map((column) => `${column} DESC`).join(', ');
  return placeOf(connection, columns, `${table} WHERE ${within || 'true'} ORDER BY ${order}`);
}

async function placeOf(connection: Connection, columns: readonly string[], from: string): Promise<Place | null> {
  // The place in a query of its own: else it is made for every row that OFFSET passes over.
  const place = columns.map((column) => `${column}::text`).join(', ');
  const [row] = await connection.query(
    `SELECT pg_catalog.json_build_array(${place}) AS place FROM (SELECT ${columns.join(', ')} FROM ${from} LIMIT 1) AS holdfast_place`,
  );
  return (row?.['place'] ?? null) as Place | null;
}
