const COUNTRIES = { DE: 'Deutschland', FR: "Côte d'Azur", JP: '日本', US: 'U.S.; all of them' };

export const up = async (knex) => {
  await knex.schema.createTable('countries', (t) => {
    t.specificType('code', 'char(2)').primary();
    t.string('name').notNullable();
  });
  for (const code in COUNTRIES) {
    await knex.raw('INSERT INTO countries VALUES (?, ?)', [code, COUNTRIES[code]]);
  }
  await knex.schema.alterTable('Sites', (t) => {
    t.specificType('country', 'char(2)').references('code').inTable('countries').onUpdate('CASCADE').defaultTo('DE');
  });
};

export const down = async (knex) => {
  await knex.schema.alterTable('Sites', (t) => {
    t.dropColumn('country');
  });
  await knex.schema.dropTable('countries');
};
