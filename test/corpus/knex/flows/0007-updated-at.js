exports.up = (knex) => knex.raw(`
ALTER TABLE engine.workflow ADD COLUMN updated_at timestamptz NOT NULL DEFAULT 'epoch', ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE FUNCTION engine.touch() RETURNS trigger AS $body$
BEGIN
  -- a semicolon; and a 'quote' in a comment
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$body$ LANGUAGE plpgsql;

CREATE TRIGGER workflow_touch BEFORE UPDATE OF definition, name ON engine.workflow
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION engine.touch();
`);

exports.down = (knex) => knex.raw(`
DROP TRIGGER workflow_touch ON engine.workflow;
DROP FUNCTION engine.touch;
ALTER TABLE engine.workflow DROP COLUMN updated_at, DROP COLUMN version;
`);
