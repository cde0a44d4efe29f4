exports.up = async function (knex) {
  const builder = knex.schema.createTable('integrations', (table) => {
    table.uuid('id').primary().defaultTo(knex.raw('gen_random_uuid()'));
    table.string('type', 50).notNullable().defaultTo('custom').checkIn(['internal', 'builtin', 'custom']);
    table.string('name', 191).notNullable().checkLength('>', 0);
    table.string('slug', 191).notNullable().unique();
    table.timestamp('created_at').defaultTo(knex.fn.now());
  });
  if (!(await knex.schema.hasTable('integrations'))) {
    await builder;
  }
  const keys = knex.schema.createTable('api_keys', (table) => {
    table.increments();
    table.enu('type', ['content', 'admin'], { useNative: false, enumName: 'api_keys_type' }).notNullable();
    table.binary('secret').notNullable();
    table.uuid('integration_id').references('id').inTable('integrations').onDelete('SET NULL');
    table.float('weight');
    table.double('score').defaultTo(0.5);
    table.smallint('uses').notNullable().defaultTo(0).checkPositive('api_keys_uses');
  });
  await knex.schema.hasTable('api_keys').then((there) => (there ? null : keys));
};

exports.down = async function (knex) {
  await knex.schema.dropTable('api_keys');
  await knex.schema.dropTable('integrations');
};
