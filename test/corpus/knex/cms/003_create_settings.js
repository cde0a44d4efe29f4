exports.up = async function (knex) {
  const exists = await knex.schema.hasTable('settings');
  if (exists) return;
  await knex.schema.createTable('settings', function (table) {
    table.string('key', 50).primary();
    table.text('value');
    table.string('type', 50).notNullable().defaultTo('core').comment('core, blog, theme');
    table.comment('one row for each switch of the admin page');
  });
};

exports.down = async function (knex) {
  await knex.schema.dropTableIfExists('settings');
};
