import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn, TableIndex } from 'typeorm';
import { printReport } from '../../report.js';

const index = new TableIndex({ name: 'events_source_idx', columnNames: ['source'] });

export class DescribeEvents1718000203000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddColumn(
      'events',
      new TableColumn({ name: 'source', type: 'varchar', length: '255', isNullable: true }),
    );
    await g.safeCreateIndex('events', index);
    await g.safeChangeColumn('events', 'note', new TableColumn({ name: 'note', type: 'text', isNullable: true }));
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeChangeColumn(
      'events',
      'note',
      new TableColumn({ name: 'note', type: 'varchar', length: '100', isNullable: true }),
    );
    await g.safeDropIndex('events_source_idx');
    await g.safeDropColumn('events', 'source');
  }
}
