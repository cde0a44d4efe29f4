/**
 * The flow type that migration 062 writes. Nobody may use a new enum value in the transaction that adds it, so it has a migration of
 * its own; and because 062 asks for no transaction, Knex commits each migration of the batch by itself.
 */
import { guard } from '@holdfast/knex';
import { printReport } from '../report.mjs';

/** @param {import('knex').Knex} knex */
export async function up(knex) {
  const g = guard(knex, { migrationId: '061-allow-assessment-flows', schema: 'migration' });
  await g.safeAddEnumValue('flow_type', 'assessment', { after: 'discovery' });
  await g.safeAddEnumValue('flow_type', 'collection', { after: 'assessment' });
  printReport(g);
}

/** Leaves the value: PostgreSQL cannot take one away, and unused it harms nobody. */
export async function down() {}
