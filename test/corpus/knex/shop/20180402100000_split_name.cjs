exports.up = async (knex) => {
  await knex.schema.alterTable('customers', (t) => {
    t.text('display_name');
  });
  const customers = await knex('customers').select('id', 'first_name', 'last_name').orderBy('id');
  for (const customer of customers) {
    const name = [customer.first_name, customer.last_name].filter(Boolean).join(' ');
    await knex('customers').where('id', customer.id).update('display_name', name || 'unknown');
  }
  await knex.schema.alterTable('customers', (t) => {
    t.text('display_name').notNullable().alter();
    t.dropColumn('first_name');
    t.dropColumn('last_name');
  });
};

exports.down = async (knex) => {
  await knex.schema.alterTable('customers', (t) => {
    t.string('first_name');
    t.string('last_name');
  });
  await knex('customers').update({
    first_name: knex.raw("split_part(??, ' ', 1)", ['display_name']),
    last_name: knex.raw("nullif(split_part(display_name, ' ', 2), '')"),
  });
  await knex.schema.alterTable('customers', (t) => t.dropColumn('display_name'));
};
