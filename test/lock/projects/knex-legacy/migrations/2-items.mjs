/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.raw('CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders (id))');
  await knex.raw(`UPDATE customers SET "First Name" = 'x' WHERE "First Name" IS NULL`);
  await knex.raw(`ALTER TABLE customers ALTER "First Name" SET NOT NULL`);
}
export const down = () => {};
