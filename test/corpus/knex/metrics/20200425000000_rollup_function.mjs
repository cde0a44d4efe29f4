const definition = (unit) => `
CREATE OR REPLACE FUNCTION public.rollup(site integer, OUT bucket timestamptz, OUT hits bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $_$
  SELECT date_trunc('${unit}', at) AS bucket, count(*) FROM events WHERE site_id = $1 GROUP BY 1;
$_$`;

export const up = async (knex) => {
  await knex.raw(definition('day'));
  await knex.raw("COMMENT ON FUNCTION public.rollup(integer) IS 'for the dashboard'");
};

export const down = (knex) => knex.raw('DROP FUNCTION public.rollup');
