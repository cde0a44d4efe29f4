/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable('orders', (t) => {
    t.string('note');
    t.bigInteger('total').alter();
  });
}
export const down = () => {};
