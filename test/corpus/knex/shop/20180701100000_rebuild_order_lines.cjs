// The key becomes a single column: create, copy, drop, rename.
exports.up = async (knex) => {
  await knex.schema.createTable('order_lines_tmp', (t) => {
    t.bigIncrements('id');
    t.bigInteger('order_id').notNullable().index('order_lines_order');
    t.integer('position').notNullable();
    t.bigInteger('product_id').notNullable();
    t.integer('quantity').notNullable().defaultTo(1);
    t.decimal('price', 10, 2).notNullable();
    t.foreign('order_id', 'order_lines_to_order').references('orders.id').onDelete('CASCADE');
    t.foreign('product_id', 'order_lines_to_product').references('products.id');
  });
  await knex.raw('INSERT INTO order_lines_tmp (order_id, position, product_id, quantity, price) SELECT * FROM order_lines ORDER BY order_id, position');
  await knex.schema.dropTable('order_lines');
  await knex.schema.renameTable('order_lines_tmp', 'order_lines');
  await knex.raw('CREATE UNIQUE INDEX order_lines_product ON order_lines (order_id, product_id) INCLUDE (quantity)');
};

exports.down = async (knex) => {
  await knex.schema.createTable('order_lines_old', (t) => {
    t.bigInteger('order_id').notNullable();
    t.integer('position').notNullable();
    t.bigInteger('product_id').notNullable();
    t.integer('quantity').notNullable().defaultTo(1);
    t.decimal('price', 10, 2).notNullable();
  });
  await knex.raw('INSERT INTO order_lines_old SELECT order_id, position, product_id, quantity, price FROM order_lines');
  await knex.schema.dropTable('order_lines');
  await knex.schema.renameTable('order_lines_old', 'order_lines');
  await knex.schema.alterTable('order_lines', (t) => {
    t.primary(['order_id', 'position'], { constraintName: 'order_lines_pkey' });
    t.foreign('order_id').references('orders.id').onDelete('CASCADE');
    t.foreign('product_id').references('products.id');
    t.unique(['order_id', 'product_id'], { indexName: 'order_lines_product', useConstraint: false });
  });
};
