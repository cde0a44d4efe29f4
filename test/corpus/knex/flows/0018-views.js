exports.up = (knex) => knex.raw(`
CREATE VIEW engine.last_execution AS
  SELECT DISTINCT ON (workflow_id) workflow_id, id, state, stopped_at - started_at AS took FROM engine.execution ORDER BY workflow_id, id DESC;
CREATE MATERIALIZED VIEW engine.statistics AS
  SELECT workflow_id, state, count(*) AS executions FROM engine.execution GROUP BY 1, 2 WITH NO DATA;
CREATE UNIQUE INDEX statistics_key ON engine.statistics (workflow_id, state);
REFRESH MATERIALIZED VIEW engine.statistics;
COMMENT ON VIEW engine.last_execution IS 'one row for each workflow';
`);

exports.down = (knex) => knex.raw(`
DROP MATERIALIZED VIEW engine.statistics;
DROP VIEW engine.last_execution;
`);
