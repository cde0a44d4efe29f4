exports.up = async (knex) => {
  await knex.schema.alterTable('products', (t) => t.dropColumn('price'));
  await knex.schema.raw(`
    CREATE VIEW priced_products AS
    SELECT p.id, p.sku, p.name, h.price FROM products p LEFT JOIN price_history h ON h.product_id = p.id AND upper_inf(h.valid)`);
};

exports.down = async (knex) => {
  await knex.schema.raw('DROP VIEW priced_products');
  await knex.raw('ALTER TABLE products ADD price numeric(10,2)');
  await knex.raw('UPDATE products SET price = h.price FROM price_history h WHERE h.product_id = products.id');
  await knex.raw('ALTER TABLE products ALTER price SET NOT NULL, ADD CONSTRAINT products_price_check CHECK (price > 0)');
};
