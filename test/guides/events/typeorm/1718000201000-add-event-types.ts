import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

const ADDED = ['archived', 'shared', 'exported', 'deleted'];

export class AddEventTypes1718000201000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.safeAddEnumValue('event_type', 'archived', { after: 'updated' });
    await g.safeAddEnumValues('event_type', ['shared', 'exported', 'deleted']);
    printReport(g);
  }

  /** Stops where an event has such a type: nobody can tell what it should be instead. */
  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    for (const value of ADDED) await g.safeRemoveEnumValue('event_type', value);
  }
}
