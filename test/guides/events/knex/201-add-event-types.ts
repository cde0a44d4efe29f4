import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

const ADDED = ['archived', 'shared', 'exported', 'deleted'];

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddEnumValue('event_type', 'archived', { after: 'updated' });
  await g.safeAddEnumValues('event_type', ['shared', 'exported', 'deleted']);
  printReport(g);
}

/** Stops where an event has such a type: nobody can tell what it should be instead. */
export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  for (const value of ADDED) await g.safeRemoveEnumValue('event_type', value);
}
