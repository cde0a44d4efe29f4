import { guard, sql } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeChangeColumn('role', 'description', (t) => t.text('description'));
  printReport(g);
}

/** Cuts what is longer than before. */
export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.backfill('role', { set: { description: sql`left(description, 255)` }, where: 'length(description) > 255' });
  await g.safeChangeColumn('role', 'description', (t) => t.string('description', 255));
}
