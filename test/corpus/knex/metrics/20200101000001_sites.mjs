export async function up(knex) {
  await knex.schema.createTable('Sites', (table) => {
    table.increments('Id');
    table.string('Domain Name').notNullable().unique();
    table.string('order').notNullable().defaultTo('asc');
    table.json('select');
  });
}

export async function down(knex) {
  await knex.schema.dropTable('Sites');
}
