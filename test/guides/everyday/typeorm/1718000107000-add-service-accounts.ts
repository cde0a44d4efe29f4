import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

const ENTRY = {
  id: '6f1c2a52-0b7e-4b7c-9d53-2f6f9f1f0108',
  action: 'schema',
  entity: 'user',
  details: { column: 'source', added: 'service' },
};

export class AddServiceAccounts1718000107000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddEnumValue('person_source', 'service');
    await g.seed('change_log', [ENTRY], { key: 'id' });
    printReport(g);
  }

  /** The entry stays: it did happen. */
  async down(queryRunner: QueryRunner): Promise<void> {
    await guard(queryRunner).safeRemoveEnumValue('person_source', 'service', { replaceWith: 'manual' });
  }
}
