exports.up = (knex) => knex.schema.renameTable('client', 'clients').renameTable('invoice', 'invoices');
exports.down = (knex) => knex.schema.renameTable('invoices', 'invoice').renameTable('clients', 'client');
