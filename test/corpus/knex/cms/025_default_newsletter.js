exports.up = async (knex) => {
  await knex.transaction(async (trx) => {
    await trx('newsletters').insert({ name: 'Weekly', slug: 'weekly', starts_on: '2021-01-04' });
    const { id } = await trx('newsletters').where('slug', 'weekly').first('id');
    await trx('settings').insert({ key: 'default_newsletter', value: String(id), group: 'email' });
  });
};

exports.down = async (knex) => {
  await knex('settings').where('key', 'default_newsletter').del();
  await knex('newsletters').where('slug', 'weekly').del();
};
