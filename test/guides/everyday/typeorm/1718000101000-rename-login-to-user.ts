import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

export class RenameLoginToUser1718000101000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeRenameTable('login', 'user');
    await g.safeRenameColumn('badge', 'login_id', 'user_id');
    await g.safeRenameConstraint('badge', 'fk_badge_login', 'fk_badge_user');
    await g.safeValidateConstraint('badge', 'fk_badge_user');
    await g.safeRenameColumn('user', 'name_en', 'name');
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeRenameColumn('user', 'name', 'name_en');
    await g.safeRenameConstraint('badge', 'fk_badge_user', 'fk_badge_login');
    await g.safeRenameColumn('badge', 'user_id', 'login_id');
    await g.safeRenameTable('user', 'login');
  }
}
