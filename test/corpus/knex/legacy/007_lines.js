exports.up = (knex) =>
  knex.schema.createTable('lines', (t) => {
    t.increments();
    t.integer('invoice_id').notNullable().references('id').inTable('invoices').onDelete('CASCADE');
    t.string('text').notNullable();
    t.decimal('amount', 12, 2).notNullable().defaultTo(0);
    t.unique(['invoice_id', 'text']);
  });
exports.down = (knex) => knex.schema.dropTable('lines');
