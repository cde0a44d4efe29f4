import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeRenameTable('login', 'user');
  await g.safeRenameColumn('badge', 'login_id', 'user_id');
  await g.safeRenameConstraint('badge', 'fk_badge_login', 'fk_badge_user');
  await g.safeValidateConstraint('badge', 'fk_badge_user');
  await g.safeRenameColumn('user', 'name_en', 'name');
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeRenameColumn('user', 'name', 'name_en');
  await g.safeRenameConstraint('badge', 'fk_badge_user', 'fk_badge_login');
  await g.safeRenameColumn('badge', 'user_id', 'login_id');
  await g.safeRenameTable('user', 'login');
}
