// Reads the arrays that it removes.
exports.up = async (knex) => {
  await knex.schema.createTable('product_tags', (t) => {
    t.bigInteger('product_id').references('products.id').onDelete('CASCADE');
    t.string('tag', 30).notNullable();
    t.primary(['product_id', 'tag']);
  });
  const rows = await knex('products').select('id', knex.raw("attributes->'tags' as tags")).whereRaw("jsonb_typeof(attributes->'tags') = ?", ['array']);
  const tags = rows.flatMap(({ id, tags }) => tags.map((tag) => ({ product_id: id, tag })));
  await knex.batchInsert('product_tags', tags, 100);
  await knex('products').update('attributes', knex.raw("attributes - 'tags'"));
};

exports.down = async (knex) => {
  await knex.raw(`
    WITH t AS (SELECT product_id, jsonb_agg(tag ORDER BY tag) AS tags FROM product_tags GROUP BY 1)
    UPDATE products SET attributes = attributes || jsonb_build_object('tags', t.tags) FROM t WHERE t.product_id = products.id`);
  await knex.schema.dropTable('product_tags');
};
