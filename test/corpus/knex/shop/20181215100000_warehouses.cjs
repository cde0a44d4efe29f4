exports.up = async (knex) => {
  await Promise.all([
    knex.schema.createTable('warehouses', (t) => {
      t.specificType('id', 'smallint').primary();
      t.string('name').notNullable().unique();
    }),
    knex.schema.createTable('suppliers', (t) => {
      t.increments();
      t.string('name').notNullable();
      t.specificType('lead_time', 'interval').notNullable().defaultTo('3 days');
    }),
    knex.raw('CREATE SEQUENCE delivery_number START WITH 1000 INCREMENT BY 5 CACHE 1'),
  ]);
  await knex('warehouses').insert([1, 2].map((id) => ({ id, name: `Hall ${id}` })));
  await knex.raw("SELECT setval('delivery_number', 2000)");
};

exports.down = async (knex) => {
  await Promise.all([knex.raw('DROP SEQUENCE delivery_number'), knex.schema.dropTable('suppliers'), knex.schema.dropTable('warehouses')]);
};
