import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddColumn('timed_job', (t) => {
    t.integer('priority').notNullable().defaultTo(0).comment('Higher runs first');
    t.boolean('coalesce').notNullable().defaultTo(true).comment('Runs that were missed become one');
  });
  await g.safeCreateIndex('timed_job', ['priority', 'id']);
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeDropIndex('timed_job_priority_id_idx');
  await g.safeDropColumn('timed_job', 'coalesce');
  await g.safeDropColumn('timed_job', 'priority');
}
