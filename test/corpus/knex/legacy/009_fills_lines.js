exports.up = (knex) =>
  knex.raw("INSERT INTO lines (invoice_id, text, amount) SELECT id, 'taken over', total FROM invoices WHERE total IS NOT NULL");
exports.down = (knex) => knex('lines').where({ text: 'taken over' }).delete();
