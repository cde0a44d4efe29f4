export const up = async (knex) => {
  await knex.schema.alterTable('user', (t) => {
    t.dropIndex('end', 'table');
    t.dropColumn('when');
    t.boolean('default').nullable().alter();
  });
  await knex.schema.renameTable('user', 'Accounts "old"');
  await knex.schema.createTable('accounts', (t) => {
    t.integer('id').primary();
    t.string('group', 50).notNullable();
  });
  await knex('accounts').insert(knex.select('id', 'group').from('Accounts "old"').where('group', '<>', 'none'));
};

export const down = async (knex) => {
  await knex.schema.dropTable('accounts');
  await knex.schema.renameTable('Accounts "old"', 'user');
  await knex.schema.alterTable('user', (t) => {
    t.boolean('default').notNullable().defaultTo(false).alter();
    t.timestamp('when', { useTz: false });
    t.index('end', 'table');
  });
};
