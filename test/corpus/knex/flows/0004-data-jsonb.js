exports.up = (knex) => knex.raw('ALTER TABLE engine.execution ALTER COLUMN data TYPE jsonb USING data::jsonb, ALTER COLUMN data SET NOT NULL');
exports.down = (knex) => knex.raw('ALTER TABLE engine.execution ALTER COLUMN data DROP NOT NULL, ALTER COLUMN data TYPE text');
