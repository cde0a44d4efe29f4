import { guard } from '@holdfast/typeorm';
import { TableColumn, TableIndex } from 'typeorm';
import { printReport } from '../report.mjs';

/** @import { MigrationInterface, QueryRunner } from 'typeorm' */

const FLOW_TABLES = ['discovery_flows', 'assessment_flows', 'collection_flows'];
const FLOW_COLUMNS = ['master_flow_id', 'client_account_id', 'engagement_id', 'created_at', 'updated_at'];

const restoredBy = new TableColumn({ name: 'restored_by', type: 'varchar', length: '40', isNullable: true });

/**
 * A column that tells which rows LinkFlowsToMasters has made or changed, so that it can be taken back exactly.
 * @implements {MigrationInterface}
 */
export class MarkRestoredRows1718000060000 {
  /** @param {QueryRunner} queryRunner */
  async up(queryRunner) {
    const g = guard(queryRunner, { migrationId: 'MarkRestoredRows', schema: 'migration' });
    await g.validatePrerequisites({
      serverVersion: '13',
      schemas: ['migration'],
      columns: {
        flow_masters: { flow_id: 'uuid', client_account_id: 'uuid', engagement_id: 'uuid', created_at: 'timestamptz' },
        discovery_flows: FLOW_COLUMNS,
        assessment_flows: FLOW_COLUMNS,
      },
      enums: { flow_type: ['discovery'] },
      privileges: { flow_masters: ['owner'], discovery_flows: ['owner'], assessment_flows: ['owner'] },
    });
    await g.safeAddColumn('flow_masters', restoredBy);
    await g.safeCreateIndex('flow_masters', new TableIndex({ columnNames: ['restored_by'] }));
    await g.forEachTable(
      FLOW_TABLES,
      async (table, each) => {
        await each.safeAddColumn(table, restoredBy);
      },
      { required: true },
    );
    await g.when({ table: 'flow_reports' }, async (each) => {
      await each.safeAddColumn('flow_reports', restoredBy);
    });
    // A comment is worth nothing at night: if it cannot be set, the deployment goes on.
    await g.attempt('comment', (each) =>
      each.safeSetComment('flow_masters', 'restored_by', 'The migration that made this row; NULL: the application'),
    );
    printReport(g);
  }

  /** @param {QueryRunner} queryRunner */
  async down(queryRunner) {
    const g = guard(queryRunner, { migrationId: 'MarkRestoredRows down', schema: 'migration' });
    await g.forEachTable(
      ['flow_masters', ...FLOW_TABLES, 'flow_reports'],
      async (table, each) => {
        await each.safeDropColumn(table, 'restored_by');
      },
      { required: true },
    );
    printReport(g);
  }
}
