export const up = async (knex) => {
  await knex.schema.alterTable('sites', (t) => {
    t.string('timezone', 64).notNullable().defaultTo('Etc/UTC');
    t.dropColumn('select');
  });
  await knex('sites').update({ timezone: 'Europe/Berlin' }).where({ country: 'DE' });
};

export const down = async (knex) => {
  await knex.schema.alterTable('sites', (t) => {
    t.json('select');
    t.dropColumn('timezone');
  });
};
