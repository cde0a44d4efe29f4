exports.up = (knex) => knex.raw(`
CREATE OR REPLACE FUNCTION engine.notify_state() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
  PERFORM pg_notify(''executions'', NEW.id || '':'' || NEW.state);
  RETURN NULL;
END';
CREATE CONSTRAINT TRIGGER notify_state AFTER INSERT OR UPDATE OF state ON engine.execution
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION engine.notify_state();
CREATE TRIGGER truncated AFTER TRUNCATE ON engine.label FOR EACH STATEMENT EXECUTE FUNCTION engine.notify_state();
UPDATE engine.execution SET state = 'success' WHERE state = 'canceled';
`);

exports.down = (knex) => knex.raw(`
UPDATE engine.execution SET state = 'canceled' WHERE state = 'success' AND id % 7 = 0;
DROP TRIGGER truncated ON engine.label;
DROP TRIGGER notify_state ON engine.execution;
DROP FUNCTION engine.notify_state();
`);
