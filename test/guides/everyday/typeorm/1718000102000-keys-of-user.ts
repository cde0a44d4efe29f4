import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableIndex, TableUnique } from 'typeorm';
import { printReport } from '../../report.js';

export class KeysOfUser1718000102000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeCreateIndex('user', new TableIndex({ name: 'ix_user_is_active', columnNames: ['is_active'] }));
    await g.safeCreateUniqueConstraint(
      'user',
      new TableUnique({ name: 'uq_user_username', columnNames: ['username'] }),
    );
    await g.safeSetNotNull('user', 'email');
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeDropNotNull('user', 'email');
    await g.safeDropConstraint('user', 'uq_user_username');
    await g.safeDropIndex('ix_user_is_active');
  }
}
