exports.up = (knex) =>
  Promise.all([
    knex.schema.alterTable('users', (table) => {
      table.string('password', 255).notNullable().alter({ alterNullable: false });
      table.string('name', 500).notNullable().alter();
    }),
    knex.schema.alterTable('tags', (table) => {
      table.string('name', 500).notNullable().alter();
    }),
  ]);

exports.down = (knex) =>
  Promise.all([
    knex.schema.alterTable('users', (table) => {
      table.string('password', 60).notNullable().alter();
      table.string('name', 191).notNullable().alter();
    }),
    knex.schema.alterTable('tags', (table) => {
      table.string('name', 191).notNullable().alter();
    }),
  ]);
