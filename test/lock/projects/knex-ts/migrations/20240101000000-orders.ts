import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('orders', (table) => {
    table.increments('id');
    table.enu('state', ['new', 'paid'], { useNative: true, enumName: 'order_state' }).notNullable();
  });
}
export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('orders');
}
