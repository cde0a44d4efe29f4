import { guard, sql } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

/** One short transaction for each batch. */
export const config = { transaction: false };

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.when({ table: 'parcels', column: 'old_state' }, async (part) => {
    if (!(await part.columnExists('parcels', 'state')))
      await part.safeAddColumn('parcels', (t) => t.string('state', 20));
    await part.backfill('parcels', {
      set: { state: sql`CASE old_state WHEN 1 THEN 'active' WHEN 2 THEN 'inactive' ELSE 'unknown' END` },
      where: { state: null },
      batchSize: 100,
    });
    await part.safeSetNotNull('parcels', 'state');
    await part.safeDropColumn('parcels', 'old_state');
  });
  await g.validatePrerequisites({ columns: { parcels: { state: 'varchar(20)' } } });
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.when({ table: 'parcels', column: 'state' }, async (part) => {
    if (!(await part.columnExists('parcels', 'old_state')))
      await part.safeAddColumn('parcels', (t) => t.smallint('old_state'));
    await part.backfill('parcels', {
      set: { old_state: sql`CASE state WHEN 'active' THEN 1 WHEN 'inactive' THEN 2 ELSE 0 END` },
      where: { old_state: null },
    });
    await part.safeSetNotNull('parcels', 'old_state');
    await part.safeDropColumn('parcels', 'state');
  });
}
