exports.up = async (knex) => {
  await knex.schema.alterTable('client', (t) => {
    t.string('country', 2);
    t.index('country');
  });
  await knex('client').update({ country: 'DE' });
};
exports.down = (knex) => knex.schema.alterTable('client', (t) => t.dropColumn('country'));
