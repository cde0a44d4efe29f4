// The only one that must be all or nothing.
exports.up = async (knex) => {
  await knex.transaction(async (trx) => {
    await trx.raw('LOCK TABLE engine.execution IN SHARE ROW EXCLUSIVE MODE');
    await trx.raw('CREATE TABLE engine.execution_content (execution_id bigint PRIMARY KEY REFERENCES engine.execution ON DELETE CASCADE, data jsonb NOT NULL)');
    await trx.raw('INSERT INTO engine.execution_content SELECT id, data FROM engine.execution ORDER BY id');
    await trx.raw('ALTER TABLE engine.execution DROP COLUMN data');
  });
};

exports.down = async (knex) => {
  await knex.transaction(async (trx) => {
    await trx.raw('ALTER TABLE engine.execution ADD COLUMN data jsonb');
    await trx.raw('UPDATE engine.execution e SET data = d.data FROM engine.execution_content d WHERE d.execution_id = e.id');
    await trx.raw('ALTER TABLE engine.execution ALTER data SET NOT NULL');
    await trx.raw('CREATE INDEX execution_data ON engine.execution USING gin (data)');
    await trx.raw('DROP TABLE engine.execution_content');
  });
};
