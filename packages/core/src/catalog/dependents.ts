/**
 * What goes when a table or a column is dropped, and what will not let it go: the server's own walk over pg_depend (manual, 5.15), asked
 * before. Kinds of dependency: `n` keeps the drop back; `a`, `i`, `P` and `S` go along with it.
 */
import type { ObjectName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { nameOf, readNames, readTexts } from './inheritance.js';

export interface Dependents {
  /** In words. The server would not drop it because of these. */
  readonly blocking: readonly string[];
  /** In words. Goes along with a column although it holds other columns too. */
  readonly lost: readonly string[];
  /** Tables and partitions that go as a whole. */
  readonly tables: readonly ObjectName[];
  /** Tables that a foreign key refers to which goes: its triggers there go, so they are locked. */
  readonly referenced: readonly ObjectName[];
  readonly sequences: readonly ObjectName[];
}

/** Output columns of `dependentsOf`, for `readDependents`. */
export const DEPENDENTS = sql`dep.blocking, dep.lost, dep.tables, dep.referenced, dep.sequences`;

export function readDependents(row: Row): Dependents {
  return {
    blocking: readTexts(row, 'blocking'),
    lost: readTexts(row, 'lost'),
    tables: readNames(row, 'tables'),
    referenced: readNames(row, 'referenced'),
    sequences: readNames(row, 'sequences'),
  };
}

const CLASS = sql.raw("'pg_catalog.pg_class'::regclass");
const CONSTRAINT = sql.raw("'pg_catalog.pg_constraint'::regclass");
const REWRITE = sql.raw("'pg_catalog.pg_rewrite'::regclass");

/** Lateral subquery `dep`. `start` selects `classid, objid, objsubid` of what is dropped; it may use the tables joined before. */
export function dependentsOf(start: SqlFragment): SqlFragment {
  return sql`left join lateral (
    with recursive start (classid, objid, objsubid) as (${start}),
    gone (classid, objid, objsubid) as (
      select classid, objid, objsubid from start
      union select p.classid, p.objid, p.objsubid from gone g join pg_catalog.pg_depend p on p.refclassid = g.classid and p.refobjid = g.objid
        and (g.objsubid = 0 or p.refobjsubid = g.objsubid) and p.deptype in ('a', 'i', 'P', 'S')),
    relations as (select r.* from gone g join pg_catalog.pg_class r on g.classid = ${CLASS} and g.objsubid = 0 and r.oid = g.objid)
    select (select pg_catalog.json_agg(distinct ${inWords('p')}) from gone g
        join pg_catalog.pg_depend p on p.refclassid = g.classid and p.refobjid = g.objid and (g.objsubid = 0 or p.refobjsubid = g.objsubid) and p.deptype = 'n'
        where not exists (select 1 from gone o where o.classid = p.classid and o.objid = p.objid and o.objsubid in (0, p.objsubid))) as blocking,
      (select pg_catalog.json_agg(distinct ${inWords('g')}) from gone g where ${HOLDS_OTHERS}) as lost,
      (select pg_catalog.json_agg(${nameOf('r')} order by r.relname) from relations r where r.relkind in ('r', 'p', 'f')) as tables,
      (select pg_catalog.json_agg(${nameOf('r')} order by r.relname) from relations r where r.relkind = 'S') as sequences,
      (select pg_catalog.json_agg(${nameOf('r')} order by r.relname) from pg_catalog.pg_class r where r.oid in (
        select t.tgrelid from gone g join pg_catalog.pg_trigger t on g.classid = 'pg_catalog.pg_trigger'::regclass and t.oid = g.objid)
        and not exists (select 1 from start s where s.objid = r.oid) and r.oid not in (select oid from relations)) as referenced
  ) dep on true`;
}

/** The kind and the name of what a row with classid, objid and objsubid stands for. A view stands for its rule. */
function inWords(alias: string): SqlFragment {
  const x = sql.raw(alias);
  return sql`coalesce(
    (select pg_catalog.pg_describe_object(${CLASS}, w.ev_class, 0) from pg_catalog.pg_rewrite w where ${x}.classid = ${REWRITE} and w.oid = ${x}.objid and w.rulename = '_RETURN'),
    (select case k.contype when 'f' then 'foreign key' when 'u' then 'unique constraint' when 'p' then 'primary key' when 'c' then 'check constraint'
        when 'x' then 'exclusion constraint' else 'constraint' end || pg_catalog.format(' %s on ', k.conname) || pg_catalog.pg_describe_object(${CLASS}, k.conrelid, 0)
      from pg_catalog.pg_constraint k where ${x}.classid = ${CONSTRAINT} and k.oid = ${x}.objid and k.conrelid <> 0),
    (select 'generated ' || pg_catalog.pg_describe_object(${CLASS}, e.attrelid, e.attnum) from pg_catalog.pg_attribute e
      where ${x}.classid = ${CLASS} and e.attrelid = ${x}.objid and e.attnum = ${x}.objsubid and e.attgenerated <> ''),
    (select 'generated ' || pg_catalog.pg_describe_object(${CLASS}, e.attrelid, e.attnum) from pg_catalog.pg_attrdef d
      join pg_catalog.pg_attribute e on e.attrelid = d.adrelid and e.attnum = d.adnum and e.attgenerated <> ''
      where ${x}.classid = 'pg_catalog.pg_attrdef'::regclass and d.oid = ${x}.objid),
    pg_catalog.pg_describe_object(${x}.classid, ${x}.objid, ${x}.objsubid))`;
}

/**
 * Is `g` something that is not the column's alone? A generated column, a primary key; an index, constraint or statistics over several columns.
 * Parts of what belongs to a parent are named by the parent's, and an index that belongs to a constraint by the constraint.
 */
const HOLDS_OTHERS = sql`not exists (select 1 from start s where s.classid = g.classid and s.objid = g.objid and s.objsubid = g.objsubid) and case
  when g.classid = ${CONSTRAINT} then exists (select 1 from pg_catalog.pg_constraint k where k.oid = g.objid and k.conparentid = 0
    and (k.coninhcount = 0 or k.conislocal) and (k.contype = 'p' or pg_catalog.cardinality(k.conkey) > 1 or ${isReplicaIdentity('k.conindid')}))
  when g.classid = ${CLASS} and g.objsubid > 0 then true
  when g.classid = ${CLASS} then exists (select 1 from pg_catalog.pg_class r where r.oid = g.objid and r.relkind in ('i', 'I') and not r.relispartition)
    and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = g.objid and k.contype in ('p', 'u', 'x')) and (${onOtherColumns()} or ${isReplicaIdentity('g.objid')})
  else g.classid = 'pg_catalog.pg_statistic_ext'::regclass and ${onOtherColumns()} end`;

/** By which a published table tells its rows: without it UPDATE and DELETE fail. */
function isReplicaIdentity(index: string): SqlFragment {
  return sql`exists (select 1 from pg_catalog.pg_index ri where ri.indexrelid = ${sql.raw(index)} and ri.indisreplident)`;
}

/** Does `g` depend on another column of a table that loses one? */
function onOtherColumns(): SqlFragment {
  return sql`exists (select 1 from pg_catalog.pg_depend o join start s on o.refclassid = s.classid and o.refobjid = s.objid and o.refobjsubid not in (0, s.objsubid)
    where o.classid = g.classid and o.objid = g.objid)`;
}
