exports.up = (knex) => knex.raw(`
CREATE SCHEMA engine;
CREATE TABLE engine.workflow (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  definition jsonb NOT NULL DEFAULT '{}',
  active boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX workflow_name ON engine.workflow (name);
`);

exports.down = (knex) => knex.raw(`
DROP TABLE engine.workflow;
DROP SCHEMA engine;
`);
