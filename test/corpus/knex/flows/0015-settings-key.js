// create tmp, copy, drop, rename
exports.up = (knex) => knex.raw(`
CREATE TABLE engine.settings_tmp (
  key text,
  value jsonb NOT NULL,
  load_on_startup boolean NOT NULL DEFAULT false,
  CONSTRAINT settings_pk PRIMARY KEY (key)
);
CREATE INDEX settings_startup ON engine.settings_tmp (load_on_startup) WHERE load_on_startup;
INSERT INTO engine.settings_tmp (key, value) SELECT DISTINCT ON (key) key, to_jsonb(value) FROM engine.settings ORDER BY key, value;
DROP TABLE engine.settings;
ALTER TABLE engine.settings_tmp RENAME TO settings;
`);

exports.down = (knex) => knex.raw(`
CREATE TABLE engine.settings_tmp (key text, value text);
INSERT INTO engine.settings_tmp SELECT key, value #>> '{}' FROM engine.settings;
DROP TABLE engine.settings;
ALTER TABLE engine.settings_tmp RENAME TO settings;
`);
