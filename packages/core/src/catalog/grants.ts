/** Who may do what with a table or view: its grants as the catalog has them, and the statements that give another one the same. */
import { type ObjectName, quoteName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql } from '../sql.js';

export interface Grant {
  /** Null: on the whole. */
  readonly column: string | null;
  /** Quoted where it must be; PUBLIC. Null: the owner. */
  readonly grantee: string | null;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** JSON list of the grants on the relation `alias` of pg_class and on its columns; null when there is no such relation. */
export function grantsOf(alias: string): SqlFragment {
  const c = sql.raw(alias);
  return listed(
    sql`select null::name as on_column, x.* from pg_catalog.aclexplode(coalesce(${c}.relacl, pg_catalog.acldefault('r', ${c}.relowner))) x
      union all select y.attname, x.* from pg_catalog.pg_attribute y cross join lateral pg_catalog.aclexplode(y.attacl) x
        where y.attrelid = ${c}.oid and y.attnum > 0 and not y.attisdropped`,
    sql`${c}.relowner`,
  );
}

/** The same of a table or view that the current user would make in a schema, whose oid is `schema`: ALTER DEFAULT PRIVILEGES has its say. */
export function grantsOfNew(schema: SqlFragment): SqlFragment {
  const defaults = sql`pg_catalog.pg_default_acl d where d.defaclobjtype = 'r' and d.defaclrole = ${CURRENT_USER}`;
  return listed(
    sql`select null::name as on_column, x.* from pg_catalog.aclexplode(coalesce((select d.defaclacl from ${defaults} and d.defaclnamespace = 0), pg_catalog.acldefault('r', ${CURRENT_USER}))) x
      union all select null, x.* from ${sql`(select d.defaclacl from ${defaults} and d.defaclnamespace = ${schema}) d`} cross join lateral pg_catalog.aclexplode(d.defaclacl) x`,
    CURRENT_USER,
  );
}

export const CURRENT_USER = sql`(select u.oid from pg_catalog.pg_roles u where u.rolname = current_user)`;

function listed(entries: SqlFragment, owner: SqlFragment): SqlFragment {
  return sql`(select pg_catalog.json_agg(pg_catalog.json_build_object('column', e.on_column, 'grantable', e.grantable, 'privilege', e.privilege_type,
      'grantee', case e.grantee when ${owner} then null when 0 then 'PUBLIC' else pg_catalog.quote_ident(e.role) end) order by e.role, e.privilege_type, e.on_column)
    from (select x.on_column, x.grantee, x.privilege_type, pg_catalog.bool_or(x.is_grantable) as grantable, pg_catalog.pg_get_userbyid(x.grantee) as role
      from (${entries}) x group by x.on_column, x.grantee, x.privilege_type) e)`;
}

export function readGrants(row: Row, column: string): readonly Grant[] {
  return (row[column] ?? []) as readonly Grant[];
}

/** Those of `wanted` that `there` does not hold. */
export function lackingGrants(wanted: readonly Grant[], there: readonly Grant[]): readonly Grant[] {
  return wanted.filter((grant) => !there.some((each) => same(grant, each) && (each.grantable || !grant.grantable)));
}

function same(a: Grant, b: Grant): boolean {
  return a.column === b.column && a.grantee === b.grantee && a.privilege === b.privilege;
}

/** GRANT for each role. `owner`: quoted where it must be. */
export function grantStatements(on: ObjectName, owner: string, grants: readonly Grant[]): readonly string[] {
  const recipients = new Map<string, Grant[]>();
  for (const grant of grants) {
    const to = `TO ${grant.grantee ?? owner}${grant.grantable ? ' WITH GRANT OPTION' : ''}`;
    recipients.set(to, [...(recipients.get(to) ?? []), grant]);
  }
  return [...recipients].map(([to, each]) => `GRANT ${privileges(each)} ON ${quoteName(on)} ${to}`);
}

/** Statements after which what was just made, with the grants `fresh`, has those that are `wanted` and no others. */
export function giveGrants(
  on: ObjectName,
  owner: string,
  { wanted, fresh }: { readonly wanted: readonly Grant[]; readonly fresh: readonly Grant[] },
): readonly string[] {
  const tooMany = fresh.some(
    (grant) => !wanted.some((each) => same(grant, each) && grant.grantable === each.grantable),
  );
  if (!tooMany) return grantStatements(on, owner, lackingGrants(wanted, fresh));
  const roles = [...new Set(fresh.map(({ grantee }) => grantee ?? owner))];
  return [`REVOKE ALL ON ${quoteName(on)} FROM ${roles.join(', ')}`, ...grantStatements(on, owner, wanted)];
}

/** `SELECT, UPDATE ("name", "email")` */
function privileges(grants: readonly Grant[]): string {
  const whole = grants.filter(({ column }) => column === null).map(({ privilege }) => privilege);
  const columns = new Map<string, string[]>();
  for (const { column, privilege } of grants)
    if (column !== null) columns.set(privilege, [...(columns.get(privilege) ?? []), quoteIdent(column)]);
  return [...whole, ...[...columns].map(([privilege, names]) => `${privilege} (${names.join(', ')})`)].join(', ');
}
