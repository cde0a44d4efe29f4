/**
 * safeDropSchema: drops an empty schema.
 *
 * DROP SCHEMA CASCADE takes everything in it along, and whatever depends on that in other schemas. Without CASCADE it fails halfway
 * through a migration.
 */
import { type DropFacts, dependents, removal } from '../catalog/objects.js';
import { SERVER } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface DropSchemaArguments {
  readonly schema: string;
}

export const dropSchema: Operation<DropSchemaArguments, DropFacts> = {
  name: 'safeDropSchema',

  async inspect(reader, { schema }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, n.oid as schema, ${dependents('pg_namespace', 'n.oid')} as dependents
      from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = ${schema}::name`);
    const row = rows[0] ?? {};
    return {
      target: truncateName(schema),
      state: { object: typeof row['schema'] === 'number' ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: [],
      dependents: (row['dependents'] ?? []) as readonly string[],
    };
  },

  next: (facts, { schema }) =>
    removal(facts, {
      why: 'removes the empty schema',
      sql: `DROP SCHEMA ${quoteIdent(schema)}`,
      locks: [],
    }),
};
