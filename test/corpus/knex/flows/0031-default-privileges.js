exports.up = (knex) => knex.raw(`
ALTER DEFAULT PRIVILEGES IN SCHEMA engine GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE engine.variable (id serial PRIMARY KEY, "key" varchar(50) NOT NULL UNIQUE, "type" varchar(50) NOT NULL DEFAULT 'string', value varchar(255));
CREATE SEQUENCE engine.run_number AS integer MINVALUE 10 MAXVALUE 99999 CYCLE OWNED BY engine.execution.id;
ALTER TABLE engine.execution ADD COLUMN run_number integer NOT NULL DEFAULT nextval('engine.run_number');
`);

exports.down = (knex) => knex.raw(`
ALTER TABLE engine.execution DROP COLUMN run_number;
DROP SEQUENCE engine.run_number;
DROP TABLE engine.variable;
ALTER DEFAULT PRIVILEGES IN SCHEMA engine REVOKE SELECT ON TABLES FROM PUBLIC;
`);
