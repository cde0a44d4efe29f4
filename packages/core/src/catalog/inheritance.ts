/** Tables that inherit from another one, partitions included: ALTER TABLE and DROP TABLE lock and change them along with it. */
import type { ObjectName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';

/** `{ schema, name }` of the relation `alias` of pg_class, as JSON. */
export function nameOf(alias: string): SqlFragment {
  const c = sql.raw(alias);
  return sql`pg_catalog.json_build_object('schema', (select s.nspname from pg_catalog.pg_namespace s where s.oid = ${c}.relnamespace), 'name', ${c}.relname)`;
}

/** JSON list of the parents, in words, from which the relation `c` inherits its column `a` of pg_attribute; null without any. */
export const INHERITED_FROM = sql`(select pg_catalog.json_agg(pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, i.inhparent, 0) order by i.inhseqno)
  from pg_catalog.pg_inherits i join pg_catalog.pg_attribute pa on pa.attrelid = i.inhparent and pa.attname = a.attname and not pa.attisdropped
  where i.inhrelid = c.oid and a.attinhcount > 0)`;

/** A JSON list that an inspection selected; empty for null. */
export function readNames(row: Row, column: string): readonly ObjectName[] {
  return (row[column] ?? []) as readonly ObjectName[];
}

/** The same for texts. */
export function readTexts(row: Row, column: string): readonly string[] {
  return (row[column] ?? []) as readonly string[];
}
