export const up = async (knex) => {
  await knex.raw(`
    CREATE MATERIALIZED VIEW "Daily.Visitors" AS
      SELECT site_id, at::date AS day, count(DISTINCT visitor) AS visitors FROM events GROUP BY 1, 2;
    CREATE UNIQUE INDEX "Daily.Visitors key" ON "Daily.Visitors" (site_id, day);
  `);
};

export const down = (knex) => knex.raw('DROP MATERIALIZED VIEW "Daily.Visitors"');
