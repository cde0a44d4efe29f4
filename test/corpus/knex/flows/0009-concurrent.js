exports.up = async (knex) => {
  await knex.raw('CREATE INDEX CONCURRENTLY execution_workflow ON engine.execution USING btree (workflow_id, id DESC)');
  await knex.raw('CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_data ON engine.execution USING gin (data)');
};

exports.down = async (knex) => {
  await knex.raw('DROP INDEX CONCURRENTLY engine.execution_data');
  await knex.raw('DROP INDEX CONCURRENTLY engine.execution_workflow');
};
