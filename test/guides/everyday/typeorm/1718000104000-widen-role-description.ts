import { guard, sql } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { printReport } from '../../report.js';

const name = 'description';

export class WidenRoleDescription1718000104000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeChangeColumn('role', name, new TableColumn({ name, type: 'text', isNullable: true }));
    printReport(g);
  }

  /** Cuts what is longer than before. */
  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.backfill('role', { set: { description: sql`left(description, 255)` }, where: 'length(description) > 255' });
    await g.safeChangeColumn('role', name, new TableColumn({ name, type: 'varchar', length: '255', isNullable: true }));
  }
}
