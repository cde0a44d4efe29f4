exports.up = async (knex) => {
  await knex.raw(`
    UPDATE orders o SET total = l.total
    FROM (SELECT order_id, sum(price * quantity) AS total FROM order_lines GROUP BY order_id) l
    WHERE l.order_id = o.id AND o.total IS NULL
  `);
  await knex.schema.alterTable('orders', (t) => {
    t.decimal('total', 12, 2).notNullable().defaultTo(0).alter();
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('orders', (t) => {
    t.decimal('total', 12, 2).nullable().defaultTo(null).alter();
  });
  await knex('orders').update({ total: null });
};
