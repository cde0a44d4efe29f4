// Random on purpose: a tenth of the visitors.
export const up = async (knex) => {
  await knex.schema.createTable('sampled', (t) => {
    t.bigInteger('visitor').primary();
    t.double('noise').notNullable().defaultTo(knex.raw('random()'));
  });
  await knex.raw('INSERT INTO sampled (visitor) SELECT DISTINCT visitor FROM events ORDER BY 1');
};

export const down = (knex) => knex.schema.dropTable('sampled');
