import { guard, sql } from '@holdfast/typeorm';
import { printReport } from '../report.mjs';

/** @import { MigrationInterface, QueryRunner } from 'typeorm' */

const ID = 'LinkFlowsToMasters';
const FLOW_TABLES = ['discovery_flows', 'assessment_flows', 'collection_flows'];
const KEYS = { candidates: ['flow_id', 'id'] };

/**
 * Gives each flow the master it lacks: creates missing masters, fills master_flow_id, and sees to it that it stays filled.
 * The tables disagree on the name of their key, and not every installation has all of them.
 * @implements {MigrationInterface}
 */
export class LinkFlowsToMasters1718000062000 {
  /** Indexes are built concurrently and rows are changed in short transactions: that takes a migration without one. */
  transaction = false;

  /** @param {QueryRunner} queryRunner */
  async up(queryRunner) {
    const g = guard(queryRunner, { migrationId: ID, schema: 'migration' });
    await g.validatePrerequisites({
      columns: { flow_masters: ['restored_by'], discovery_flows: ['restored_by'], assessment_flows: ['restored_by'] },
      enums: { flow_type: ['discovery', 'assessment', 'collection'] },
      privileges: { flow_masters: ['owner', 'insert'] },
    });
    await g.forEachTable(
      FLOW_TABLES,
      async (table, each) => {
        const key = await each.detectPkColumn(table, KEYS);
        await addMissingMasters(queryRunner, each, table, key);
        await each.backfill(table, {
          set: { master_flow_id: sql.ident(key), restored_by: ID, updated_at: sql`now()` },
          where: 'master_flow_id IS NULL',
        });
        await each.safeCreateIndex(table, ['master_flow_id']);
        await each.safeAddForeignKey(table, ['master_flow_id'], {
          references: { table: 'flow_masters', columns: ['flow_id'] },
        });
        await each.safeSetNotNull(table, 'master_flow_id');
      },
      { required: true },
    );
    printReport(g);
  }

  /**
   * Takes back what `up` has set, and only that: links made by the application or by hand stay. `migration:revert` opens a transaction
   * whatever `transaction` says, so nothing here may need to run outside of one.
   * @param {QueryRunner} queryRunner
   */
  async down(queryRunner) {
    const g = guard(queryRunner, { migrationId: `${ID} down`, schema: 'migration' });
    /** @type {string[]} */
    const used = [];
    await g.forEachTable(
      FLOW_TABLES,
      async (table, each) => {
        const key = await each.detectPkColumn(table, KEYS);
        await queryRunner.query(`ALTER TABLE migration."${table}" ALTER COLUMN master_flow_id DROP NOT NULL`);
        await queryRunner.query(
          `ALTER TABLE migration."${table}" DROP CONSTRAINT IF EXISTS "${table}_master_flow_id_fkey"`,
        );
        await queryRunner.query(`DROP INDEX IF EXISTS migration."${table}_master_flow_id_idx"`);
        await each.backfill(table, {
          set: { master_flow_id: null, restored_by: null },
          where: sql`master_flow_id = ${sql.ident(key)} AND restored_by = ${ID}`,
        });
        used.push(`AND NOT EXISTS (SELECT FROM migration."${table}" f WHERE f.master_flow_id = m.flow_id)`);
      },
      { required: true },
    );
    const removed = await queryRunner.query(
      `WITH removed AS (
         DELETE FROM migration.flow_masters m WHERE m.restored_by = $1::varchar ${used.join(' ')} RETURNING m.flow_id)
       INSERT INTO migration.flow_audit (flow_id, action, done_by) SELECT flow_id, 'master removed', $1::varchar FROM removed RETURNING id`,
      [ID],
    );
    console.log(`${removed.length} masters that nobody uses were deleted`);
    printReport(g);
  }
}

/**
 * Makes a master of each flow that has none, page by page. A page and its lines in the audit log are one statement, so that a run that was
 * ended halfway is carried on and no line is written twice.
 * @param {QueryRunner} queryRunner
 * @param {ReturnType<typeof guard>} g
 * @param {string} table
 * @param {string} key
 */
async function addMissingMasters(queryRunner, g, table, key) {
  const orphans = g.orphanPages(table, key, {
    references: { table: 'flow_masters', column: 'flow_id' },
    where: 'master_flow_id IS NULL',
    pageRows: 500,
  });
  for await (const flows of orphans) {
    const masters = flows.map((flow) => ({
      flow_id: flow[key],
      flow_type: table.replace('_flows', ''),
      client_account_id: flow['client_account_id'],
      engagement_id: flow['engagement_id'],
      created_at: flow['created_at'] ?? new Date(), // unknown for flows of the old import
      restored_by: ID,
    }));
    // The application may have made the same master meanwhile: that one is not ours.
    await queryRunner.query(
      `WITH made AS (
         INSERT INTO migration.flow_masters (flow_id, flow_type, client_account_id, engagement_id, created_at, restored_by)
         SELECT flow_id, flow_type, client_account_id, engagement_id, created_at, restored_by
         FROM json_populate_recordset(NULL::migration.flow_masters, $1) ON CONFLICT (flow_id) DO NOTHING RETURNING flow_id)
       INSERT INTO migration.flow_audit (flow_id, action, done_by) SELECT flow_id, 'master created', $2::varchar FROM made`,
      [JSON.stringify(masters), ID],
    );
  }
}
