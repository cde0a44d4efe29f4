import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

export class CreateRunState1718000093000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner, { schema: 'platform' });
    await g.safeCreateEnum('run_state', ['queued', 'running', 'done']);
    printReport(g);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await guard(queryRunner, { schema: 'platform' }).safeDropEnum('run_state');
  }
}
