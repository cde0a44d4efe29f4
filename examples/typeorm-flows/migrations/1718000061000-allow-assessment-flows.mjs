import { guard } from '@holdfast/typeorm';
import { printReport } from '../report.mjs';

/** @import { MigrationInterface, QueryRunner } from 'typeorm' */

/**
 * The flow type that LinkFlowsToMasters writes. Nobody may use a new enum value in the transaction that adds it, so it has a migration
 * of its own; in the transaction mode `each` it is committed before the next one starts.
 * @implements {MigrationInterface}
 */
export class AllowAssessmentFlows1718000061000 {
  /** @param {QueryRunner} queryRunner */
  async up(queryRunner) {
    const g = guard(queryRunner, { migrationId: 'AllowAssessmentFlows', schema: 'migration' });
    await g.safeAddEnumValue('flow_type', 'assessment', { after: 'discovery' });
    await g.safeAddEnumValue('flow_type', 'collection', { after: 'assessment' });
    printReport(g);
  }

  /** Leaves the value: PostgreSQL cannot take one away, and unused it harms nobody. */
  async down() {}
}
