exports.up = (knex) =>
  knex.schema.alterTable('orders', (t) => {
    t.string('currency', 3).notNullable().defaultTo('EUR');
    t.decimal('shipping', 8, 2).notNullable().defaultTo(0);
    t.specificType('notes', 'text[]');
    t.jsonb('payment');
    t.uuid('public_id').unique();
    t.boolean('gift').notNullable().defaultTo(false).index();
    t.bigInteger('replaces').references('orders.id');
    t.dropIndex('customer_id');
    t.index(['customer_id', 'placed_at']);
  });

exports.down = (knex) =>
  knex.schema.alterTable('orders', (t) => {
    t.dropIndex(['customer_id', 'placed_at']);
    t.index('customer_id');
    t.dropColumns('currency', 'shipping', 'notes', 'payment', 'public_id', 'gift', 'replaces');
  });
