exports.up = (knex) => knex.raw(`
CREATE TABLE engine.log (
  execution_id bigint NOT NULL,
  at timestamptz NOT NULL,
  level smallint NOT NULL DEFAULT 3,
  message text
) PARTITION BY RANGE (at);
CREATE TABLE engine.log_2020 PARTITION OF engine.log FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2021-01-01 00:00Z');
CREATE TABLE engine.log_rest PARTITION OF engine.log DEFAULT;
CREATE INDEX log_execution ON engine.log (execution_id);
INSERT INTO engine.log (execution_id, at, message) SELECT id, started_at, 'started ' || id FROM engine.execution;
`);

exports.down = (knex) => knex.raw('DROP TABLE engine.log');
