exports.up = (knex) => knex.raw(`
SET search_path TO engine, public;
CREATE TABLE webhook (
  path text NOT NULL,
  method text NOT NULL CHECK (method IN ('GET', 'POST')),
  workflow_id integer REFERENCES workflow,
  PRIMARY KEY (path, method)
);
INSERT INTO webhook SELECT lower(replace(name, ' ', '-')), 'POST', id FROM workflow;
RESET search_path;
`);

exports.down = (knex) => knex.raw('SET search_path TO engine; DROP TABLE webhook; RESET search_path');
