/** A function for triggers. */
const TOUCH =
  "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.legacy := 'touched'; RETURN NEW; END $$;";
const MEMBERS =
  'CREATE TABLE members (user_id integer NOT NULL, org_id integer NOT NULL, PRIMARY KEY (user_id, org_id));';
const POLICY = 'CREATE POLICY own_org ON users';
const USING = '(boss_id IN (SELECT org_id FROM members WHERE members.user_id = users.id))';
const ACTIVE = "SELECT id, name FROM users WHERE legacy = 'x'";

/** @type {readonly import('../cases.mjs').Case[]} */
export const OBJECTS = [
  {
    operation: 'safeCreateSchema',
    run: (g) => g.safeCreateSchema('app', { owner: 'postgres' }),
    down: 'DROP SCHEMA app',
    undo: (g) => g.safeDropSchema('app'),
    halves: [],
    different: [],
  },
  {
    operation: 'safeDropSchema',
    setup: 'CREATE SCHEMA app;',
    run: (g) => g.safeDropSchema('app'),
    down: 'CREATE SCHEMA app',
    undo: (g) => g.safeCreateSchema('app'),
    halves: [],
    different: [],
  },
  {
    operation: 'safeCreateExtension',
    setup: 'CREATE SCHEMA app;',
    run: (g) => g.safeCreateExtension('citext', { schema: 'app' }),
    down: 'DROP EXTENSION citext',
    undo: (g) => g.safeDropExtension('citext'),
    halves: [],
    different: [{ name: 'in another schema', sql: 'CREATE EXTENSION citext', path: 'schema' }],
  },
  {
    operation: 'safeDropExtension',
    setup: 'CREATE EXTENSION citext;',
    run: (g) => g.safeDropExtension('citext'),
    down: 'CREATE EXTENSION citext',
    undo: (g) => g.safeCreateExtension('citext'),
    halves: [],
    different: [],
  },
  {
    operation: 'safeCreateFunction',
    setup: 'CREATE FUNCTION add(a text, b text) RETURNS text LANGUAGE sql AS $$ SELECT a || b $$;',
    run: (g) =>
      g.safeCreateFunction(
        'add(a int, INOUT b double precision DEFAULT 1.5)',
        'immutable language sql as $$ SELECT a + b $$',
      ),
    down: 'DROP FUNCTION add(integer, double precision)',
    undo: (g) => g.safeDropFunction('add(int, float8)'),
    halves: [],
    different: [
      {
        name: 'another body',
        sql: 'CREATE FUNCTION add(a int, INOUT b float8 DEFAULT 1.5) IMMUTABLE LANGUAGE sql AS $$ SELECT a - b $$',
        path: 'body',
      },
      {
        name: 'another volatility',
        sql: 'CREATE FUNCTION add(a int, INOUT b float8 DEFAULT 1.5) LANGUAGE sql AS $$ SELECT a + b $$',
        path: 'volatility',
      },
      {
        name: 'another default',
        sql: 'CREATE FUNCTION add(a int, INOUT b float8 DEFAULT 2) IMMUTABLE LANGUAGE sql AS $$ SELECT a + b $$',
        path: 'arguments',
      },
      {
        name: 'another result',
        sql: 'CREATE FUNCTION add(a int, b float8 DEFAULT 1.5) RETURNS integer IMMUTABLE LANGUAGE sql AS $$ SELECT a $$',
        path: 'returns',
      },
      {
        name: 'a procedure',
        sql: 'CREATE PROCEDURE add(a int, b float8) LANGUAGE sql AS $$ SELECT a + b $$',
        path: 'kind',
      },
    ],
  },
  {
    operation: 'safeDropFunction',
    setup: TOUCH,
    run: (g) => g.safeDropFunction('touch()'),
    down: TOUCH,
    halves: [],
    different: [
      {
        name: 'a procedure',
        sql: "DROP FUNCTION touch(); CREATE PROCEDURE touch() LANGUAGE sql AS 'SELECT 1'",
        path: 'kind',
      },
    ],
  },
  {
    operation: 'safeCreateTrigger',
    setup: TOUCH,
    run: (g) =>
      g.safeCreateTrigger(
        'users',
        'touch',
        "before update of name, nickname or insert for each row when (new.name in ('a', 'b')) execute procedure touch()",
      ),
    down: 'DROP TRIGGER touch ON users',
    undo: (g) => g.safeDropTrigger('users', 'touch'),
    halves: [],
    different: [
      {
        name: 'disabled',
        sql: "CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name, nickname ON users FOR EACH ROW WHEN (NEW.name IN ('a', 'b')) EXECUTE FUNCTION touch(); ALTER TABLE users DISABLE TRIGGER touch",
        path: 'enabled',
      },
      {
        name: 'other events',
        sql: "CREATE TRIGGER touch BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.name IN ('a', 'b')) EXECUTE FUNCTION touch()",
        path: 'definition',
      },
      {
        name: 'a constraint trigger',
        sql: 'CREATE CONSTRAINT TRIGGER touch AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch()',
        path: 'kind',
      },
    ],
  },
  {
    operation: 'safeDropTrigger',
    setup: `${TOUCH} CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();`,
    run: (g) => g.safeDropTrigger('users', 'touch'),
    down: 'CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()',
    undo: (g) => g.safeCreateTrigger('users', 'touch', 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION touch()'),
    halves: [],
    different: [],
  },
  {
    operation: 'safeEnableRowLevelSecurity',
    run: (g) => g.safeEnableRowLevelSecurity('users', { force: true }),
    down: 'ALTER TABLE users DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY',
    undo: (g) => g.safeDisableRowLevelSecurity('users'),
    halves: [
      { name: 'enabled, not forced', sql: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY' },
      { name: 'forced, not enabled', sql: 'ALTER TABLE users FORCE ROW LEVEL SECURITY' },
    ],
    different: [],
  },
  {
    operation: 'safeDisableRowLevelSecurity',
    setup: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;',
    run: (g) => g.safeDisableRowLevelSecurity('users'),
    down: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    undo: (g) => g.safeEnableRowLevelSecurity('users', { force: true }),
    halves: [],
    different: [],
  },
  {
    operation: 'safeCreatePolicy',
    setup: MEMBERS,
    run: (g) =>
      g.safeCreatePolicy('users', 'own_org', {
        for: 'update',
        to: ['current_user', 'pg_monitor'],
        using: 'boss_id IN (SELECT org_id FROM members WHERE user_id = users.id)',
        withCheck: "name in ('a', 'b') or boss_id > 0",
      }),
    down: `DROP POLICY own_org ON users`,
    undo: (g) => g.safeDropPolicy('users', 'own_org'),
    halves: [],
    different: [
      { name: 'for everything', sql: `${POLICY} USING ${USING} WITH CHECK (boss_id > 0)`, path: 'for' },
      { name: 'for other roles', sql: `${POLICY} FOR UPDATE TO pg_monitor USING ${USING}`, path: 'to' },
      { name: 'restrictive', sql: `${POLICY} AS RESTRICTIVE FOR UPDATE USING ${USING}`, path: 'as' },
      {
        name: 'without a check',
        sql: `${POLICY} FOR UPDATE TO CURRENT_USER, pg_monitor USING ${USING}`,
        path: 'with check',
      },
      {
        name: 'another condition',
        sql: `${POLICY} FOR UPDATE TO CURRENT_USER, pg_monitor USING (true) WITH CHECK (name IN ('a', 'b') OR boss_id > 0)`,
        path: 'using',
      },
    ],
  },
  {
    operation: 'safeDropPolicy',
    setup: `${POLICY} USING (true);`,
    run: (g) => g.safeDropPolicy('users', 'own_org'),
    down: `${POLICY} USING (true)`,
    undo: (g) => g.safeCreatePolicy('users', 'own_org', { using: 'true' }),
    halves: [],
    different: [],
  },
  {
    operation: 'safeCreateView',
    run: (g) => g.safeCreateView('active', ACTIVE),
    down: 'DROP VIEW active',
    undo: (g) => g.safeDropView('active'),
    halves: [],
    different: [
      { name: 'another query', sql: 'CREATE VIEW active AS SELECT id, name FROM users', path: 'query' },
      { name: 'other columns', sql: 'CREATE VIEW active AS SELECT id FROM users', path: 'columns' },
      { name: 'options', sql: `CREATE VIEW active WITH (security_barrier) AS ${ACTIVE}`, path: 'options' },
      { name: 'a materialized view', sql: `CREATE MATERIALIZED VIEW active AS ${ACTIVE}`, path: 'kind' },
      { name: 'a table', sql: 'CREATE TABLE active (id integer, name text)', path: 'kind' },
      { name: 'an index', sql: 'CREATE INDEX active ON users (name)', path: 'kind' },
    ],
  },
  {
    operation: 'safeDropView',
    setup: `CREATE VIEW active AS ${ACTIVE};`,
    run: (g) => g.safeDropView('active'),
    down: `CREATE VIEW active AS ${ACTIVE}`,
    undo: (g) => g.safeCreateView('active', ACTIVE),
    halves: [],
    different: [{ name: 'a table', sql: 'DROP VIEW active; CREATE TABLE active (id integer)', path: 'kind' }],
  },
  {
    operation: 'safeDropView',
    variant: 'materialized',
    setup: `CREATE MATERIALIZED VIEW active AS ${ACTIVE};`,
    run: (g) => g.safeDropView('active'),
    down: `CREATE MATERIALIZED VIEW active AS ${ACTIVE}`,
    halves: [],
    different: [],
  },
  {
    operation: 'safeCreateSequence',
    run: (g) => g.safeCreateSequence('tickets', { as: 'integer', start: 100, increment: 10n, cache: 5, cycle: true }),
    down: 'DROP SEQUENCE tickets',
    undo: (g) => g.safeDropSequence('tickets'),
    halves: [],
    different: [
      { name: 'another type', sql: 'CREATE SEQUENCE tickets START 100 INCREMENT 10 CACHE 5 CYCLE', path: 'type' },
      { name: 'another step', sql: 'CREATE SEQUENCE tickets AS integer START 100 CACHE 5 CYCLE', path: 'increment' },
      { name: 'no cycle', sql: 'CREATE SEQUENCE tickets AS integer START 100 INCREMENT 10 CACHE 5', path: 'cycle' },
      { name: 'a table', sql: 'CREATE TABLE tickets (id integer)', path: 'kind' },
    ],
  },
  {
    operation: 'safeDropSequence',
    setup: 'CREATE SEQUENCE tickets;',
    run: (g) => g.safeDropSequence('tickets'),
    down: 'CREATE SEQUENCE tickets',
    undo: (g) => g.safeCreateSequence('tickets'),
    halves: [],
    different: [{ name: 'a table', sql: 'DROP SEQUENCE tickets; CREATE TABLE tickets (id integer)', path: 'kind' }],
  },
  {
    operation: 'safeGrant',
    run: (g) => g.safeGrant('users', ['select', 'update'], ['pg_monitor', 'public'], { columns: ['name', 'legacy'] }),
    down: 'REVOKE SELECT (name, legacy), UPDATE (name, legacy) ON users FROM pg_monitor, PUBLIC',
    undo: (g) => g.safeRevoke('users', ['select', 'update'], ['pg_monitor', 'public'], { columns: ['name', 'legacy'] }),
    halves: [
      { name: 'one of the roles', sql: 'GRANT SELECT (name, legacy), UPDATE (name, legacy) ON users TO pg_monitor' },
      { name: 'one of the columns', sql: 'GRANT SELECT (name), UPDATE (name) ON users TO pg_monitor, PUBLIC' },
      { name: 'one of the privileges', sql: 'GRANT SELECT (name, legacy) ON users TO pg_monitor, PUBLIC' },
    ],
    different: [],
  },
  {
    operation: 'safeRevoke',
    setup: 'GRANT SELECT, INSERT, UPDATE (name) ON users TO pg_monitor; GRANT SELECT ON users TO PUBLIC;',
    run: (g) => g.safeRevoke('users', ['insert', 'update'], 'pg_monitor'),
    down: 'GRANT INSERT, UPDATE (name) ON users TO pg_monitor',
    halves: [],
    different: [],
  },
];
