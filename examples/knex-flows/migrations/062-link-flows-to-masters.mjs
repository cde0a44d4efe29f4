/**
 * Gives each flow the master it lacks: creates missing masters, fills master_flow_id, and sees to it that it stays filled.
 * The tables disagree on the name of their key, and not every installation has all of them.
 */
import { guard, sql } from '@holdfast/knex';
import { printReport } from '../report.mjs';

const ID = '062-link-flows-to-masters';
const FLOW_TABLES = ['discovery_flows', 'assessment_flows', 'collection_flows'];
const KEYS = { candidates: ['flow_id', 'id'] };

/** Indexes are built concurrently and rows are changed in short transactions: that takes a migration without one. */
export const config = { transaction: false };

/** @param {import('knex').Knex} knex */
export async function up(knex) {
  const g = guard(knex, { migrationId: ID, schema: 'migration' });
  await g.validatePrerequisites({
    columns: { flow_masters: ['restored_by'], discovery_flows: ['restored_by'], assessment_flows: ['restored_by'] },
    enums: { flow_type: ['discovery', 'assessment', 'collection'] },
    privileges: { flow_masters: ['owner', 'insert'] },
  });
  await g.forEachTable(
    FLOW_TABLES,
    async (table, each) => {
      const key = await each.detectPkColumn(table, KEYS);
      await addMissingMasters(knex, each, table, key);
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
 * Makes a master of each flow that has none, page by page. Each page is committed together with its lines in the audit log, so that a run
 * that was ended halfway is carried on and no line is written twice.
 * @param {import('knex').Knex} knex
 * @param {ReturnType<typeof guard>} g
 * @param {string} table
 * @param {string} key
 */
async function addMissingMasters(knex, g, table, key) {
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
      created_at: flow['created_at'] ?? knex.fn.now(), // unknown for flows of the old import
      restored_by: ID,
    }));
    await knex.transaction(async (trx) => {
      // The application may have made the same master meanwhile: that one is not ours.
      const made = await trx('flow_masters')
        .withSchema('migration')
        .insert(masters)
        .onConflict('flow_id')
        .ignore()
        .returning('flow_id');
      await writeAudit(trx, 'master created', made);
    });
  }
}

/**
 * @param {import('knex').Knex} knex
 * @param {'master created' | 'master removed'} action
 * @param {{ flow_id: string }[]} masters
 */
async function writeAudit(knex, action, masters) {
  const lines = masters.map(({ flow_id }) => ({ flow_id, action, done_by: ID }));
  await knex.batchInsert('migration.flow_audit', lines, 500);
}

/**
 * Takes back what `up` has set, and only that: links made by the application or by hand stay.
 * @param {import('knex').Knex} knex
 */
export async function down(knex) {
  const g = guard(knex, { migrationId: `${ID} down`, schema: 'migration' });
  const unused = knex('flow_masters').withSchema('migration').where({ restored_by: ID });
  await g.forEachTable(
    FLOW_TABLES,
    async (table, each) => {
      const key = await each.detectPkColumn(table, KEYS);
      await knex.raw('ALTER TABLE migration.?? ALTER COLUMN master_flow_id DROP NOT NULL', [table]);
      await knex.raw('ALTER TABLE migration.?? DROP CONSTRAINT IF EXISTS ??', [table, `${table}_master_flow_id_fkey`]);
      await knex.raw('DROP INDEX CONCURRENTLY IF EXISTS migration.??', [`${table}_master_flow_id_idx`]);
      await each.backfill(table, {
        set: { master_flow_id: null, restored_by: null },
        where: sql`master_flow_id = ${sql.ident(key)} AND restored_by = ${ID}`,
      });
      unused.whereNotExists((q) =>
        q
          .from(`${table} as f`)
          .withSchema('migration')
          .whereRaw('?? = ??', ['f.master_flow_id', 'flow_masters.flow_id']),
      );
    },
    { required: true },
  );
  const removed = await knex.transaction(async (trx) => {
    const masters = await unused.transacting(trx).delete('flow_id');
    await writeAudit(trx, 'master removed', masters);
    return masters.length;
  });
  console.log(`${removed} masters that nobody uses were deleted`);
  printReport(g);
}
