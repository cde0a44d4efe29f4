/** Everything that must be known of an enum type before another takes its place: where it is used, and what of that can be made again. */
import type { ObjectName } from '../names.js';
import type { Reader } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { isTypeNamed, SERVER } from './relation.js';
import { typeUses } from './type-uses.js';

/** A column of the type, or of its array type, in a table whose type the server lets change. */
export interface EnumColumn {
  readonly table: ObjectName;
  readonly column: string;
  readonly array: boolean;
  readonly notNull: boolean;
  /** As the server prints it. */
  readonly default: string | null;
  /** Comes from a parent table, and changes with it. */
  readonly inherited: boolean;
  /** Other tables inherit from its table, or are its partitions. */
  readonly parent: boolean;
}

/** A check or an index whose expression names the type: it goes before the type changes, and is made again afterwards. */
export interface EnumExpression {
  readonly kind: 'check' | 'index';
  readonly table: ObjectName;
  readonly name: string;
  /** `CHECK (…)`, or the whole CREATE INDEX. */
  readonly definition: string;
  readonly comment: string | null;
}

export interface EnumRemake {
  readonly columns: readonly EnumColumn[];
  readonly expressions: readonly EnumExpression[];
  /** What the server or we cannot take along: `view open_orders`. */
  readonly blocking: readonly string[];
  readonly owner: string;
  readonly comment: string | null;
  /** Null when nobody has changed them: everybody may use the type. `grantee` null: PUBLIC. */
  readonly grants: readonly { readonly grantee: string | null; readonly grantable: boolean }[] | null;
  /** Roles that the default privileges of this database give rights on new types. */
  readonly defaultGrantees: readonly string[];
  /** The role is another one than the owner. */
  readonly foreign: boolean;
}

export const NOT_USED: EnumRemake = {
  columns: [],
  expressions: [],
  blocking: [],
  owner: '',
  comment: null,
  grants: null,
  defaultGrantees: [],
  foreign: false,
};

const CLASS = sql`'pg_catalog.pg_class'::regclass`;

/** Columns of tables that the server lets change, one row each. */
const HELD = sql`
  select c.oid as relid, a.attnum, n.nspname, c.relname, a.attname, a.atttypid = t.typarray as is_array, a.attnotnull, a.attinhcount > 0 as inherited,
    d.oid as default_oid, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default_text,
    exists (select 1 from pg_catalog.pg_inherits h where h.inhparent = c.oid) as is_parent
  from t join uses u on u.classid = ${CLASS} and u.objsubid > 0
  join pg_catalog.pg_class c on c.oid = u.objid and c.relkind in ('r', 'p') and not pg_catalog.pg_is_other_temp_schema(c.relnamespace)
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = u.objsubid and a.attgenerated = '' and a.attinhcount <= 1
  left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum`;

/** Checks and indexes whose text can be run again as it is printed, and gives the same. */
const REMADE = sql`
  select u.classid, u.objid, 'check' as kind, k.conrelid as relid, k.conname as name, pg_catalog.pg_get_constraintdef(k.oid) as definition, k.coninhcount > 0 as by_parent
  from uses u join pg_catalog.pg_constraint k on u.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = u.objid and k.contype = 'c'
    and k.conrelid in (select relid from held) and (k.coninhcount = 0 or (k.coninhcount = 1 and not k.conislocal))
  union all
  select u.classid, u.objid, 'index', i.indrelid, x.relname, pg_catalog.pg_get_indexdef(x.oid), false
  from uses u join pg_catalog.pg_index i on u.classid = ${CLASS} and u.objsubid = 0 and i.indexrelid = u.objid and i.indisvalid and not i.indisclustered and not i.indisreplident
    and i.indrelid in (select relid from held)
  join pg_catalog.pg_class x on x.oid = i.indexrelid and x.relkind = 'i' and not x.relispartition and x.reltablespace = 0
  where not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = x.oid)
    and not exists (select 1 from pg_catalog.pg_attribute s where s.attrelid = x.oid and (pg_catalog.to_jsonb(s) ->> 'attstattarget')::int >= 0)`;

