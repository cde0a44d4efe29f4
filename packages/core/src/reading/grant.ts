/** GRANT and REVOKE on one object: what is granted already is not granted again. */
import type { GrantStmt } from 'libpg-query';
import { type AccessArguments, COLUMN_PRIVILEGES, type Grantable, PRIVILEGES } from '../catalog/access.js';
import { type Child, child } from '../engine/operation.js';
import { printName } from '../names.js';
import { grant } from '../operations/grant.js';
import { revoke } from '../operations/revoke.js';
import { readGrantAll } from './grant-all.js';
import { relationName, rolesOf, textsOf } from './names.js';
import { oneClause, type Reading } from './reading.js';

export function readGrant(text: string, stmt: GrantStmt): Reading {
  const does = stmt.is_grant === true ? 'GRANT' : 'REVOKE';
  if (stmt.targtype === 'ACL_TARGET_ALL_IN_SCHEMA') return readGrantAll(does, text, stmt);
  const names = (stmt.objects ?? []).flatMap((node) =>
    'RangeVar' in node ? [printName(relationName(node.RangeVar))] : [],
  );
  const judge = judgeOf(stmt) ?? 'again';
  return oneClause({ does, target: names.join(', '), locks: [] }, { text, judge, again: true });
}

/** Null: done twice it leaves what it leaves once, and nothing looks at it. */
function judgeOf(stmt: GrantStmt): Child | null {
  const args = argumentsOf(stmt);
  if (args === null) return null;
  if (stmt.is_grant === true) return child(grant, { ...args, withGrantOption: stmt.grant_option === true });
  // GRANT OPTION FOR leaves the privilege.
  return stmt.grant_option === true ? null : child(revoke, args);
}

function argumentsOf(stmt: GrantStmt): AccessArguments | null {
  const roles = rolesOf(stmt.grantees);
  const asked = (stmt.privileges ?? []).flatMap((node) => ('AccessPriv' in node ? [node.AccessPriv] : []));
  const lists = new Set(asked.map(({ cols }) => textsOf(cols).join('\0')));
  if (roles === null || lists.size > 1) return null;
  const columns = asked[0]?.cols === undefined ? undefined : textsOf(asked[0].cols);
  const on = objectOf(stmt, columns);
  if (on === null) return null;
  // Without a list it is ALL.
  const privileges = asked.length === 0 ? ['all'] : asked.map(({ priv_name = 'all' }) => priv_name);
  const known: readonly string[] = ['all', ...(columns === undefined ? PRIVILEGES[on.kind] : COLUMN_PRIVILEGES)];
  return privileges.every((each) => known.includes(each)) ? { on, privileges, roles } : null;
}

function objectOf(stmt: GrantStmt, columns: readonly string[] | undefined): Grantable | null {
  const [node, ...more] = stmt.objects ?? [];
  if (stmt.targtype !== 'ACL_TARGET_OBJECT' || node === undefined || more.length > 0) return null;
  if (stmt.objtype === 'OBJECT_SCHEMA' && 'String' in node)
    return { kind: 'schema', name: { schema: undefined, name: node.String.sval ?? '' } };
  if (!('RangeVar' in node)) return null;
  const name = relationName(node.RangeVar);
  if (stmt.objtype === 'OBJECT_TABLE') return { kind: 'table', name, columns };
  return stmt.objtype === 'OBJECT_SEQUENCE' ? { kind: 'sequence', name } : null;
}
