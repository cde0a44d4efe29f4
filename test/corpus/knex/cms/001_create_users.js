exports.up = function (knex) {
  return knex.schema.createTable('users', (table) => {
    table.increments('id');
    table.string('email', 191).notNullable().unique();
    table.string('name', 191).notNullable();
    table.string('password', 60).notNullable();
    table.string('slug', 191).notNullable().unique();
    table.string('status', 50).notNullable().defaultTo('active');
    table.text('bio');
    table.timestamp('last_login');
    table.timestamps();
  });
};

exports.down = function (knex) {
  return knex.schema.dropTable('users');
};
