module.exports.up = async (knex) => {
  await knex.raw('CREATE EXTENSION IF NOT EXISTS pgcrypto');
  await knex.schema.createTable('products', (t) => {
    t.bigIncrements('id');
    t.text('sku').notNullable().unique();
    t.text('name').notNullable();
    t.decimal('price', 10, 2).notNullable().checkPositive();
    t.integer('stock').notNullable().defaultTo(0);
    t.jsonb('attributes').notNullable().defaultTo(knex.raw("'{}'::jsonb"));
    t.timestamp('created_at', { useTz: true }).notNullable().defaultTo('2018-01-05');
  });
  await knex.raw('CREATE INDEX products_attributes ON products USING gin (attributes jsonb_path_ops)');
};

module.exports.down = async (knex) => {
  await knex.schema.dropTable('products');
  await knex.raw('DROP EXTENSION pgcrypto');
};
