import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeCreateIndex('user', ['is_active'], { name: 'ix_user_is_active' });
  await g.safeCreateUniqueConstraint('user', ['username'], { name: 'uq_user_username' });
  await g.safeSetNotNull('user', 'email');
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeDropNotNull('user', 'email');
  await g.safeDropConstraint('user', 'uq_user_username');
  await g.safeDropIndex('ix_user_is_active');
}
