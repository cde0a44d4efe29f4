export const up = (knex) =>
  knex.raw(`CREATE OR REPLACE FUNCTION public.rollup(site integer, OUT bucket timestamptz, OUT hits bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $_$ SELECT date_trunc('hour', at), count(*) FROM events WHERE site_id = $1 GROUP BY 1 $_$`);

export const down = (knex) =>
  knex.raw(`CREATE OR REPLACE FUNCTION public.rollup(site integer, OUT bucket timestamptz, OUT hits bigint) RETURNS SETOF record
LANGUAGE sql STABLE AS $_$
  SELECT date_trunc('day', at) AS bucket, count(*) FROM events WHERE site_id = $1 GROUP BY 1;
$_$`);
