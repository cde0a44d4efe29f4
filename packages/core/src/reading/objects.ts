/** Do objects of a kind exist? SQL conditions by name, as the session would find it. */
import { isNamed, isTypeNamed } from '../catalog/relation.js';
import type { ObjectName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';

const RELKINDS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'rp',
  OBJECT_INDEX: 'iI',
  OBJECT_SEQUENCE: 'S',
  OBJECT_VIEW: 'v',
  OBJECT_MATVIEW: 'm',
  OBJECT_FOREIGN_TABLE: 'f',
};

/** Is there a relation, type, … of the name? Null for a kind that is not looked up by a name alone. `kind`: ObjectType of PostgreSQL. `butIn`: one in that schema is not meant. */
export function exists(kind: string, name: ObjectName, butIn?: string): SqlFragment | null {
  const elsewhere = (namespace: string): SqlFragment =>
    butIn === undefined
      ? sql``
      : sql`and ${sql.raw(namespace)} is distinct from (select w.oid from pg_catalog.pg_namespace w where w.nspname = ${butIn}::name)`;
  const relkinds = RELKINDS[kind];
  if (relkinds !== undefined)
    return sql`exists (select from pg_catalog.pg_class c where ${isNamed('c', name)} and c.relkind = any(${[...relkinds]}::"char"[]) ${elsewhere('c.relnamespace')})`;
  switch (kind) {
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      return sql`exists (select from pg_catalog.pg_type t where ${isTypeNamed('t', name)} ${elsewhere('t.typnamespace')})`;
    case 'OBJECT_SCHEMA':
      return sql`exists (select from pg_catalog.pg_namespace n where n.nspname = ${name.name}::name)`;
    case 'OBJECT_EXTENSION':
      return sql`exists (select from pg_catalog.pg_extension e where e.extname = ${name.name}::name and ${placed('e.extnamespace', 'true', name)} ${elsewhere('e.extnamespace')})`;
    case 'OBJECT_COLLATION':
      return sql`exists (select from pg_catalog.pg_collation o where o.collname = ${name.name}::name and ${placed('o.collnamespace', 'pg_catalog.pg_collation_is_visible(o.oid)', name)} ${elsewhere('o.collnamespace')})`;
    case 'OBJECT_STATISTIC_EXT':
      return sql`exists (select from pg_catalog.pg_statistic_ext s where s.stxname = ${name.name}::name and ${placed('s.stxnamespace', 'pg_catalog.pg_statistics_obj_is_visible(s.oid)', name)} ${elsewhere('s.stxnamespace')})`;
    case 'OBJECT_EVENT_TRIGGER':
      return sql`exists (select from pg_catalog.pg_event_trigger e where e.evtname = ${name.name}::name)`;
    case 'OBJECT_PUBLICATION':
      return sql`exists (select from pg_catalog.pg_publication p where p.pubname = ${name.name}::name)`;
    default:
      return null;
  }
}

/** The same for what belongs to a table: `OBJECT_TRIGGER`, `OBJECT_POLICY`, `OBJECT_RULE`, `OBJECT_COLUMN`, `OBJECT_TABCONSTRAINT`. */
export function existsOn(kind: string, table: ObjectName, name: string): SqlFragment | null {
  const on = sql`join pg_catalog.pg_class c on ${isNamed('c', table)}`;
  switch (kind) {
    case 'OBJECT_TRIGGER':
      return sql`exists (select from pg_catalog.pg_trigger g ${on} and c.oid = g.tgrelid where g.tgname = ${name}::name and not g.tgisinternal)`;
    case 'OBJECT_POLICY':
      return sql`exists (select from pg_catalog.pg_policy p ${on} and c.oid = p.polrelid where p.polname = ${name}::name)`;
    case 'OBJECT_RULE':
      return sql`exists (select from pg_catalog.pg_rewrite r ${on} and c.oid = r.ev_class where r.rulename = ${name}::name)`;
    case 'OBJECT_COLUMN':
      return sql`exists (select from pg_catalog.pg_attribute a ${on} and c.oid = a.attrelid where a.attname = ${name}::name and a.attnum > 0 and not a.attisdropped)`;
    case 'OBJECT_TABCONSTRAINT':
      return sql`exists (select from pg_catalog.pg_constraint k ${on} and c.oid = k.conrelid where k.conname = ${name}::name)`;
    default:
      return null;
  }
}

function placed(namespace: string, visible: string, { schema }: ObjectName): SqlFragment {
  return schema === undefined
    ? sql.raw(visible)
    : sql`${sql.raw(namespace)} = (select n.oid from pg_catalog.pg_namespace n where n.nspname = ${schema}::name)`;
}
