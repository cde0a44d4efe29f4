/** @param {import('knex').Knex} knex */
export async function up(knex) {
  await knex.schema.createTable('members', (table) => {
    table.increments('id');
    table.string('email', 100).notNullable();
  });
  await knex.schema.createTable('visits', (table) => {
    table.increments('id');
    table.integer('member_id').notNullable().references('members.id');
  });
  await knex('members').insert([{ email: 'ada@example.com' }, { email: 'bob@example.com' }]);
}

/** @param {import('knex').Knex} knex */
export async function down(knex) {
  await knex.schema.dropTable('visits');
  await knex.schema.dropTable('members');
}
