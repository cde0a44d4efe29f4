exports.up = async (knex) => {
  await knex.schema.createTableLike('settings_history', 'settings', (table) => {
    table.timestamp('changed_at').notNullable().defaultTo(knex.fn.now());
    table.integer('changed_by').references('users.id');
  });
  await knex.schema.refreshMaterializedView('authors_of_posts');
};

exports.down = (knex) => knex.schema.dropTable('settings_history');
