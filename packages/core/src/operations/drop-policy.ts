/**
 * safeDropPolicy: drops a policy.
 *
 * The last policy of a table on which row level security stays enabled leaves nobody but the owner a row to see.
 */
import { type DropFacts, removal } from '../catalog/objects.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface DropPolicyArguments {
  readonly table: ObjectName;
  readonly name: string;
}

export interface DropPolicyFacts extends DropFacts {
  readonly table: ObjectName;
}

export const dropPolicy: Operation<DropPolicyArguments, DropPolicyFacts> = {
  name: 'safeDropPolicy',

  async inspect(reader, { table, name }) {
    const look = await lookAtTable(reader, table, {
      columns: sql`(select p.oid from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = ${name}::name) as policy`,
    });
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { object: typeof look.row['policy'] === 'number' ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: look.missing,
      ...remarkOn(name),
      dependents: [],
      table: look.name,
    };
  },

  next: (facts, { name }) =>
    removal(facts, {
      why: 'removes the policy; from its commit on the others alone decide',
      sql: `DROP POLICY ${quoteIdent(name)} ON ${quoteName(facts.table)}`,
      locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    }),
};
