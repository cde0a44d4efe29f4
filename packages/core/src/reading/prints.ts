/** What is compared of an object and its twin: SQL expressions over `o.oid`, JSON objects of texts. */

const COLUMNS = `(select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
    || case when a.attcollation <> t.typcollation then ' collate ' || a.attcollation::regcollation::text else '' end
    || case when a.attnotnull then ' not null' else '' end
    || case when a.attidentity <> '' then ' identity ' || a.attidentity::text else '' end
    || case when a.attgenerated <> '' then ' generated ' || a.attgenerated::text else '' end, ', ' order by a.attnum)
  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid where a.attrelid = RELATION and a.attnum > 0 and not a.attisdropped)`;

const columnsOf = (relation: string): string => COLUMNS.replace('RELATION', relation);

/** The temporary schema prints as `pg_temp_3` or not at all, and the other schema as it is on the search path or not. */
const plain = (text: string): string => `pg_catalog.regexp_replace(${text}, '\\mpg_temp_\\d+\\.', '', 'g')`;

const CONSTRAINTS = (condition: string): string =>
  `(select pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid) || case when k.convalidated then '' else ' not valid' end, '; ' order by k.conname)
  from pg_catalog.pg_constraint k where ${condition})`;

const RELOPTIONS = `(select pg_catalog.string_agg(x, ', ' order by x) from pg_catalog.unnest(c.reloptions) x)`;

const ofRelation = (fields: string): string =>
  `(select pg_catalog.json_build_object(${fields}) from pg_catalog.pg_class c where c.oid = o.oid)`;

const SHAPE = `'kind', c.relkind, 'persistence', c.relpersistence, 'options', ${RELOPTIONS}, 'partitioned by', case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end,
  'access method', (select m.amname from pg_catalog.pg_am m where m.oid = c.relam), 'tablespace', c.reltablespace::text`;

/** All of a table but its columns and what hangs on them. */
export const TABLE_SHAPE = ofRelation(SHAPE);

export const PARTITION = ofRelation(`${SHAPE}, 'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid)`);

export const WHOLE_TABLE = ofRelation(`${SHAPE}, 'columns', ${columnsOf('c.oid')},
  'defaults', (select pg_catalog.string_agg(d.adnum || ' ' || ${plain('pg_catalog.pg_get_expr(d.adbin, d.adrelid)')}, ', ' order by d.adnum) from pg_catalog.pg_attrdef d where d.adrelid = c.oid),
  'constraints', ${CONSTRAINTS("k.conrelid = c.oid and k.contype <> 'n'")},
  'indexes', (select pg_catalog.string_agg(pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), ' ON .*? USING ', ' USING '), '; ' order by i.indexrelid::regclass::text) from pg_catalog.pg_index i where i.indrelid = c.oid)`);

export const VIEW = ofRelation(
  `'kind', c.relkind, 'options', ${RELOPTIONS}, 'columns', ${columnsOf('c.oid')}, 'query', pg_catalog.pg_get_viewdef(c.oid)`,
);

export const SEQUENCE = ofRelation(
  `'kind', c.relkind, 'options', (select (pg_catalog.to_jsonb(s) - 'seqrelid')::text from pg_catalog.pg_sequence s where s.seqrelid = c.oid)`,
);

/** Domains, composite types, ranges. */
export const TYPE = `(select pg_catalog.json_build_object('kind', t.typtype, 'type', case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end,
    'not null', t.typnotnull::text, 'default', t.typdefault, 'collation', t.typcollation::regcollation::text,
    'checks', ${CONSTRAINTS("k.contypid = t.oid and k.contype <> 'n'")},
    'columns', ${columnsOf('t.typrelid')},
    'range', (select (pg_catalog.to_jsonb(r) - 'rngtypid' - 'rngmultitypid')::text || coalesce((select m.typname::text from pg_catalog.pg_type m where m.oid::text = pg_catalog.to_jsonb(r) ->> 'rngmultitypid'), '') from pg_catalog.pg_range r where r.rngtypid = t.oid))
  from pg_catalog.pg_type t where t.oid = o.oid)`;

/** `o.oid` of pg_constraint. */
export const CONSTRAINT = `(select pg_catalog.json_build_object('kind', k.contype, 'definition', pg_catalog.pg_get_constraintdef(k.oid), 'validated', k.convalidated::text) from pg_catalog.pg_constraint k where k.oid = o.oid)`;

/** `o.oid` of pg_statistic_ext. */
export const STATISTICS = `(select pg_catalog.json_build_object('definition', pg_catalog.regexp_replace(pg_catalog.pg_get_statisticsobjdef(s.oid), '^CREATE STATISTICS \\S+|\\mFROM \\S+$', '', 'g')) from pg_catalog.pg_statistic_ext s where s.oid = o.oid)`;

/** `o.oid` of an index. */
export const INDEX = `(select pg_catalog.json_build_object('unique', i.indisunique::text, 'tablespace', c.reltablespace::text,
  'definition', pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), '^.*? USING ', ''))
  from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid where i.indexrelid = o.oid)`;
