exports.up = (knex) => knex.raw(`
CREATE OR REPLACE FUNCTION engine.touch() RETURNS trigger AS $body$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.updated_at := greatest(NEW.updated_at, OLD.updated_at);
  RETURN NEW;
END
$body$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = engine, pg_temp;
ALTER FUNCTION engine.touch() COST 50;
ALTER TABLE engine.workflow DISABLE TRIGGER workflow_touch;
UPDATE engine.workflow SET definition = definition || '{"settings": {}}';
ALTER TABLE engine.workflow ENABLE TRIGGER workflow_touch;
`);

exports.down = (knex) => knex.raw(`
ALTER TABLE engine.workflow DISABLE TRIGGER workflow_touch;
UPDATE engine.workflow SET definition = definition - 'settings';
ALTER TABLE engine.workflow ENABLE TRIGGER workflow_touch;
CREATE OR REPLACE FUNCTION engine.touch() RETURNS trigger AS $body$
BEGIN
  -- a semicolon; and a 'quote' in a comment
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$body$ LANGUAGE plpgsql;
ALTER FUNCTION engine.touch() RESET search_path;
ALTER FUNCTION engine.touch() SECURITY INVOKER COST 100;
`);
