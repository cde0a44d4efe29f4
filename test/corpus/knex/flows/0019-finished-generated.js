exports.up = (knex) => knex.raw(`
ALTER TABLE engine.execution ADD COLUMN seconds double precision GENERATED ALWAYS AS (extract(epoch FROM stopped_at - started_at)) STORED;
ALTER TABLE engine.execution ADD COLUMN mode varchar NOT NULL DEFAULT 'trigger' CONSTRAINT execution_mode CHECK (mode = ANY (ARRAY['trigger', 'manual', 'retry']));
CREATE INDEX execution_slow ON engine.execution (seconds DESC) INCLUDE (workflow_id, state) WHERE seconds > 60;
`);

exports.down = (knex) => knex.raw('ALTER TABLE engine.execution DROP mode, DROP COLUMN seconds');
