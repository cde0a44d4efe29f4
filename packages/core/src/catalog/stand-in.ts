/**
 * Two names of one table: the table has one of them, and a view may stand in for it under the other one. Such a view is told by its
 * definition: the columns of the table, in their order and by their names, and nothing else.
 */
import type { Facts, Lock, Parent } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { type Reader, type Row, textOrNull } from '../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql } from '../sql.js';
import { CURRENT_USER, type Grant, grantsOf, grantsOfNew, lackingGrants, readGrants } from './grants.js';
import { readTexts } from './inheritance.js';
import { dependents } from './objects.js';
import {
  isNamed,
  isTable,
  kindOf,
  missingTable,
  type Relation,
  readRelation,
  relationColumns,
  SERVER,
} from './relation.js';

/** What has a name: the table, a view that stands in for it, nothing, something else. */
export type Holder = 'table' | 'view' | 'absent' | 'other';

export interface TwoNamesState {
  readonly from: Holder;
  readonly to: Holder;
  /** The view lacks columns, grants or properties that the table has, and can be given them. */
  readonly behind: boolean;
}

/** What a view takes over from its table. */
interface TableSide {
  readonly columns: readonly string[];
  /** Quoted where it must be. */
  readonly owner: string;
  readonly grants: readonly Grant[];
  /** Row level security is enabled. */
  readonly secured: boolean;
}

interface ViewSide {
  /** It has all columns, and reads with the rights of whoever asks where the server knows that. */
  readonly upToDate: boolean;
  readonly sameOwner: boolean;
  readonly grants: readonly Grant[];
  readonly dependents: readonly string[];
}

export interface TwoNames extends Facts<TwoNamesState> {
  readonly from: ObjectName;
  readonly to: ObjectName;
  /** What stands under the names, in words: `view public.users`. Null where nothing does. */
  readonly holders: { readonly from: string | null; readonly to: string | null };
  /** Types that have the names and are no row types of a table: `type app.people`. */
  readonly types: { readonly from: string | null; readonly to: string | null };
  readonly table: TableSide;
  readonly view: ViewSide;
  /** The grants that a view has as soon as it is made, and whether it belongs to the owner of the table then. */
  readonly fresh: { readonly grants: readonly Grant[]; readonly sameOwner: boolean };
  /** Views can read with the rights of whoever asks: from PostgreSQL 15 on. */
  readonly invoker: boolean;
  /** What has been made for the table and does not work through a view, a line each. */
  readonly breaks: readonly string[];
  /** Who gets the rows of the table by its name, on another server, or from one; a line each. */
  readonly replicated: readonly string[];
}

/** One round trip. `to` without a schema is in that of `from`. */
export async function readTwoNames(reader: Reader, from: ObjectName, to: ObjectName): Promise<TwoNames> {
  const { rows } = await reader.read(sql`
    select ${SERVER}, ${BOTH_RELATIONS}, ${typeNamed(from)} as from_type, ${typeNamed(to)} as to_type, ${TABLE_SIDE}, ${VIEW_SIDE}, ${OTHERS}
    from (select 1) one ${joinBoth(from, to)}
    left join pg_catalog.pg_class c on c.oid = case when f.relkind in ('r', 'p') then f.oid when n.relkind in ('r', 'p') then n.oid end
    left join pg_catalog.pg_class v on v.relkind = 'v' and v.oid in (f.oid, n.oid)
    left join lateral (${EXPECTED}) d on true`);
  return factsOf(rows[0] ?? {}, from, to);
}

function factsOf(row: Row, from: ObjectName, to: ObjectName): TwoNames {
  const [old, found] = [readRelation(row), readRelation(row, 'to')];
  const schema = old?.name.schema ?? found?.name.schema ?? from.schema;
  const names = { from: old?.name ?? { schema, name: from.name }, to: found?.name ?? { schema, name: to.name } };
  const invoker = Number(row['version']) >= 150_000;
  const stands = row['stands_in'] === true;
  const view: ViewSide = {
    upToDate: row['all_columns'] === true && (row['invoker'] === true || !invoker),
    sameOwner: row['same_owner'] === true,
    grants: readGrants(row, 'view_grants'),
    dependents: readTexts(row, 'dependents'),
  };
  const table: TableSide = {
    columns: readTexts(row, 'columns'),
    owner: String(row['owner']),
    grants: readGrants(row, 'grants'),
    secured: row['secured'] === true,
  };
  const state = { from: holder(old, stands), to: holder(found, stands) };
  const behind =
    state.from === 'view' &&
    !(view.upToDate && view.sameOwner && lackingGrants(table.grants, view.grants).length === 0);
  return {
    target: `${printName(names.from)} to ${names.to.name}`,
    state: { ...state, behind },
    begun: behind,
    differences: compare(row, [old, found], table),
    missing: missing([old, found], from, names.to),
    ...names,
    holders: { from: inWords(old), to: inWords(found) },
    types: { from: textOrNull(row['from_type']), to: textOrNull(row['to_type']) },
    table,
    view,
    fresh: { grants: readGrants(row, 'fresh_grants'), sameOwner: row['owns'] === true },
    invoker,
    breaks: readTexts(row, 'breaks'),
    replicated: readTexts(row, 'replicated'),
  };
}

