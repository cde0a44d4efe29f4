exports.up = async (knex) => {
  await knex.schema.createTable('snippets', (table) => {
    table.increments();
    table.string('name').notNullable().unique();
    table.json('body').notNullable();
  });
  await knex('snippets').insert({ name: 'signature', body: JSON.stringify({ text: 'Yours, the editors' }) });
};

exports.down = (knex) => knex.schema.dropTable('snippets');
