import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddColumn('user', (t) => {
    t.boolean('status_override').notNullable().defaultTo(false);
    t.text('override_reason');
    t.string('override_set_by_id', 36);
    t.timestamp('override_set_at');
  });
  await g.safeAddForeignKey('user', ['override_set_by_id'], {
    name: 'fk_user_override_set_by',
    references: { table: 'user', columns: ['id'] },
    onDelete: 'set null',
  });
  await g.safeCreateIndex('user', ['source', 'status_override'], { name: 'ix_user_source_override' });
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeDropIndex('ix_user_source_override');
  await g.safeDropConstraint('user', 'fk_user_override_set_by');
  for (const column of ['override_set_at', 'override_set_by_id', 'override_reason', 'status_override'])
    await g.safeDropColumn('user', column);
}
