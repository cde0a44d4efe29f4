/** A column that tells which rows migration 062 has made or changed, so that it can be taken back exactly. */
import { guard } from '@holdfast/knex';
import { printReport } from '../report.mjs';

const FLOW_TABLES = ['discovery_flows', 'assessment_flows', 'collection_flows'];
const FLOW_COLUMNS = ['master_flow_id', 'client_account_id', 'engagement_id', 'created_at', 'updated_at'];

/** @param {import('knex').Knex} knex */
export async function up(knex) {
  const g = guard(knex, { migrationId: '060-mark-restored-rows', schema: 'migration' });
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
  await g.safeAddColumn('flow_masters', (t) => t.string('restored_by', 40).index());
  await g.forEachTable(
    FLOW_TABLES,
    async (table, each) => {
      await each.safeAddColumn(table, (t) => t.string('restored_by', 40));
    },
    { required: true },
  );
  await g.when({ table: 'flow_reports' }, async (each) => {
    await each.safeAddColumn('flow_reports', (t) => t.string('restored_by', 40));
  });
  // A comment is worth nothing at night: if it cannot be set, the deployment goes on.
  await g.attempt('comment', (each) =>
    each.safeSetComment('flow_masters', 'restored_by', 'The migration that made this row; NULL: the application'),
  );
  printReport(g);
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  const g = guard(knex, { migrationId: '060-mark-restored-rows down', schema: 'migration' });
  await g.forEachTable(
    ['flow_masters', ...FLOW_TABLES, 'flow_reports'],
    async (table, each) => {
      await each.safeDropColumn(table, 'restored_by');
    },
    { required: true },
  );
  printReport(g);
}
