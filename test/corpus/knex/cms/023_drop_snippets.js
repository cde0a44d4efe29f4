exports.up = (knex) => knex.schema.dropTableIfExists('snippets');

exports.down = async (knex) => {
  await knex.schema.createTable('snippets', (table) => {
    table.increments();
    table.string('name').notNullable().unique();
    table.json('body').notNullable();
  });
};
