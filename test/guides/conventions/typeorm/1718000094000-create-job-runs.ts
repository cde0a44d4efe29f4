import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { printReport } from '../../report.js';

export class CreateJobRuns1718000094000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.safeCreateTable(
      new Table({
        name: 'job_runs',
        columns: [
          {
            name: 'id',
            type: 'uuid',
            isPrimary: true,
            default: 'gen_random_uuid()',
            primaryKeyConstraintName: 'job_runs_pkey',
          },
          { name: 'job_id', type: 'uuid' },
          { name: 'state', type: 'platform.run_state', default: "'queued'" },
          { name: 'outcome', type: 'varchar', length: '50' },
          { name: 'metadata', type: 'jsonb', default: "'{}'" },
        ],
        foreignKeys: [
          {
            columnNames: ['job_id'],
            referencedTableName: 'platform.jobs',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
      { complete: true },
    );
    await g.safeCreateCheckConstraint('job_runs', 'job_runs_outcome_check', "outcome IN ('pending', 'good', 'bad')");
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await guard(queryRunner, { schema: 'platform' }).safeDropTable('job_runs');
  }
}
