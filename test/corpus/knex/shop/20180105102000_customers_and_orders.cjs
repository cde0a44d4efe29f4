const up = async (knex) => {
  await knex.raw(`CREATE TYPE order_status AS ENUM ('cart', 'placed', 'shipped')`);
  await knex.schema
    .createTable('customers', (t) => {
      t.bigIncrements();
      t.specificType('email', 'varchar(200)').notNullable();
      t.string('first_name');
      t.string('last_name');
    })
    .createTable('orders', (t) => {
      t.bigIncrements();
      t.bigInteger('customer_id').notNullable().references('customers.id').onDelete('RESTRICT').index();
      t.specificType('status', 'order_status').notNullable().defaultTo('cart');
      t.decimal('total', 12, 2);
      t.timestamp('placed_at');
    })
    .createTable('order_lines', (t) => {
      t.bigInteger('order_id').notNullable().references('orders.id').onDelete('CASCADE');
      t.integer('position').notNullable();
      t.bigInteger('product_id').notNullable().references('products.id');
      t.integer('quantity').notNullable().defaultTo(1);
      t.decimal('price', 10, 2).notNullable();
      t.primary(['order_id', 'position']);
    });
  await knex.raw('create unique index customers_email_key on customers (lower(email))');
};

const down = async (knex) => {
  await knex.schema.dropTable('order_lines').dropTable('orders').dropTable('customers');
  await knex.raw('DROP TYPE order_status');
};

module.exports = { up, down };
