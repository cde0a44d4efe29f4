import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddColumn('events', (t) => t.string('source', 255));
  await g.safeCreateIndex('events', ['source']);
  await g.safeChangeColumn('events', 'note', (t) => t.text('note'));
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeChangeColumn('events', 'note', (t) => t.string('note', 100));
  await g.safeDropIndex('events_source_idx');
  await g.safeDropColumn('events', 'source');
}
