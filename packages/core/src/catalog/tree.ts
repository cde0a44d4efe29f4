/** Tables with partitions or inheriting tables below them: a statement on the one at the top may lock and change all of them. */
import type { Lock } from '../engine/operation.js';
import type { ObjectName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';

/** Oids of all tables below the relation of that oid, at any depth. */
export function below(oid: string): SqlFragment {
  return sql`(with recursive tree (relid) as (
      select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = ${sql.raw(oid)}
      union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
    select relid from tree)`;
}

/** JSON list of them; null without any. */
export function descendants(oid: string): SqlFragment {
  return sql`(select pg_catalog.json_agg(pg_catalog.json_build_object('schema', dn.nspname, 'name', d.relname) order by dn.nspname, d.relname)
    from pg_catalog.pg_class d join pg_catalog.pg_namespace dn on dn.oid = d.relnamespace where d.oid in ${below(oid)})`;
}

/** A table, what is below it, and whether a statement on it reaches down there. */
export interface Tree {
  readonly table: ObjectName;
  readonly below: readonly ObjectName[];
  readonly reached: boolean;
}

/** One mode on all that the statement reaches. LOCK TABLE on the table takes those below along, or is told not to. */
export function lockTree({ table, below, reached }: Tree, mode: Lock['mode']): readonly Lock[] {
  if (below.length === 0) return [{ on: table, mode, kind: 'table' }];
  if (!reached) return [{ on: table, mode, kind: 'table', only: true }];
  return [{ on: table, mode, kind: 'table' }, ...below.map((on): Lock => ({ on, mode, kind: 'other' }))];
}
