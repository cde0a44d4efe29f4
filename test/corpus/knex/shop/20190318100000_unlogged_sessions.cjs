exports.up = async (knex) => {
  await knex.raw('CREATE UNLOGGED TABLE sessions (id text PRIMARY KEY, data jsonb, expires timestamptz) WITH (fillfactor = 70)');
  await knex.raw('ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.05), ALTER COLUMN notes SET STORAGE EXTERNAL, ALTER COLUMN status SET STATISTICS 500');
  await knex.raw('CREATE STATISTICS orders_both (dependencies) ON customer_id, status FROM orders');
};

exports.down = async (knex) => {
  await knex.raw('DROP STATISTICS orders_both');
  await knex.raw('ALTER TABLE orders RESET (autovacuum_vacuum_scale_factor), ALTER COLUMN notes SET STORAGE EXTENDED, ALTER COLUMN status SET STATISTICS -1');
  await knex.raw('DROP TABLE sessions');
};
