/** GRANT and REVOKE ON ALL … IN SCHEMA: on which objects, depends on when it runs. */
import type { GrantStmt } from 'libpg-query';
import { type SqlFragment, sql } from '../sql.js';
import { rolesOf, textsOf } from './names.js';
import { isThere } from './presence.js';
import { oneClause, type Reading } from './reading.js';

/** Objects of a kind as `o`: their schema, privileges and owner, and the kind that acldefault knows them by. */
const OBJECTS: Readonly<Record<string, string>> = {
  OBJECT_TABLE: relations("'r', 'p', 'v', 'm', 'f'", 'r'),
  OBJECT_SEQUENCE: relations("'S'", 's'),
  OBJECT_FUNCTION: routines("p.prokind <> 'p'"),
  OBJECT_PROCEDURE: routines("p.prokind = 'p'"),
  OBJECT_ROUTINE: routines('true'),
};

function relations(kinds: string, type: string): string {
  return `(select c.relnamespace as namespace, c.relowner as owner, coalesce(c.relacl, pg_catalog.acldefault('${type}', c.relowner)) as acl,
    pg_catalog.acldefault('${type}', c.relowner) as whole from pg_catalog.pg_class c where c.relkind in (${kinds}))`;
}

function routines(kinds: string): string {
  return `(select p.pronamespace as namespace, p.proowner as owner, coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)) as acl,
    pg_catalog.acldefault('f', p.proowner) as whole from pg_catalog.pg_proc p where ${kinds})`;
}

/** Done where all objects that are there now are as it says. */
export function readGrantAll(does: string, text: string, stmt: GrantStmt): Reading {
  const schemas = textsOf(stmt.objects);
  const reading = { does, target: schemas.join(', '), locks: [] };
  const done = isDone(stmt, schemas);
  const judge = done === null ? 'again' : isThere(reading.target, text, done);
  return oneClause(reading, { text, judge, again: true, sweeping: true });
}

function isDone(stmt: GrantStmt, schemas: readonly string[]): SqlFragment | null {
  const objects = OBJECTS[stmt.objtype ?? ''];
  const roles = rolesOf(stmt.grantees);
  const asked = (stmt.privileges ?? []).flatMap((node) => ('AccessPriv' in node ? [node.AccessPriv] : []));
  if (objects === undefined || roles === null || asked.some(({ cols }) => cols !== undefined)) return null;
  const granting = stmt.is_grant === true;
  // GRANT OPTION FOR leaves the privilege.
  if (!granting && stmt.grant_option === true) return null;
  const privileges =
    asked.length === 0
      ? sql`(select w.privilege_type from pg_catalog.aclexplode(o.whole) w where w.grantee = o.owner)`
      : sql`(select pg_catalog.upper(w) from pg_catalog.unnest(${asked.map(({ priv_name = '' }) => priv_name)}::text[]) w)`;
  const held = sql`exists (select from pg_catalog.aclexplode(o.acl) x
    where x.grantee = r.oid and x.privilege_type = p.privilege ${sql.raw(stmt.grant_option === true ? 'and x.is_grantable' : '')})`;
  return sql`not exists (select from ${sql.raw(objects)} o
    join pg_catalog.pg_namespace n on n.oid = o.namespace and n.nspname = any(${schemas}::name[])
    cross join (select case w when 'public' then 0::oid else (select a.oid from pg_catalog.pg_roles a
      where a.rolname = case w when 'current_user' then current_user when 'session_user' then session_user else w end) end as oid
      from pg_catalog.unnest(${roles}::name[]) w) r
    cross join lateral ${privileges} p (privilege)
    where ${sql.raw(granting ? 'not' : '')} ${held})`;
}
