/** Who holds which privileges on one object: what granting and revoking know of it. */
import type { Parent } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Reader, Row } from '../postgres/connection.js';
import { quoteIdent, type SqlFragment, sql, truncateName } from '../sql.js';
import { lookAtFunction, type Signature } from './functions.js';
import { lookAtTable, SERVER } from './relation.js';
import { printRole, resolveRoles, roleColumns } from './roles.js';

/** What can be granted on it (manual, 5.8), in the order in which the manual has it. MAINTAIN: from 17 on. */
export const PRIVILEGES = {
  table: ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain'],
  sequence: ['usage', 'select', 'update'],
  schema: ['create', 'usage'],
  function: ['execute'],
} as const;
export const COLUMN_PRIVILEGES: readonly string[] = ['select', 'insert', 'update', 'references'];

export type Grantable =
  | { readonly kind: 'table'; readonly name: ObjectName; readonly columns: readonly string[] | undefined }
  | { readonly kind: 'sequence'; readonly name: ObjectName }
  | { readonly kind: 'schema'; readonly name: ObjectName }
  | { readonly kind: 'function'; readonly signature: Signature };

/** Privileges on an object, and the roles that they are about. */
export interface AccessArguments {
  readonly on: Grantable;
  /** In small letters; `all` alone. */
  readonly privileges: readonly string[];
  /** `public`, `current_user` and `session_user` mean what they mean in SQL. */
  readonly roles: readonly string[];
}

/** One privilege of one role. */
export interface Held {
  /** Null: on the whole. */
  readonly column: string | null;
  /** `public` for all roles. */
  readonly grantee: string;
  readonly privilege: string;
}

interface Entry extends Held {
  readonly grantor: string;
  readonly grantable: boolean;
  /** The current role has it as its own. */
  readonly mine: boolean;
  /** Roles asked about that have it by another one, superusers left out. */
  readonly reaches: readonly string[] | null;
}

export interface Access {
  readonly target: string;
  readonly missing: readonly Parent[];
  /** As it stands in a statement: `TABLE "public"."orders"`. */
  readonly on: string;
  /** As they stand in a statement: `SELECT ("id"), UPDATE ("id")`. */
  readonly privileges: string;
  readonly roles: string;
  /** Each privilege for each role and column. */
  readonly asked: readonly Held[];
  readonly entries: readonly Entry[];
  /** By whom a statement of this session grants and revokes: the owner, by whoever may act for him. */
  readonly actor: string;
  readonly owner: boolean;
}

/** One round trip. */
export async function lookAtAccess(reader: Reader, args: AccessArguments): Promise<Access> {
  const { on, privileges, roles } = args;
  const found = await FIND[on.kind](reader, on as never, roles);
  const { row } = found;
  const columns = on.kind === 'table' ? on.columns?.map(truncateName) : undefined;
  const there = (row['columns'] ?? []) as readonly string[];
  const lacking = (columns ?? []).filter((column) => !there.includes(column));
  const whole =
    columns === undefined ? ((row['whole'] ?? PRIVILEGES[on.kind]) as readonly string[]) : COLUMN_PRIVILEGES;
  const all = privileges.includes('all') ? whole : privileges;
  const holders = resolveRoles(roles, row);
  const names = columns ?? [null];
  const listed = columns === undefined ? '' : ` (${columns.map(quoteIdent).join(', ')})`;
  return {
    target: columns === undefined ? found.target : `${found.target}(${columns.join(', ')})`,
    missing: [
      ...found.missing,
      ...(found.missing.length > 0 ? [] : lacking).map(
        (column): Parent => ({ kind: 'column', name: `${found.target}.${column}` }),
      ),
      ...((row['lacking'] ?? []) as readonly string[]).map((name): Parent => ({ kind: 'role', name })),
    ],
    on: found.on,
    privileges: privileges.map((each) => `${each.toUpperCase()}${listed}`).join(', '),
    roles: roles.map(printRole).join(', '),
    asked: holders.flatMap((grantee) =>
      all.flatMap((privilege) => names.map((column) => ({ grantee, privilege: privilege.toUpperCase(), column }))),
    ),
    entries: (row['entries'] ?? []) as readonly Entry[],
    // What is not there yet, as in a plan, belongs to who makes it.
    owner: row['owns'] !== false,
    actor: String((row['owns'] === true ? row['owner'] : undefined) ?? row['current_user']),
  };
}

/** `SELECT (status) of app`, for messages. */
export function printHeld({ column, grantee, privilege }: Held): string {
  return `${privilege}${column === null ? '' : ` (${column})`} of ${grantee}`;
}

export function sameHeld(a: Held, b: Held): boolean {
  return a.column === b.column && a.grantee === b.grantee && a.privilege === b.privilege;
}

interface Found {
  readonly row: Row;
  readonly target: string;
  readonly missing: readonly Parent[];
  readonly on: string;
}

type Find<K extends Grantable['kind']> = (
  reader: Reader,
  on: Extract<Grantable, { readonly kind: K }>,
  roles: readonly string[],
) => Promise<Found>;

