/** @param {import('knex').Knex} knex */
export async function up(knex) {
  const rows = await knex('users').select('id');
  if (rows.length === 0) await knex('users').insert({ email: 'a@b.c', name: 'a' });
}
export async function down() {}