function holder(relation: Relation | null, standsIn: boolean): Holder {
  if (relation === null) return 'absent';
  if (isTable(relation)) return 'table';
  return relation.kind === 'v' && standsIn ? 'view' : 'other';
}

function inWords(relation: Relation | null): string | null {
  return relation === null ? null : `${kindOf(relation)} ${printName(relation.name)}`;
}

/** A view of a table that is not there, or neither of the two names. */
function missing(
  [old, found]: readonly [Relation | null, Relation | null],
  from: ObjectName,
  to: ObjectName,
): readonly Parent[] {
  if (old === null && found === null) return missingTable(null, from);
  return old?.kind === 'v' && found === null ? missingTable(null, to) : [];
}

function compare(
  row: Row,
  [old, found]: readonly [Relation | null, Relation | null],
  table: TableSide,
): readonly Difference[] {
  if (old !== null && found !== null && isTable(old) && isTable(found)) return [bothTables(old.name, found.name)];
  const ours = [old, found].find((each) => each !== null && isTable(each)) ?? null;
  if (typeof row['definition'] === 'string' && ours !== null && row['stands_in'] !== true)
    return [otherView(row, table, ours)];
  return old === null && found !== null && !isTable(found)
    ? [{ path: 'kind', expected: 'table', found: kindOf(found), proved: true }]
    : [];
}

/** Nobody knows which of the two tables is meant. */
export function bothTables(from: ObjectName, to: ObjectName): Difference {
  const found = `both, ${printName(from)} and ${printName(to)}`;
  return { path: 'tables', expected: 'either the old name or the new one', found, proved: true };
}

function otherView(row: Row, { columns }: TableSide, { name }: Relation): Difference {
  const extras = `a view with ${readTexts(row, 'extras').join(', ')}`;
  if (row['same_query'] === true) return { path: 'view', expected: 'a plain view', found: extras, proved: true };
  const found = String(row['definition']).replaceAll(/\s+/g, ' ').replace(/;$/, '').trim();
  return { path: 'view', expected: `SELECT ${columns.join(', ')} FROM ${printName(name)}`, found, proved: true };
}

/** The lock of a view, taken ahead: those who ask for the view lock it first and then its table, so must whoever changes both. */
export function lockView(view: ObjectName): Lock {
  const by = `ALTER VIEW ${quoteName(view)} RESET (security_barrier)`;
  return { on: view, mode: 'AccessExclusiveLock', kind: 'other', by };
}

/** `VIEW … AS SELECT …`: all columns by their names, so that none can come in between the look and the statement. */
export function viewText(view: ObjectName, table: ObjectName, { table: { columns }, invoker }: TwoNames): string {
  const options = invoker ? ' WITH (security_invoker = true)' : '';
  return `VIEW ${quoteName(view)}${options} AS SELECT ${columns.map(quoteIdent).join(', ')} FROM ${quoteName(table)}`;
}

/** Columns for `readRelation`, that of the new name with the prefix `to`. */
export const BOTH_RELATIONS = sql`${relationColumns('f')}, n.oid as toid, n.relname as toname, n.relkind as tokind, n.relnamespace::regnamespace::text as toschema`;

/** Joins what has the old name as `f` and what has the new one as `n`; without a schema, that is looked for in that of the old one. */
export function joinBoth(from: ObjectName, to: ObjectName): SqlFragment {
  const there =
    to.schema === undefined
      ? sql`case when f.oid is null then pg_catalog.pg_table_is_visible(n.oid) else n.relnamespace = f.relnamespace end`
      : sql`${isNamed('n', to)}`;
  return sql`left join pg_catalog.pg_class f on ${isNamed('f', from)} left join pg_catalog.pg_class n on n.relname = ${to.name}::name and ${there}`;
}

/** A type, other than a row type, that has the name in the schema of the two. */
export function typeNamed(name: ObjectName): SqlFragment {
  return sql`(select pg_catalog.pg_describe_object('pg_catalog.pg_type'::regclass, y.oid, 0) from pg_catalog.pg_type y where y.typname = ${name.name}::name
    and y.typnamespace = coalesce(f.relnamespace, n.relnamespace) and y.typrelid = 0 and not exists (select 1 from pg_catalog.pg_type e where e.typarray = y.oid))`;
}

