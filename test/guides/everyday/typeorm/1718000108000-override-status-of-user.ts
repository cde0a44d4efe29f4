import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn, TableForeignKey, TableIndex } from 'typeorm';
import { printReport } from '../../report.js';

const COLUMNS = [
  new TableColumn({ name: 'status_override', type: 'boolean', default: false }),
  new TableColumn({ name: 'override_reason', type: 'text', isNullable: true }),
  new TableColumn({ name: 'override_set_by_id', type: 'varchar', length: '36', isNullable: true }),
  new TableColumn({ name: 'override_set_at', type: 'timestamptz', isNullable: true }),
];

const setBy = new TableForeignKey({
  name: 'fk_user_override_set_by',
  columnNames: ['override_set_by_id'],
  referencedTableName: 'user',
  referencedColumnNames: ['id'],
  onDelete: 'SET NULL',
});

export class OverrideStatusOfUser1718000108000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddColumn('user', COLUMNS);
    await g.safeAddForeignKey('user', setBy);
    await g.safeCreateIndex(
      'user',
      new TableIndex({ name: 'ix_user_source_override', columnNames: ['source', 'status_override'] }),
    );
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeDropIndex('ix_user_source_override');
    await g.safeDropConstraint('user', 'fk_user_override_set_by');
    for (const { name } of COLUMNS.toReversed()) await g.safeDropColumn('user', name);
  }
}
