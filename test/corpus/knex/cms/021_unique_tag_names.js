exports.up = async function (knex) {
  const double = await knex('tags').select('name').groupBy('name').havingRaw('count(*) > ?', [1]);
  for (const { name } of double) {
    const [keep, ...rest] = await knex('tags').where({ name }).orderBy('id').pluck('id');
    await knex('posts_tags').whereIn('tag_id', rest).update({ tag_id: keep });
    await knex('tags').whereIn('id', rest).del();
  }
  await knex.schema.alterTable('tags', (table) => {
    table.unique(['name'], { indexName: 'tags_name', useConstraint: false, predicate: knex.whereRaw("visibility <> 'internal'") });
  });
};

exports.down = (knex) => knex.schema.alterTable('tags', (table) => table.dropIndex(['name'], 'tags_name'));
