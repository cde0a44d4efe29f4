exports.up = (knex) =>
  knex.raw('ALTER TABLE invoices DROP CONSTRAINT fk_4c2a, ADD CONSTRAINT invoices_client FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE RESTRICT');
exports.down = (knex) =>
  knex.raw('ALTER TABLE invoices DROP CONSTRAINT invoices_client, ADD CONSTRAINT fk_4c2a FOREIGN KEY (client_id) REFERENCES clients (id)');
