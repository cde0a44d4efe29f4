export const config = { transaction: false };

export const up = async (knex) => {
  const { Id } = await knex('Sites').first('Id');
  const rows = Array.from({ length: 10 }, (_, n) => ({ site_id: Id, at: `2020-02-${10 + n}T00:00:00`, name: 'late', visitor: n }));
  await knex.batchInsert('events', rows, 3);
  await knex.raw('REFRESH MATERIALIZED VIEW CONCURRENTLY "Daily.Visitors"');
};

export const down = async (knex) => {
  await knex('events').where({ name: 'late' }).del();
  await knex.raw('REFRESH MATERIALIZED VIEW "Daily.Visitors"');
};
