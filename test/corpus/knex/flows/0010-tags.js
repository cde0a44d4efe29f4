exports.up = (knex) => knex.raw(`
BEGIN;
CREATE TABLE engine.tag (id serial PRIMARY KEY, name varchar(24) NOT NULL);
CREATE UNIQUE INDEX tag_name ON engine.tag (lower(name) varchar_pattern_ops);
CREATE TABLE engine.workflow_tag (
  workflow_id integer NOT NULL REFERENCES engine.workflow ON DELETE CASCADE,
  tag_id integer NOT NULL REFERENCES engine.tag ON DELETE CASCADE ON UPDATE CASCADE,
  PRIMARY KEY (workflow_id, tag_id)
);
INSERT INTO engine.tag (name) VALUES ('daily'), ('Manual');
INSERT INTO engine.workflow_tag SELECT w.id, t.id FROM engine.workflow w JOIN engine.tag t ON w.name ILIKE '%' || t.name || '%';
COMMIT;
`);

exports.down = (knex) => knex.raw('DROP TABLE engine.workflow_tag, engine.tag');
