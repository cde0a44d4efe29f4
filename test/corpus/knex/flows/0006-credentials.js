exports.up = (knex) => knex.raw(`
CREATE DOMAIN engine.nonempty AS text CONSTRAINT not_empty CHECK (VALUE <> '');
CREATE TABLE engine.credential (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name engine.nonempty NOT NULL,
  type varchar(32) NOT NULL,
  secret bytea NOT NULL,
  nodes_access json NOT NULL DEFAULT '[]',
  UNIQUE (type, name)
);
COMMENT ON COLUMN engine.credential.secret IS 'encrypted; never print';
COMMENT ON DOMAIN engine.nonempty IS 'a word at least';
COMMENT ON SCHEMA engine IS 'all that runs';
INSERT INTO engine.credential (id, name, type, secret) VALUES ('00000000-0000-4000-8000-000000000001', 'mail', 'smtp', '\\xdeadbeef');
`);

exports.down = (knex) => knex.raw(`
COMMENT ON SCHEMA engine IS NULL;
DROP TABLE engine.credential;
DROP DOMAIN engine.nonempty;
`);