/** Uses that are neither of the above, and what hangs on the columns themselves. */
const BLOCKING = sql`
  select u.name from uses u
  where not exists (select 1 from held h where u.classid = ${CLASS} and u.objid = h.relid and u.objsubid = h.attnum)
    and not exists (select 1 from held h where u.classid = 'pg_catalog.pg_attrdef'::regclass and u.objid = h.default_oid)
    and not exists (select 1 from remade m where m.classid = u.classid and m.objid = u.objid)
  union
  select case when p.classid = 'pg_catalog.pg_rewrite'::regclass then pg_catalog.pg_describe_object(${CLASS}, r.ev_class, 0)
      else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end
  from held h join pg_catalog.pg_depend p on p.refclassid = ${CLASS} and p.refobjid = h.relid and p.refobjsubid = h.attnum
  left join pg_catalog.pg_rewrite r on p.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = p.objid
  where p.classid in ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_proc'::regclass,
      'pg_catalog.pg_publication_rel'::regclass)
    or (p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid is distinct from h.default_oid)
  union
  select 'the partition key of ' || pg_catalog.pg_describe_object(${CLASS}, h.relid, 0)
  from held h join pg_catalog.pg_depend p on p.classid = ${CLASS} and p.objid = h.relid and p.objsubid = h.attnum
    and p.refclassid = p.classid and p.refobjid = h.relid and p.refobjsubid = 0 and p.deptype = 'i'
  union
  select pg_catalog.pg_describe_object('pg_catalog.pg_constraint'::regclass, k.oid, 0)
  from held h join pg_catalog.pg_constraint k on k.contype = 'f'
    and ((k.conrelid = h.relid and h.attnum = any(k.conkey)) or (k.confrelid = h.relid and h.attnum = any(k.confkey)))
  union
  select 'security label of ' || s.provider from t join pg_catalog.pg_seclabel s on s.classoid = 'pg_catalog.pg_type'::regclass and s.objoid = t.oid`;

/** One round trip. `NOT_USED` for a type that does not exist. */
export async function readEnumRemake(reader: Reader, type: ObjectName): Promise<EnumRemake> {
  const { rows } = await reader.read(sql`
    with t as materialized (select t.* from pg_catalog.pg_type t where ${isTypeNamed('t', type)} and t.typtype = 'e'),
      uses as materialized (select u.* from t cross join lateral ${typeUses('t')} u),
      held as materialized (${HELD}), remade as materialized (${REMADE}), blocking as (${BLOCKING})
    select ${SERVER}, o.rolname as owner, o.rolname <> current_user as foreign, pg_catalog.obj_description(t.oid, 'pg_type') as comment,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('table', pg_catalog.json_build_object('schema', nspname, 'name', relname), 'column', attname, 'array', is_array,
          'notNull', attnotnull, 'default', default_text, 'inherited', inherited, 'parent', is_parent) order by nspname, relname, attnum) from held) as columns,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('kind', m.kind, 'table', pg_catalog.json_build_object('schema', h.nspname, 'name', h.relname), 'name', m.name,
          'definition', m.definition, 'comment', pg_catalog.obj_description(m.objid, (select k.relname from pg_catalog.pg_class k where k.oid = m.classid)))
          order by h.nspname, h.relname, m.kind, m.name)
        from remade m join (select distinct relid, nspname, relname from held) h on h.relid = m.relid where not m.by_parent) as expressions,
      (select pg_catalog.json_agg(name order by name) from blocking) as blocking,
      case when t.typacl is not null or exists (select 1 from pg_catalog.pg_default_acl d where d.defaclobjtype = 'T') then
        (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('grantee', g.rolname, 'grantable', x.is_grantable) order by g.rolname), '[]')
          from pg_catalog.aclexplode(coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))) x left join pg_catalog.pg_roles g on g.oid = x.grantee
          where x.grantee <> t.typowner) end as grants,
      (select pg_catalog.json_agg(distinct g.rolname) from pg_catalog.pg_default_acl d cross join lateral pg_catalog.aclexplode(d.defaclacl) x
        join pg_catalog.pg_roles g on g.oid = x.grantee where d.defaclobjtype = 'T') as default_grantees
    from (select 1) one left join t on true left join pg_catalog.pg_roles o on o.oid = t.typowner`);
  const row = rows[0] ?? {};
  if (typeof row['owner'] !== 'string') return NOT_USED;
  return {
    columns: (row['columns'] ?? []) as readonly EnumColumn[],
    expressions: (row['expressions'] ?? []) as readonly EnumExpression[],
    blocking: (row['blocking'] ?? []) as readonly string[],
    owner: row['owner'],
    comment: (row['comment'] ?? null) as string | null,
    grants: (row['grants'] ?? null) as EnumRemake['grants'],
    defaultGrantees: (row['default_grantees'] ?? []) as readonly string[],
    foreign: row['foreign'] === true,
  };
}