const LIVE = sql`pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const TABLE_SIDE = sql`(select pg_catalog.json_agg(a.attname order by a.attnum) from ${LIVE}) as columns,
  pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner)) as owner, c.relowner = ${CURRENT_USER} as owns, c.relrowsecurity as secured,
  case when c.oid is not null then ${grantsOf('c')} end as grants, case when c.oid is not null then ${grantsOfNew(sql`c.relnamespace`)} end as fresh_grants`;

/** How the server prints a view of as many of the table's columns as `v` has: with the name of the table before each, until PostgreSQL 15. */
const EXPECTED = sql`select ' SELECT ' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), E',\n    ' order by a.attnum) || E'\n   FROM ' || c.oid::regclass::text || ';' as bare,
    ' SELECT ' || pg_catalog.string_agg(pg_catalog.quote_ident(c.relname) || '.' || pg_catalog.quote_ident(a.attname), E',\n    ' order by a.attnum) || E'\n   FROM ' || c.oid::regclass::text || ';' as qualified,
    pg_catalog.count(*) as columns
  from (select a.* from ${LIVE} order by a.attnum limit (select pg_catalog.count(*) from pg_catalog.pg_attribute w where w.attrelid = v.oid and w.attnum > 0)) a`;

const DEFINITION = sql`pg_catalog.pg_get_viewdef(v.oid)`;

/** What a view can have beside its query, and a plain one does not have. */
const EXTRAS = sql`(select pg_catalog.json_agg(o.what order by o.what) from (
    select o.option_name || '=' || o.option_value as what from pg_catalog.pg_options_to_table(v.reloptions) o where o.option_name <> 'security_invoker'
    union all select 'trigger ' || t.tgname from pg_catalog.pg_trigger t where t.tgrelid = v.oid
    union all select 'rule ' || r.rulename from pg_catalog.pg_rewrite r where r.ev_class = v.oid and r.rulename <> '_RETURN'
    union all select 'a default of ' || a.attname from pg_catalog.pg_attrdef e join pg_catalog.pg_attribute a on a.attrelid = e.adrelid and a.attnum = e.adnum
      where e.adrelid = v.oid) o)`;

const VIEW_SIDE = sql`${DEFINITION} as definition, ${DEFINITION} in (d.bare, d.qualified) as same_query,
  ${DEFINITION} in (d.bare, d.qualified) and ${EXTRAS} is null as stands_in, ${EXTRAS} as extras,
  d.columns = (select pg_catalog.count(*) from ${LIVE}) as all_columns, c.relowner = v.relowner as same_owner,
  (select o.option_value::boolean from pg_catalog.pg_options_to_table(v.reloptions) o where o.option_name = 'security_invoker') as invoker,
  case when v.oid is not null then ${grantsOf('v')} end as view_grants, case when v.oid is not null then ${dependents('pg_class', 'v.oid')} end as dependents`;

/** A line each, about the table `c`. */
const OTHERS = sql`(select pg_catalog.json_agg(b.line order by b.line) from (
    select pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, i.inhrelid, 0) || ' inherits from it: for a view ONLY means nothing, so DELETE FROM ONLY would reach its rows' as line
      from pg_catalog.pg_inherits i where i.inhparent = c.oid and c.relkind = 'r'
    union all select distinct pg_catalog.pg_describe_object(p.classid, p.objid, 0) || ' takes a row of the table: those of the view have another type'
      from pg_catalog.pg_depend p join pg_catalog.pg_proc q on q.oid = p.objid and p.refobjid = any (q.proargtypes)
      where p.classid = 'pg_catalog.pg_proc'::regclass and p.refclassid = 'pg_catalog.pg_type'::regclass and p.refobjid = c.reltype
    union all select distinct case x.grantee when 0 then 'everybody (PUBLIC)' else 'role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end
        || ' may read some columns only: through the view nobody reads who may not read all of them'
      from pg_catalog.pg_attribute a cross join lateral pg_catalog.aclexplode(a.attacl) x
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and x.privilege_type = 'SELECT' and pg_catalog.current_setting('server_version_num')::integer >= 150000
        and exists (select 1 from pg_catalog.pg_attribute o where o.attrelid = c.oid and o.attnum > 0 and not o.attisdropped
          and not pg_catalog.has_column_privilege(x.grantee, c.oid, o.attnum, 'SELECT'))) b) as breaks,
  (select pg_catalog.json_agg(b.line order by b.line) from (
    select 'publication ' || p.pubname || ': subscribers get the rows under the new name, and stop until they have a table of that name' as line
      from pg_catalog.pg_publication_tables p where p.tablename = c.relname and p.schemaname = (select s.nspname from pg_catalog.pg_namespace s where s.oid = c.relnamespace)
    union all select 'a subscription: its rows come in under the old name, which a view then has, and it stops'
      from pg_catalog.pg_subscription_rel s where s.srrelid = c.oid) b) as replicated`;
