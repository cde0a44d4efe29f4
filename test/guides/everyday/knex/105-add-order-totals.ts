import { guard, sql } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddColumn('orders', (t) => t.integer('total_quantity').notNullable().defaultTo(0));
  await g.backfill('orders', {
    set: { total_quantity: sql`(SELECT coalesce(sum(l.quantity), 0) FROM order_lines l WHERE l.order_id = orders.id)` },
  });
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  await guard(knex).safeDropColumn('orders', 'total_quantity');
}
