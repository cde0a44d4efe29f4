exports.up = (knex) => knex.schema.alterTable('invoice', (t) => t.unique(['number']));
exports.down = (knex) => knex.schema.alterTable('invoice', (t) => t.dropUnique(['number']));
