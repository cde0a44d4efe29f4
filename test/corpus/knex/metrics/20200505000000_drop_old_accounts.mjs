export const up = async (knex) => {
  const left = await knex('Accounts "old"').whereNotIn('id', knex('accounts').select('id'));
  if (left.length > 0) {
    await knex('accounts').insert(left.map(({ id }) => ({ id, group: 'unknown' })));
  }
  await knex.schema.dropTable('Accounts "old"');
};

export const down = async (knex) => {
  await knex.schema.createTable('Accounts "old"', (t) => {
    t.increments('id');
    t.string('group');
    t.boolean('default').defaultTo(false);
    t.integer('end');
  });
  await knex.raw('ALTER INDEX "Accounts ""old""_pkey" RENAME TO user_pkey');
  await knex.raw('INSERT INTO "Accounts ""old""" (id, "group") SELECT id, "group" FROM accounts');
  await knex('accounts').where({ group: 'unknown' }).del();
};
