exports.config = { transaction: false };

exports.up = async function (knex) {
  await knex.raw('CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_open ON orders (placed_at DESC NULLS LAST, id) WHERE status <> \'shipped\'');
  await knex.raw('CREATE UNIQUE INDEX CONCURRENTLY order_lines_product ON order_lines (order_id, product_id) INCLUDE (quantity)');
};

exports.down = async function (knex) {
  await knex.raw('DROP INDEX CONCURRENTLY IF EXISTS order_lines_product');
  await knex.raw('DROP INDEX CONCURRENTLY IF EXISTS orders_open');
};
