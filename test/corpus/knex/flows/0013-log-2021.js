exports.up = (knex) => knex.raw(`
CREATE TABLE engine.log_2021 (LIKE engine.log INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE engine.log_2021 ADD CONSTRAINT in_2021 CHECK (at >= '2021-01-01 00:00Z' AND at < '2022-01-01 00:00Z');
ALTER TABLE engine.log ATTACH PARTITION engine.log_2021 FOR VALUES FROM ('2021-01-01 00:00Z') TO ('2022-01-01 00:00Z');
ALTER TABLE engine.log_2021 DROP CONSTRAINT in_2021;
`);

exports.down = (knex) => knex.raw(`
ALTER TABLE engine.log DETACH PARTITION engine.log_2021;
DROP TABLE engine.log_2021;
`);
