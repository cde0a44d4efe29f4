import { guard } from '@holdfast/typeorm';
import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { printReport } from '../../report.js';

const settings = new TableColumn({ name: 'settings', type: 'jsonb', default: "'{}'" });

export class AddJobSettings1718000092000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.safeAddColumn('jobs', settings);
    // Only some installations keep old jobs.
    await g.when({ table: 'archived_jobs' }, (part) => part.safeAddColumn('archived_jobs', settings));
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.forEachTable(['jobs', 'archived_jobs'], (table, each) => each.safeDropColumn(table, 'settings'), {
      required: true,
    });
  }
}
