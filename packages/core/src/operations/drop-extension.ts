/**
 * safeDropExtension: removes an extension whose types, functions and operators nothing uses.
 *
 * DROP EXTENSION CASCADE takes the columns along that have one of its types.
 */
import { type DropFacts, dependents, removal } from '../catalog/objects.js';
import { SERVER } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface DropExtensionArguments {
  readonly extension: string;
}

export const dropExtension: Operation<DropExtensionArguments, DropFacts> = {
  name: 'safeDropExtension',

  async inspect(reader, { extension }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, e.oid as extension, ${dependents('pg_extension', 'e.oid')} as dependents
      from (select 1) one left join pg_catalog.pg_extension e on e.extname = ${extension}::name`);
    const row = rows[0] ?? {};
    return {
      target: truncateName(extension),
      state: { object: typeof row['extension'] === 'number' ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: [],
      dependents: (row['dependents'] ?? []) as readonly string[],
    };
  },

  next: (facts, { extension }) =>
    removal(facts, {
      why: 'removes the extension and all that it has made',
      sql: `DROP EXTENSION ${quoteIdent(extension)}`,
      locks: [],
    }),
};
