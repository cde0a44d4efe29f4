import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.safeCreateTable(
    'job_runs',
    (t) => {
      t.uuid('id').primary().defaultTo(knex.fn.uuid());
      t.uuid('job_id').notNullable().references('id').inTable('platform.jobs').onDelete('CASCADE');
      t.specificType('state', 'platform.run_state').notNullable().defaultTo('queued');
      t.string('outcome', 50).notNullable();
      t.jsonb('metadata').notNullable().defaultTo('{}');
    },
    { complete: true },
  );
  await g.safeCreateCheckConstraint('job_runs', 'job_runs_outcome_check', "outcome IN ('pending', 'good', 'bad')");
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  await guard(knex, { schema: 'platform' }).safeDropTable('job_runs');
}
