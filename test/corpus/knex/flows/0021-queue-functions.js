exports.up = (knex) => knex.raw(`
CREATE TYPE engine.job AS (execution_id bigint, priority integer);

CREATE FUNCTION engine.next_jobs(integer DEFAULT 10, VARIADIC states engine.execution_state[] DEFAULT '{new,waiting}') RETURNS SETOF engine.job
LANGUAGE sql STABLE PARALLEL SAFE AS $sql$
  SELECT (id, 0)::engine.job FROM engine.execution WHERE state = ANY (states) ORDER BY id LIMIT $1
$sql$;

CREATE OR REPLACE PROCEDURE engine.expire(INOUT amount integer) LANGUAGE plpgsql AS $p$
BEGIN
  DELETE FROM engine.execution WHERE stopped_at < '2000-01-01';
  GET DIAGNOSTICS amount = ROW_COUNT;
END $p$;

CREATE AGGREGATE engine.longest(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CALL engine.expire(0);
`);

exports.down = (knex) => knex.raw(`
DROP AGGREGATE engine.longest(text);
DROP PROCEDURE engine.expire(integer);
DROP FUNCTION engine.next_jobs(integer, engine.execution_state[]);
DROP TYPE engine.job;
`);
