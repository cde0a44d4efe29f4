export async function up(knex) {
  await knex.schema.createTable('user', (t) => {
    t.increments('id');
    t.string('group');
    t.boolean('default').notNullable().defaultTo(false);
    t.integer('end').index('table');
    t.timestamp('when', { useTz: false });
  });
  await knex('user').insert([{ group: 'all', end: 1 }, { group: 'none', end: null, default: true }]);
}

export async function down(knex) {
  await knex.schema.dropTable('user');
}
