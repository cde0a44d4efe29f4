exports.up = (knex) =>
  knex.schema.alterTable('invoice', (t) => {
    t.decimal('total', 12, 2).alter();
  });
exports.down = (knex) => knex.raw('ALTER TABLE invoice ALTER COLUMN total TYPE real');