const FIND: { readonly [K in Grantable['kind']]: Find<K> } = {
  async table(reader, { name }, roles) {
    const found = await relation(reader, name, {
      kinds: 'rpvmf',
      acl: acl('c.relacl', 'r', 'c.relowner', true),
      roles,
    });
    return { ...found, on: `TABLE ${found.on}` };
  },
  async sequence(reader, { name }, roles) {
    const found = await relation(reader, name, { kinds: 'S', acl: acl('c.relacl', 's', 'c.relowner'), roles });
    const missing = found.missing.map(({ name: each }): Parent => ({ kind: 'sequence', name: each }));
    return { ...found, missing, on: `SEQUENCE ${found.on}` };
  },
  async schema(reader, { name: { name } }, roles) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, n.oid as schema, ${columnsAbout(acl('n.nspacl', 'n', 'n.nspowner'), roles)}
      from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = ${name}::name`);
    const row = rows[0] ?? {};
    const target = truncateName(name);
    const missing: readonly Parent[] = typeof row['schema'] === 'number' ? [] : [{ kind: 'schema', name: target }];
    return { row, target, missing, on: `SCHEMA ${quoteIdent(target)}` };
  },
  async function(reader, { signature }, roles) {
    const columns = sql`pg_catalog.pg_get_function_identity_arguments(p.oid) as identity,
      ${columnsAbout(acl('p.proacl', 'f', 'p.proowner'), roles)}`;
    const { row, exists, name } = await lookAtFunction(reader, signature, columns);
    const target = `${printName(name)}(${signature.types.join(', ')})`;
    return {
      row,
      target,
      missing: exists
        ? []
        : [{ kind: 'function', name: printName(name), problem: `function ${target} does not exist` }],
      on: `ROUTINE ${quoteName(name)}(${String(row['identity'] ?? signature.types.join(', '))})`,
    };
  },
};

/** Where the privileges on an object stand, as SQL: its list, the kind that acldefault knows it by, its owner. */
interface Acl {
  readonly list: SqlFragment;
  readonly type: SqlFragment;
  readonly owner: SqlFragment;
  readonly columns: boolean;
}

function acl(list: string, type: 'r' | 's' | 'n' | 'f', owner: string, columns = false): Acl {
  return { list: sql.raw(list), type: sql.raw(`'${type}'`), owner: sql.raw(owner), columns };
}

async function relation(
  reader: Reader,
  name: ObjectName,
  { kinds, acl: of, roles }: { readonly kinds: string; readonly acl: Acl; readonly roles: readonly string[] },
): Promise<Found> {
  const look = await lookAtTable(reader, name, { kinds, columns: columnsAbout(of, roles) });
  return { row: look.row, target: printName(look.name), missing: look.missing, on: quoteName(look.name) };
}

/** Columns of a look at the object; all null or empty where there is none. */
function columnsAbout({ list, type, owner, columns }: Acl, roles: readonly string[]): SqlFragment {
  const attributes = sql`from pg_catalog.pg_attribute y where y.attrelid = c.oid and y.attnum > 0 and not y.attisdropped`;
  const ofColumns = columns
    ? sql`union all select y.attname, x.* from (select y.attname, y.attacl ${attributes}) y cross join lateral pg_catalog.aclexplode(y.attacl) x`
    : sql``;
  return sql`${roleColumns(roles)}, pg_catalog.pg_get_userbyid(${owner}) as owner, pg_catalog.pg_has_role(${owner}, 'USAGE') as owns,
    ${columns ? sql`(select pg_catalog.json_agg(y.attname) ${attributes})` : sql`null`} as columns,
    (select pg_catalog.json_agg(distinct x.privilege_type) from pg_catalog.aclexplode(pg_catalog.acldefault(${type}, ${owner})) x where x.grantee = ${owner}) as whole,
    (select pg_catalog.json_agg(pg_catalog.json_build_object('column', e.on_column, 'privilege', e.privilege_type, 'grantable', e.is_grantable,
        'grantee', case e.grantee when 0 then 'public' else pg_catalog.pg_get_userbyid(e.grantee)::text end, 'grantor', pg_catalog.pg_get_userbyid(e.grantor),
        'mine', e.grantee = 0 or pg_catalog.pg_has_role(e.grantee, 'USAGE'),
        'reaches', (select pg_catalog.json_agg(r.rolname) from pg_catalog.pg_roles r
          where r.rolname = any(select case w when 'current_user' then current_user when 'session_user' then session_user else w end from pg_catalog.unnest(${roles}::name[]) w)
            and not r.rolsuper and r.oid <> e.grantee and (e.grantee = 0 or pg_catalog.pg_has_role(r.oid, e.grantee, 'USAGE')))))
      from (select null::name as on_column, x.* from pg_catalog.aclexplode(coalesce(${list}, pg_catalog.acldefault(${type}, ${owner}))) x ${ofColumns}) e) as entries`;
}
