import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeConvertEnumToCheck('events', 'severity');
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeDropConstraint('events', 'events_severity_check');
  await g.safeChangeColumn(
    'events',
    'severity',
    (t) => t.specificType('severity', 'severity').notNullable().defaultTo('low'),
    { using: 'severity::severity' },
  );
}
