exports.up = async (knex) => {
  await knex.raw('ALTER TABLE products ADD CONSTRAINT products_stock CHECK (stock >= 0) NOT VALID');
  await knex('products').where('stock', '<', 0).update({ stock: 0 });
  await knex.raw('ALTER TABLE products VALIDATE CONSTRAINT products_stock');
};

exports.down = (knex) => knex.raw('ALTER TABLE products DROP CONSTRAINT products_stock');
