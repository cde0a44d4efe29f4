const swap = async (knex, values, fallback) => {
  await knex.raw('ALTER TABLE ?? ALTER COLUMN ?? DROP DEFAULT', ['orders', 'status']);
  await knex.raw('DROP INDEX orders_open');
  await knex.raw('ALTER TYPE order_status RENAME TO order_status_old');
  await knex.raw(`CREATE TYPE order_status AS ENUM (${values.map((v) => `'${v}'`).join(', ')})`);
  await knex.raw('ALTER TABLE orders ALTER COLUMN status TYPE order_status USING status::text::order_status');
  await knex.raw(`ALTER TABLE orders ALTER COLUMN status SET DEFAULT '${fallback}'`);
  await knex.raw('DROP TYPE order_status_old');
  await knex.raw("CREATE INDEX orders_open ON orders (placed_at DESC NULLS LAST, id) WHERE status <> 'shipped'");
};

exports.up = (knex) => swap(knex, ['placed', 'paid', 'shipped', 'returned'], 'placed');
exports.down = (knex) => swap(knex, ['cart', 'placed', 'paid', 'shipped', 'returned'], 'cart');
