exports.up = (knex) =>
  knex.raw(`
    DROP VIEW open_invoice;
    CREATE VIEW open_invoices AS SELECT i.id, c.name, i.total FROM invoices i JOIN clients c ON c.id = i.client_id WHERE i.state <> 'paid';
  `);
exports.down = (knex) =>
  knex.raw(`
    DROP VIEW open_invoices;
    CREATE VIEW open_invoice AS SELECT id, client_id FROM invoices WHERE state <> 'paid';
  `);
