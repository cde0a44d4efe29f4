import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.safeAddColumn('jobs', (t) => t.jsonb('settings').notNullable().defaultTo('{}'));
  // Only some installations keep old jobs.
  await g.when({ table: 'archived_jobs' }, (part) =>
    part.safeAddColumn('archived_jobs', (t) => t.jsonb('settings').notNullable().defaultTo('{}')),
  );
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.forEachTable(['jobs', 'archived_jobs'], (table, each) => each.safeDropColumn(table, 'settings'), {
    required: true,
  });
}
