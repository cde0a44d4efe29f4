exports.up = (knex) => knex.raw(`
ALTER TABLE engine.execution
  DROP CONSTRAINT execution_mode,
  ADD CONSTRAINT execution_mode CHECK (mode IN ('trigger', 'manual', 'retry', 'webhook')),
  DROP CONSTRAINT IF EXISTS never_was_there,
  ALTER COLUMN mode SET DEFAULT 'manual';
`);

exports.down = (knex) => knex.raw(`
ALTER TABLE engine.execution
  ALTER COLUMN mode SET DEFAULT 'trigger',
  DROP CONSTRAINT execution_mode,
  ADD CONSTRAINT execution_mode CHECK (mode = ANY (ARRAY['trigger', 'manual', 'retry']));
`);
