import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { printReport } from '../../report.js';

const severity = new TableColumn({
  name: 'severity',
  type: 'enum',
  enum: ['low', 'high'],
  enumName: 'severity',
  default: "'low'",
});

export class SeverityAsText1718000204000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeConvertEnumToCheck('events', 'severity');
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeDropConstraint('events', 'events_severity_check');
    await g.safeChangeColumn('events', 'severity', severity, { using: 'severity::severity' });
  }
}
