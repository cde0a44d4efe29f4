import { guard, sql } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

const TABLES = ['jobs', 'imports', 'exports'];

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.forEachTable(
    TABLES,
    async (table, each) => {
      const key = await each.detectPkColumn(table, { candidates: ['import_id', 'id'] });
      await each.safeAddColumn(table, (t) => t.uuid('reference').index());
      await each.backfill(table, { set: { reference: sql.ident(key) }, where: { reference: null } });
    },
    { required: true },
  );
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex, { schema: 'platform' });
  await g.forEachTable(TABLES, (table, each) => each.safeDropColumn(table, 'reference'), { required: true });
}
