exports.up = (knex) => knex.raw(`
CREATE SCHEMA IF NOT EXISTS archive;
ALTER TABLE engine.log DETACH PARTITION engine.log_2020;
ALTER TABLE engine.log_2020 SET SCHEMA archive;
ALTER TABLE archive.log_2020 RENAME COLUMN message TO text;
`);

exports.down = (knex) => knex.raw(`
ALTER TABLE archive.log_2020 RENAME text TO message;
ALTER TABLE archive.log_2020 SET SCHEMA engine;
ALTER TABLE engine.log ATTACH PARTITION engine.log_2020 FOR VALUES FROM ('2020-01-01 00:00Z') TO ('2021-01-01 00:00Z');
DROP SCHEMA archive;
`);
