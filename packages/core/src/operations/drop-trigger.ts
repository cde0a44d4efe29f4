/**
 * safeDropTrigger: drops a trigger.
 *
 * DROP TRIGGER waits for ACCESS EXCLUSIVE, and everybody who wants the table waits behind it.
 */
import { type DropFacts, dependents, MADE_TRIGGER, removal } from '../catalog/objects.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface DropTriggerArguments {
  readonly table: ObjectName;
  readonly name: string;
}

export interface DropTriggerFacts extends DropFacts {
  readonly table: ObjectName;
}

export const dropTrigger: Operation<DropTriggerArguments, DropTriggerFacts> = {
  name: 'safeDropTrigger',

  async inspect(reader, { table, name }) {
    const look = await lookAtTable(reader, table, {
      kinds: 'rpvf',
      columns: sql`g.oid as trigger, ${dependents('pg_trigger', 'g.oid')} as dependents`,
      joins: sql`left join pg_catalog.pg_trigger g on g.tgrelid = c.oid and g.tgname = ${name}::name and ${MADE_TRIGGER}`,
    });
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { object: typeof look.row['trigger'] === 'number' ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: look.missing,
      ...remarkOn(name),
      dependents: (look.row['dependents'] ?? []) as readonly string[],
      table: look.name,
    };
  },

  next: (facts, { name }) =>
    removal(facts, {
      why: 'removes the trigger; its function stays',
      sql: `DROP TRIGGER ${quoteIdent(name)} ON ${quoteName(facts.table)}`,
      locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    }),
};
