// ADD VALUE is not possible in a transaction before PostgreSQL 12.
exports.config = { transaction: false };

exports.up = async (knex) => {
  await knex.raw(`ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'paid' AFTER 'placed'`);
  await knex.raw(`ALTER TYPE order_status ADD VALUE 'returned'`);
};

exports.down = async (knex) => {
  await knex.raw(`ALTER TYPE order_status RENAME TO order_status_old`);
  await knex.raw(`CREATE TYPE order_status AS ENUM ('cart', 'placed', 'shipped')`);
  await knex.raw(`
    ALTER TABLE orders
      ALTER COLUMN status DROP DEFAULT,
      ALTER COLUMN status TYPE order_status USING (CASE status::text WHEN 'paid' THEN 'placed' WHEN 'returned' THEN 'shipped' ELSE status::text END)::order_status,
      ALTER COLUMN status SET DEFAULT 'cart'`);
  await knex.raw(`DROP TYPE order_status_old`);
};
