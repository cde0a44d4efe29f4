const products = [
  ['TEA-01', 'Green tea?', 4.5, 100, { colour: 'green', tags: ['leaf', 'loose'] }],
  ['TEA-02', "Earl's grey", 5, 40, { colour: 'black', tags: ['bag'] }],
  ['CUP-01', 'Cup "Ünï"', 12.25, 12, { colour: 'white', size: { ml: 250 } }],
  ['POT-01', 'Teapot', 39.9, 3, {}],
];

exports.up = async (knex) => {
  for (const [sku, name, price, stock, attributes] of products) {
    await knex.raw(
      'INSERT INTO products (sku, name, price, stock, attributes) VALUES (:sku, :name, :price, :stock, :attributes) ON CONFLICT (sku) DO UPDATE SET price = excluded.price',
      { sku, name, price, stock, attributes: JSON.stringify(attributes) }
    );
  }
  const ids = await knex('customers').insert([
    { email: 'Ann@shop.test', first_name: 'Ann', last_name: 'Lee' },
    { email: 'ben@shop.test', first_name: 'Ben', last_name: null },
    { email: 'cia@shop.test', first_name: null, last_name: 'Cruz' },
  ], 'id');
  for (const [n, { id }] of ids.entries()) {
    const [order] = await knex('orders').insert({ customer_id: id, status: n === 2 ? 'cart' : 'placed', placed_at: n === 2 ? null : `2018-01-0${n + 1}` }).returning('*');
    await knex.raw('INSERT INTO order_lines SELECT ?, row_number() over (order by id), id, ?, price FROM products WHERE stock > ?', [order.id, n + 1, 10]);
  }
};

exports.down = async (knex) => {
  await knex('orders').del();
  await knex('customers').del();
  await knex('products').whereIn('sku', products.map(([sku]) => sku)).del();
};
