/**
 * safeCreateSchema: makes a schema.
 *
 * CREATE SCHEMA IF NOT EXISTS takes one that belongs to somebody else for the wanted one.
 */
import { creation, type ObjectState } from '../catalog/objects.js';
import { remarkOn, SERVER } from '../catalog/relation.js';
import type { Facts, Operation } from '../engine/operation.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface CreateSchemaArguments {
  readonly schema: string;
  /** Role. Absent: the current one, and whoever owns a schema that is there. */
  readonly owner?: string | undefined;
}

export interface CreateSchemaFacts extends Facts<ObjectState> {}

export const createSchema: Operation<CreateSchemaArguments, CreateSchemaFacts> = {
  name: 'safeCreateSchema',

  async inspect(reader, { schema, owner }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, n.oid as schema, pg_catalog.pg_get_userbyid(n.nspowner) as owner,
        exists (select from pg_catalog.pg_roles r where r.rolname = ${owner ?? null}::name) as role
      from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = ${schema}::name`);
    const row = rows[0] ?? {};
    const present = typeof row['schema'] === 'number';
    const is = String(row['owner']);
    const differs = present && owner !== undefined && is !== truncateName(owner);
    return {
      target: truncateName(schema),
      state: { object: present ? 'present' : 'absent' },
      begun: false,
      differences: differs ? [{ path: 'owner', expected: owner, found: is, proved: true }] : [],
      missing: owner === undefined || row['role'] === true ? [] : [{ kind: 'role', name: owner }],
      ...remarkOn(schema),
    };
  },

  next(facts, { schema, owner }) {
    if (facts.state.object === 'present') return null;
    return creation({
      why: 'makes the schema; nothing is in it yet',
      sql: `CREATE SCHEMA ${quoteIdent(schema)}${owner === undefined ? '' : ` AUTHORIZATION ${quoteIdent(owner)}`}`,
      locks: [],
    });
  },

  provides: (facts, { schema }) => [facts.target, schema].map((name) => ({ kind: 'schema', name })),
};
