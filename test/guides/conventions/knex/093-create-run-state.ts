import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.safeCreateEnum('run_state', ['queued', 'running', 'done']);
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  await guard(knex, { schema: 'platform' }).safeDropEnum('run_state');
}
