import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn, TableIndex } from 'typeorm';
import { printReport } from '../../report.js';

const COLUMNS = [
  new TableColumn({ name: 'priority', type: 'int', default: 0, comment: 'Higher runs first' }),
  new TableColumn({ name: 'coalesce', type: 'boolean', default: true, comment: 'Runs that were missed become one' }),
];

export class OrderTimedJobs1718000109000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddColumn('timed_job', COLUMNS);
    await g.safeCreateIndex(
      'timed_job',
      new TableIndex({ name: 'timed_job_priority_id_idx', columnNames: ['priority', 'id'] }),
    );
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeDropIndex('timed_job_priority_id_idx');
    await g.safeDropColumn('timed_job', 'coalesce');
    await g.safeDropColumn('timed_job', 'priority');
  }
}
