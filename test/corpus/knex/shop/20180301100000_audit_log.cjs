exports.up = async (knex) => {
  await knex.schema.createTable('audit_log', (t) => {
    t.bigIncrements('id');
    t.text('what').notNullable();
    t.jsonb('details');
    t.timestamp('at').notNullable().defaultTo(knex.fn.now());
  });
  await knex('audit_log').insert({ what: 'audit log started' });
};

exports.down = (knex) => knex.schema.dropTable('audit_log');
