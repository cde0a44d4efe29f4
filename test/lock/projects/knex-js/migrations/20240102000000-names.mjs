/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.schema.alterTable('users', (table) => {
    table.text('name');
  });
  await knex('users').update({ name: knex.ref('email') });
  await knex.schema.alterTable('users', (table) => {
    table.dropNullable('name');
  });
}
/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.schema.alterTable('users', (table) => {
    table.dropColumn('name');
  });
}
