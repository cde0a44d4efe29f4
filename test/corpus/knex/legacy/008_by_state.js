exports.config = { transaction: false };
exports.up = (knex) => knex.raw('CREATE INDEX CONCURRENTLY invoices_by_state ON invoices (state)');
exports.down = (knex) => knex.raw('DROP INDEX CONCURRENTLY invoices_by_state');
