// Two statements in one string would be one transaction, where a new label can't be used.
exports.up = async (knex) => {
  await knex.raw("ALTER TYPE engine.execution_state ADD VALUE IF NOT EXISTS 'waiting' BEFORE 'success'");
  await knex.raw("ALTER TYPE engine.execution_state ADD VALUE IF NOT EXISTS 'canceled'");
  await knex.raw("UPDATE engine.execution SET state = 'canceled' WHERE state = 'error' AND data @> '{\"n\": 3}'");
};

exports.down = async (knex) => {
  await knex.raw(`
    UPDATE engine.execution SET state = 'error' WHERE state IN ('waiting', 'canceled');
    DROP INDEX engine.execution_running;
    ALTER TYPE engine.execution_state RENAME TO execution_state_old;
    CREATE TYPE engine.execution_state AS ENUM ('new', 'running', 'success', 'error');
    ALTER TABLE engine.execution ALTER state DROP DEFAULT, ALTER state TYPE engine.execution_state USING state::text::engine.execution_state, ALTER state SET DEFAULT 'new';
    DROP TYPE engine.execution_state_old;
    CREATE INDEX execution_running ON engine.execution (started_at) WHERE state = 'running';
  `);
};
