exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE carts (
      token uuid NOT NULL DEFAULT gen_random_uuid(),
      customer_id bigint PRIMARY KEY REFERENCES customers (id),
      lines jsonb NOT NULL DEFAULT '[]'
    )`);
  const carts = await knex('orders').where('status', 'cart').select();
  for (const cart of carts) {
    const lines = await knex('order_lines').where('order_id', cart.id).orderBy('position').select('product_id', 'quantity');
    await knex('carts').insert({ customer_id: cart.customer_id, lines: JSON.stringify(lines) });
  }
  await knex('orders').where('status', 'cart').del();
  await knex('audit_log').insert({ what: 'carts moved', details: { count: carts.length } });
};

exports.down = async (knex) => {
  const carts = await knex('carts').select();
  for (const cart of carts) {
    const [{ id }] = await knex('orders').insert({ customer_id: cart.customer_id, status: 'cart' }).returning('id');
    await knex('order_lines').insert(
      cart.lines.map((line, i) => ({ order_id: id, position: i + 1, product_id: line.product_id, quantity: line.quantity, price: 1 }))
    );
  }
  await knex.schema.dropTable('carts');
  await knex('audit_log').where('what', 'carts moved').del();
};
