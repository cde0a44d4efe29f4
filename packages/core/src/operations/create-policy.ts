/**
 * safeCreatePolicy: says which rows of a table a role may see or write.
 *
 * There is no CREATE POLICY IF NOT EXISTS. Whoever only looks for the name takes a policy for another command, for other roles or with
 * another condition for the wanted one, and nobody notices until somebody sees rows of somebody else.
 */
import { type Canon, sameCanonicalForm } from '../catalog/canonical.js';
import { creation, type ObjectState } from '../catalog/objects.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import { printRole, resolveRoles, roleColumns } from '../catalog/roles.js';
import type { Facts, Operation } from '../engine/operation.js';
import { embed, sameExpression } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export const POLICY_COMMANDS = ['all', 'select', 'insert', 'update', 'delete'] as const;

/** At least one of `using` and `withCheck`. */
export interface PolicyOptions {
  /** Boolean SQL expression: which rows are there to be seen, updated, deleted. Not for `insert`. */
  readonly using?: string;
  /** Boolean SQL expression: which rows may be written. Not for `select` and `delete`. Default, where rows are written: `using`. */
  readonly withCheck?: string;
  /** Default `all`. */
  readonly for?: (typeof POLICY_COMMANDS)[number];
  /** Roles; the words `public`, `current_user` and `session_user` mean what they mean in SQL. Default `public`. */
  readonly to?: string | readonly string[];
  /** `restrictive` ones must hold beside one that is permissive. Default `permissive`. */
  readonly as?: 'permissive' | 'restrictive';
}

export interface CreatePolicyArguments {
  readonly table: ObjectName;
  readonly name: string;
  readonly policy: PolicyOptions;
}

export interface CreatePolicyFacts extends Facts<ObjectState> {
  readonly table: ObjectName;
}

interface StoredPolicy {
  readonly command: string;
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
}

export const createPolicy: Operation<CreatePolicyArguments, CreatePolicyFacts> = {
  name: 'safeCreatePolicy',

  async inspect(reader, { table, name, policy }) {
    const roles = rolesOf(policy);
    const look = await lookAtTable(reader, table, {
      columns: sql`${roleColumns(roles)},
        (select pg_catalog.json_build_object('command', p.polcmd, 'permissive', p.polpermissive,
            'using', pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'withCheck', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
            'roles', (select pg_catalog.json_agg(coalesce(r.rolname, 'public')) from pg_catalog.unnest(p.polroles) o left join pg_catalog.pg_roles r on r.oid = o))
          from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = ${name}::name) as found`,
    });
    const found = (look.row['found'] ?? null) as StoredPolicy | null;
    const lacking = (look.row['lacking'] ?? []) as readonly string[];
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { object: found === null ? 'absent' : 'present' },
      begun: false,
      differences: found === null ? [] : compare(policy, resolveRoles(roles, look.row), found),
      missing: [...look.missing, ...lacking.map((role) => ({ kind: 'role', name: role }) as const)],
      ...remarkOn(name),
      table: look.name,
    };
  },

  next(facts, { name, policy }) {
    if (facts.state.object === 'present') return null;
    const { using, withCheck, as } = policy;
    const parts = [
      `CREATE POLICY ${quoteIdent(name)} ON ${quoteName(facts.table)}`,
      as === undefined ? '' : ` AS ${as.toUpperCase()}`,
      ` FOR ${(policy.for ?? 'all').toUpperCase()}`,
      ` TO ${rolesOf(policy).map(printRole).join(', ')}`,
      using === undefined ? '' : ` USING (${embed(using)})`,
      withCheck === undefined ? '' : ` WITH CHECK (${embed(withCheck)})`,
    ];
    return creation({
      why: 'writes the policy into the catalog; it holds from its commit on, where row level security is enabled',
      sql: parts.join(''),
      locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    });
  },

  /** Each condition on a copy that bears the table's own name: a subquery speaks of the row by it. */
  async prove(connection, facts) {
    const copy = facts.table.name;
    const canon: Canon = {
      copy,
      put: (name, text) => `CREATE POLICY ${name} ON pg_temp.${quoteIdent(copy)} USING (${embed(text)})`,
      read: "SELECT polname AS name, pg_catalog.pg_get_expr(polqual, polrelid) AS text FROM pg_catalog.pg_policy WHERE polname IN ('holdfast_wanted', 'holdfast_stored') AND polrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema())",
    };
    const differences: Difference[] = [];
    for (const each of facts.differences) {
      const texts = { wanted: each.expected, stored: each.found };
      if (!(await sameCanonicalForm(connection, facts.table, canon, texts))) differences.push(each);
    }
    return { ...facts, differences };
  },
};

function rolesOf({ to = 'public' }: PolicyOptions): readonly string[] {
  return typeof to === 'string' ? [to] : to;
}

/** pg_policy.polcmd. */
const COMMANDS: Readonly<Record<string, string>> = { '*': 'all', r: 'select', a: 'insert', w: 'update', d: 'delete' };

function compare(policy: PolicyOptions, roles: readonly string[], found: StoredPolicy): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string, proved = true): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved });
  };
  const expression = (path: string, expected: string | undefined, is: string | null): void => {
    const both = expected !== undefined && is !== null;
    if (!both || !sameExpression(expected, is)) say(path, expected ?? 'none', is ?? 'none', !both);
  };
  say('for', policy.for ?? 'all', COMMANDS[found.command] ?? found.command);
  say('as', policy.as ?? 'permissive', found.permissive ? 'permissive' : 'restrictive');
  say('to', sorted(roles), sorted(found.roles));
  expression('using', policy.using, found.using);
  expression('with check', policy.withCheck, found.withCheck);
  return differences;
}

function sorted(roles: readonly string[]): string {
  return [...new Set(roles)].sort().join(', ');
}
