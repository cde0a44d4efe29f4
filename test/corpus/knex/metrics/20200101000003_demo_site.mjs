export const up = async (knex) => {
  const [{ Id }] = await knex('Sites').insert({ 'Domain Name': 'demo.metrics.test', select: '{"a": 1}' }).returning('Id');
  await knex.raw(
    `INSERT INTO events (site_id, at, name, props, visitor)
     SELECT :site, timestamp '2020-01-30' + n * interval '6 hours', CASE WHEN n % 4 = 0 THEN 'sign\\:up' ELSE 'pageview' END, jsonb_build_object('path', '/' || n), n % 3
     FROM generate_series(0, 15) n`,
    { site: Id }
  );
};

export const down = async (knex) => {
  await knex('events').del();
  await knex('Sites').del();
};
