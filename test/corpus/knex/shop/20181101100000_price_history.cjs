exports.up = async (knex) => {
  await knex.transaction(async (trx) => {
    await trx.raw(`
      CREATE TABLE price_history (
        product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
        price numeric(10,2) NOT NULL,
        valid tstzrange NOT NULL DEFAULT tstzrange('2018-11-01Z', NULL)
      )`);
    await trx.raw('CREATE EXTENSION IF NOT EXISTS btree_gist');
    await trx.raw('ALTER TABLE price_history ADD CONSTRAINT price_history_once EXCLUDE USING gist (product_id WITH =, valid WITH &&)');
    await trx.raw('INSERT INTO price_history (product_id, price) SELECT id, price FROM products');
  });
};

exports.down = async (knex) => {
  await knex.schema.dropTable('price_history');
  await knex.raw('DROP EXTENSION btree_gist');
};
