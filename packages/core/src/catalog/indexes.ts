/** Indexes as the catalog holds them. */
import type { ObjectName } from '../names.js';
import type { Reader, Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { isNamed, type Relation, readRelation, relationColumns, resolvedName, SERVER } from './relation.js';

export interface StoredIndex {
  readonly oid: number;
  readonly name: string;
  /** Oid of the index of the partitioned table that it is a part of. */
  readonly partOf: number | null;
  /** False after a failed CONCURRENTLY build: no query uses it, writers still pay for it. */
  readonly valid: boolean;
  readonly ready: boolean;
  readonly unique: boolean;
  /** False for the index of a DEFERRABLE constraint: duplicates may stand until the end of the transaction. */
  readonly immediate: boolean;
  readonly method: string;
  readonly nullsNotDistinct: boolean;
  readonly predicate: string | null;
  /** `fillfactor=70` */
  readonly parameters: readonly string[];
  readonly keys: readonly StoredKey[];
  readonly include: readonly string[];
}

export interface StoredKey {
  readonly column: string | null;
  readonly expression: string | null;
  readonly opclass: string;
  readonly opclassSchema: string;
  readonly defaultOpclass: boolean;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  /** `siglen=100` */
  readonly parameters: string | null;
  /** Collation where it is not the column's own; of an expression, where it is not the default. */
  readonly collation: string | null;
  /** That which it has, whosever it is; null where there is none. */
  readonly usedCollation: string | null;
  readonly usedCollationSchema: string | null;
}

/** One JSON object per row `i` of pg_index. `to_jsonb` reads columns that older servers do not have. */
export const INDEX_COLUMNS = sql`pg_catalog.json_build_object(
  'oid', i.indexrelid::bigint, 'partOf', (select h.inhparent::bigint from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid),
  'name', (select ic.relname from pg_catalog.pg_class ic where ic.oid = i.indexrelid),
  'valid', i.indisvalid, 'ready', i.indisready and i.indislive, 'unique', i.indisunique, 'immediate', i.indimmediate,
  'method', (select am.amname from pg_catalog.pg_class ic join pg_catalog.pg_am am on am.oid = ic.relam where ic.oid = i.indexrelid),
  'nullsNotDistinct', coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
  'predicate', pg_catalog.pg_get_expr(i.indpred, i.indrelid),
  'parameters', coalesce((select pg_catalog.to_json(ic.reloptions) from pg_catalog.pg_class ic where ic.oid = i.indexrelid and ic.reloptions is not null), '[]'),
  'keys', (select pg_catalog.json_agg(pg_catalog.json_build_object('column', ka.attname,
      'expression', case when k.attnum = 0 then pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int, true) end,
      'parameters', (select pg_catalog.array_to_string(ia.attoptions, ', ') from pg_catalog.pg_attribute ia where ia.attrelid = i.indexrelid and ia.attnum = k.n),
      'opclass', oc.opcname, 'opclassSchema', (select s.nspname from pg_catalog.pg_namespace s where s.oid = oc.opcnamespace), 'defaultOpclass', oc.opcdefault,
      'descending', (i.indoption[k.n - 1] & 1) = 1, 'nullsFirst', (i.indoption[k.n - 1] & 2) = 2,
      'collation', case when i.indcollation[k.n - 1] not in (0, coalesce(ka.attcollation, 100))
        then ul.collname end,
      'usedCollation', ul.collname, 'usedCollationSchema', (select s.nspname from pg_catalog.pg_namespace s where s.oid = ul.collnamespace)) order by k.n)
    from pg_catalog.unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    left join pg_catalog.pg_attribute ka on ka.attrelid = i.indrelid and ka.attnum = k.attnum and k.attnum <> 0
    left join pg_catalog.pg_opclass oc on oc.oid = i.indclass[k.n - 1]
    left join pg_catalog.pg_collation ul on ul.oid = i.indcollation[k.n - 1]
    where k.n <= i.indnkeyatts),
  'include', coalesce((select pg_catalog.json_agg(ka.attname order by k.n) from pg_catalog.unnest(i.indkey::int2[]) with ordinality k (attnum, n)
    join pg_catalog.pg_attribute ka on ka.attrelid = i.indrelid and ka.attnum = k.attnum where k.n > i.indnkeyatts), '[]'))`;

export function readIndexes(json: unknown): readonly StoredIndex[] {
  return (json ?? []) as readonly StoredIndex[];
}

/** What one look at the name of an index has found. */
export interface IndexLook {
  readonly row: Row;
  /** Whatever has the name: tables, indexes, sequences and views share their names. */
  readonly relation: Relation | null;
  /** The table of the index; null when there is no index of that name. */
  readonly table: Relation | null;
  /** As the catalog has it; as asked for where there is none. */
  readonly name: ObjectName;
}

/**
 * Looks for an index by its name in one round trip. `columns` and `after` may use `x`, its row of pg_class, `i`, that of pg_index, and `t`,
 * that of its table; all of them may be null. `before` joins what `named`, the condition on `x`, needs.
 */
export async function lookAtIndex(
  reader: Reader,
  index: ObjectName,
  request: {
    readonly columns: SqlFragment;
    readonly named?: SqlFragment;
    readonly before?: SqlFragment;
    readonly after?: SqlFragment;
  },
): Promise<IndexLook> {
  const { columns, named = isNamed('x', index), before = sql``, after = sql`` } = request;
  const { rows } = await reader.read(sql`
    select ${SERVER}, ${relationColumns('x')}, t.oid as tableid, t.relname as tablename, t.relkind as tablekind,
      t.relnamespace::regnamespace::text as tableschema, ${columns}
    from (select 1) one ${before}
    left join pg_catalog.pg_class x on ${named}
    left join pg_catalog.pg_index i on i.indexrelid = x.oid
    left join pg_catalog.pg_class t on t.oid = i.indrelid ${after}`);
  const row = rows[0] ?? {};
  const relation = readRelation(row);
  return { row, relation, table: readRelation(row, 'table'), name: resolvedName(relation, index) };
}

/**
 * Pid of another session that is building the index `index` of the table `table` (both oids) at this moment. Of the sessions of other roles a weak
 * role sees the pid and nothing else; but only one session at a time can have the lock of a concurrent build on a table.
 */
export function builderOf(index: SqlFragment, table: SqlFragment): SqlFragment {
  return sql`(select pg_catalog.min(p.pid) from pg_catalog.pg_stat_progress_create_index p
    where p.pid <> pg_catalog.pg_backend_pid() and p.datname = pg_catalog.current_database() and (p.index_relid = ${index}
      or p.relid is null and exists (select 1 from pg_catalog.pg_locks l where l.pid = p.pid and l.granted and l.relation = ${table} and l.mode = 'ShareUpdateExclusiveLock')))`;
}

/** The same in a round trip of its own: only an INVALID index can be in the making. */
export async function findBuilder(reader: Reader, index: number, table: number): Promise<number | null> {
  const { rows } = await reader.read(
    sql`select ${SERVER}, ${builderOf(sql`${index}::oid`, sql`${table}::oid`)} as builder`,
  );
  const builder = rows[0]?.['builder'];
  return typeof builder === 'number' ? builder : null;
}

/** The sentence for a refusal. */
export function beingBuilt(pid: number): { readonly refuse: string; readonly hint: string } {
  return {
    refuse: `another session (pid ${pid}) is building this index at this moment.`,
    hint: `Wait until it is done, then run again:\n  SELECT * FROM pg_stat_progress_create_index;\nIf it is that of a deployer that was killed, end it, then run again:\n  SELECT pg_terminate_backend(${pid});`,
  };
}
