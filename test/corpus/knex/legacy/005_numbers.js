exports.up = async (knex) => {
  const without = await knex('invoice').whereNull('number').select('id').orderBy('id');
  for (const { id } of without) await knex('invoice').where({ id }).update({ number: `N-${id}` });
  await knex.raw('ALTER TABLE invoice ALTER COLUMN number SET NOT NULL');
};
exports.down = (knex) => knex.raw('ALTER TABLE invoice ALTER COLUMN number DROP NOT NULL');
