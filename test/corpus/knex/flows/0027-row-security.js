exports.up = (knex) => knex.raw(`
ALTER TABLE engine.credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE engine.credential FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON engine.credential FOR SELECT TO PUBLIC USING (name::text = current_setting('engine.name', true));
CREATE POLICY own_type ON engine.credential AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (type <> 'root');
ALTER POLICY owner_reads ON engine.credential RENAME TO by_name;
GRANT USAGE ON SCHEMA engine TO PUBLIC;
GRANT SELECT, INSERT ON engine.credential TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA engine TO CURRENT_USER;
`);

exports.down = (knex) => knex.raw(`
REVOKE SELECT, INSERT ON engine.credential FROM PUBLIC;
REVOKE USAGE ON SCHEMA engine FROM PUBLIC;
DROP POLICY own_type ON engine.credential;
DROP POLICY by_name ON engine.credential;
ALTER TABLE engine.credential NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
`);
