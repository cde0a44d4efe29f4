const wrap = (markdown) => JSON.stringify({ version: '0.3.1', markups: [], cards: [['card-markdown', { markdown }]] });

exports.up = async function (knex) {
  await knex.schema.alterTable('posts', (table) => {
    table.text('mobiledoc');
  });
  const rows = await knex.select('id', 'markdown').from('posts').whereNotNull('markdown');
  await Promise.all(rows.map((row) => knex('posts').where('id', row.id).update({ mobiledoc: wrap(row.markdown) })));
};

exports.down = function (knex) {
  return knex.schema.alterTable('posts', function (table) {
    table.dropColumn('mobiledoc');
  });
};
