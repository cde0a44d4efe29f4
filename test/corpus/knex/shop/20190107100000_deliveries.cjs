exports.up = async (knex) => {
  await knex.schema.createTable('deliveries', (t) => {
    t.bigInteger('number').primary().defaultTo(knex.raw("nextval('delivery_number')"));
    t.specificType('warehouse_id', 'smallint').notNullable().references('warehouses.id').withKeyName('deliveries_from').deferrable('deferred');
    t.bigInteger('order_id').notNullable().references('orders.id').onDelete('CASCADE');
    t.date('due');
  });
  await knex.raw('ALTER SEQUENCE delivery_number OWNED BY deliveries.number');
  await knex.raw("INSERT INTO deliveries (warehouse_id, order_id, due) SELECT 1 + id % 2, id, placed_at::date + 3 FROM orders ORDER BY id");
};

exports.down = async (knex) => {
  await knex.raw('ALTER SEQUENCE delivery_number OWNED BY NONE');
  await knex.schema.dropTable('deliveries');
  await knex.raw("SELECT setval('delivery_number', 2000)");
};
