exports.up = function (knex) {
  return knex.schema.table('posts', (table) => {
    table.dropColumn('markdown');
  });
};

exports.down = async function (knex) {
  await knex.schema.table('posts', (table) => {
    table.text('markdown');
  });
  const rows = await knex('posts').whereNotNull('mobiledoc').select('id', 'mobiledoc');
  for (const { id, mobiledoc } of rows) {
    await knex('posts')
      .where({ id })
      .update({ markdown: JSON.parse(mobiledoc).cards[0][1].markdown });
  }
};
