/** Tables, views and their columns, constraints, indexes and sequences. */
import {
  definition,
  found,
  IN_OWN_SCHEMA,
  inSchema,
  onRelation,
  options,
  ownerOf,
  ownObject,
  type Part,
  relationName,
  relations,
} from './parts.js';

const KIND = `case c.relkind when 'f' then 'foreign table' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end`;

const TABLES = `select ${inSchema(KIND, 'c.relname', 'c.relname::text')}, ${definition(
  `case c.relpersistence when 'u' then 'unlogged' end`,
  `'partition of ' || case when c.relispartition then (select ${relationName('i.inhparent')} from pg_catalog.pg_inherits i where i.inhrelid = c.oid limit 1) end
    || ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)`,
  `'inherits (' || case when not c.relispartition then (select pg_catalog.string_agg(${relationName('i.inhparent')}, ', ' order by i.inhseqno)
    from pg_catalog.pg_inherits i where i.inhrelid = c.oid) end || ')'`,
  `'partition by ' || case c.relkind when 'p' then pg_catalog.pg_get_partkeydef(c.oid) end`,
  `'of ' || case when c.reloftype <> 0 then pg_catalog.format_type(c.reloftype, null) end`,
  `'using ' || (select m.amname from pg_catalog.pg_am m where m.oid = c.relam and m.amname <> 'heap')`,
  options('with', 'c.reloptions'),
  options('toast', '(select t.reloptions from pg_catalog.pg_class t where t.oid = c.reltoastrelid)'),
  `case c.relreplident when 'f' then 'replica identity full' when 'n' then case when c.relkind in ('r', 'p') then 'replica identity nothing' end end`,
  `case when c.relrowsecurity then 'row level security' end`,
  `case when c.relforcerowsecurity then 'forced row level security' end`,
  `case when c.relkind = 'f' then (select pg_catalog.format('server %I', s.srvname) from pg_catalog.pg_foreign_table f join pg_catalog.pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = c.oid) end`,
  options('options', '(select f.ftoptions from pg_catalog.pg_foreign_table f where f.ftrelid = c.oid)'),
  `case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end`,
)} from ${relations('rpfvm')}`;

// PGlite 0.5 keeps a number of its own, pg_attver, among the options of every column; PostgreSQL knows no such option. A column's own collation, storage and statistics are named only where they are not those of its type. `attcompression` is new in 14: on 13
// the name finds the outer one. `attstattarget` is null by default since 17, -1 before. A view's columns stand in its query; their defaults do not.
const COLUMNS = `select ${onRelation("'column'", 'a.attname')}, ${definition(
  'pg_catalog.format_type(a.atttypid, a.atttypmod)',
  `case when a.attcollation <> t.typcollation then (select pg_catalog.format('collate %I.%I', o.nspname, l.collname)
    from pg_catalog.pg_collation l join pg_catalog.pg_namespace o on o.oid = l.collnamespace where l.oid = a.attcollation) end`,
  `case when a.attnotnull then pg_catalog.concat_ws(' ', 'not null', case when not k.convalidated then 'not valid' end, case when k.connoinherit then 'no inherit' end) end`,
  `case a.attgenerated when '' then 'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) when 's' then 'generated (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') stored'
    else 'generated (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') virtual' end`,
  `case a.attidentity when 'a' then 'identity always' when 'd' then 'identity by default' end`,
  `case when a.attstorage <> t.typstorage then 'storage ' || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end`,
  `case a.compression when 'p' then 'compression pglz' when 'l' then 'compression lz4' end`,
  `'statistics ' || nullif(a.attstattarget, -1)`,
  options(
    'options',
    `case when a.attoptions is not null then array(select o from pg_catalog.unnest(a.attoptions) o where o !~ '^pg_attver=') end`,
  ),
  options('foreign options', 'a.attfdwoptions'),
  `case when not a.attislocal then 'inherited' end`,
)} from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  cross join (select ''::"char" as attcompression) older
  cross join lateral (select attcompression as compression, x.attrelid, x.attname, x.atttypid, x.atttypmod, x.attnum, x.attcollation, x.attnotnull, x.attgenerated, x.attidentity,
    x.attstorage, x.attstattarget, x.attoptions, x.attfdwoptions, x.attislocal from pg_catalog.pg_attribute x
    where x.attrelid = c.oid and x.attnum > 0 and not x.attisdropped) a
  join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_constraint k on k.contype = 'n' and k.conrelid = a.attrelid and k.conkey[1] = a.attnum
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where (c.relkind in ('r', 'p', 'f') or (c.relkind = 'v' and d.oid is not null)) and ${IN_OWN_SCHEMA} and ${ownObject('pg_class', 'c.oid')}`;

// NOT NULL (since 18 with rows of its own) is told by the column. The rows of a foreign key for each partition of the table that it
// references are its own affair.
const CONSTRAINTS = `select ${onRelation("'constraint'", 'k.conname')}, ${definition(
  'pg_catalog.pg_get_constraintdef(k.oid)',
  `case when not k.conislocal and k.contype = 'c' then 'inherited' end`,
  `'part of ' || case when k.conparentid <> 0 then (select pg_catalog.quote_ident(p.conname) from pg_catalog.pg_constraint p where p.oid = k.conparentid) end`,
)} from pg_catalog.pg_constraint k join ${relations('rpf').replace(' where ', ' on c.oid = k.conrelid where ')}
  and k.contype in ('c', 'f', 'p', 'u', 'x') and not exists (select from pg_catalog.pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid)`;

const INDEXES = `select ${inSchema("'index'", 'c.relname', '(select t.relname::text from pg_catalog.pg_class t where t.oid = i.indrelid)')}, ${definition(
  `pg_catalog.replace(pg_catalog.substr(pg_catalog.pg_get_indexdef(i.indexrelid), 8), pg_catalog.format('INDEX %I ON ', c.relname), 'INDEX ON ')`,
  `case when not i.indisvalid then 'invalid' end`,
  `case when not i.indisready then 'not ready' end`,
  `case when not i.indislive then 'being dropped' end`,
  `case when i.indisclustered then 'clustered' end`,
  `case when i.indisreplident then 'replica identity' end`,
  `'part of ' || case when c.relispartition then (select ${relationName('h.inhparent')} from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid) end`,
  `'statistics (' || case when i.indexprs is not null then (select pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' order by a.attnum) from pg_catalog.pg_attribute a
    where a.attrelid = i.indexrelid and a.attstattarget >= 0) end || ')'`,
)} from pg_catalog.pg_index i join ${relations('iI').replace(' where ', ' on c.oid = i.indexrelid where ')}`;

const SEQUENCES = `select ${inSchema("'sequence'", 'c.relname', ownerOf('c'))}, ${definition(
  'pg_catalog.format_type(s.seqtypid, null)',
  `pg_catalog.format('start %s increment %s min %s max %s cache %s', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache)`,
  `case when s.seqcycle then 'cycle' end`,
  `(select pg_catalog.format('%s %s.%I', case d.deptype when 'i' then 'identity of' else 'owned by' end, ${relationName('d.refobjid')}, a.attname)
    from pg_catalog.pg_depend d join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i'))`,
)} from pg_catalog.pg_sequence s join ${relations('S').replace(' where ', ' on c.oid = s.seqrelid where ')}`;

export const RELATIONS: readonly Part[] = found('c.relname', TABLES, COLUMNS, CONSTRAINTS, INDEXES, SEQUENCES);
