exports.up = async (knex) => {
  await knex.schema.alterTable('clients', (t) => t.timestamp('created_at'));
  await knex.raw('UPDATE clients SET created_at = to_timestamp(created)');
  await knex.schema.alterTable('clients', (t) => t.dropColumn('created'));
};
exports.down = async (knex) => {
  await knex.schema.alterTable('clients', (t) => t.integer('created'));
  await knex.raw('UPDATE clients SET created = extract(epoch FROM created_at)');
  await knex.schema.alterTable('clients', (t) => t.dropColumn('created_at'));
};
