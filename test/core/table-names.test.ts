/** A table under two names: what the view that stands in for it is told by, what it takes over, and what is refused. */
import { randomBytes } from 'node:crypto';
import { type GuardOptions, guard, type HoldfastError, type Outcome } from '@holdfast/core';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { availableMajors, majors } from '../support/server.js';
import { codeOf, waits } from '../traps/support.js';
import { errorOf, one, useDatabase } from './support.js';

const chosen = [...new Set([...majors, ...availableMajors([15, 18])])];

// Roles belong to the whole server, so each run has its own.
const run = randomBytes(6).toString('hex');
const [owner, app, other] = [`hf_owner_${run}`, `hf_app_${run}`, `hf_other_${run}`];

const SETUP = `
  DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
  CREATE TABLE app.users (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'nobody', gone text,
    mail varchar(50) UNIQUE, upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
  ALTER TABLE app.users DROP COLUMN gone;
  INSERT INTO app.users (name, mail) VALUES ('a', 'a@x'), ('b', 'b@x');`;

const ACL = `SELECT coalesce(json_agg(x ORDER BY x), '[]') FROM (
  SELECT format('%s %s%s', e.grantee::regrole, e.privilege_type, CASE WHEN e.is_grantable THEN '*' END) AS x
    FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) e WHERE c.oid = $1::regclass
  UNION ALL SELECT format('%s %s(%s)', e.grantee::regrole, e.privilege_type, a.attname) FROM pg_attribute a, aclexplode(a.attacl) e WHERE a.attrelid = $1::regclass) x`;

describe.each(chosen)('PostgreSQL %i', (major) => {
  const db = useDatabase(`CREATE ROLE ${owner}; CREATE ROLE ${app}; CREATE ROLE ${other}`, major);
  beforeEach(() => db.run(SETUP));
  afterAll(() => db.run(`DROP OWNED BY ${owner}, ${app}, ${other} CASCADE; DROP ROLE ${owner}, ${app}, ${other}`));

  async function asApp(): Promise<pg.Client> {
    const client = await db.connect();
    await client.query(`SET ROLE ${app}`);
    return client;
  }

  const expand = (client: pg.Client, options?: GuardOptions): Promise<Outcome> =>
    guard(client, options).safeExpandTableRename('app.users', 'people');
  const back = (client: pg.Client): Promise<Outcome> => guard(client).safeExpandTableRename('app.people', 'users');
  const contract = (client: pg.Client): Promise<Outcome> =>
    guard(client).safeContractTableRename('app.users', 'people');

  test('what the old name can still do, and what it cannot', async () => {
    const client = await db.connect();
    await client.query(`CREATE FUNCTION app.add() RETURNS integer LANGUAGE plpgsql AS
      $$ DECLARE r app.users%ROWTYPE; BEGIN INSERT INTO app.users DEFAULT VALUES RETURNING * INTO r; RETURN r.id; END $$`);
    expect(await one(client, 'SELECT app.add()')).toBe(3);
    await expand(client);
    expect(await one(client, 'SELECT app.add()')).toBe(4);
    const works = [
      "INSERT INTO app.users (name, mail) VALUES (DEFAULT, 'c@x') RETURNING id, name, upper_name",
      "INSERT INTO app.users (mail) VALUES ('c@x') ON CONFLICT (mail) DO UPDATE SET name = 'c' RETURNING name",
      "INSERT INTO app.users (mail) VALUES ('c@x') ON CONFLICT DO NOTHING",
      "INSERT INTO app.users (id, name) OVERRIDING SYSTEM VALUE VALUES (100, 'd')",
      "UPDATE app.users SET name = 'e' FROM app.people p WHERE p.id = users.id AND users.id = 100 RETURNING users.upper_name",
      'SELECT * FROM app.users WHERE id = 100 FOR UPDATE',
      'SELECT * FROM app.users WHERE id = 100 FOR NO KEY UPDATE SKIP LOCKED',
      'LOCK TABLE app.users IN ROW EXCLUSIVE MODE',
      'COPY (SELECT * FROM app.users) TO STDOUT',
      'DELETE FROM app.users WHERE id = 100 RETURNING *',
      'CREATE VIEW app.v AS SELECT name FROM app.users',
    ];
    for (const sql of works) {
      await client.query('BEGIN');
      await client.query(sql);
      await client.query('COMMIT');
    }
    const fails = {
      'COPY app.users TO STDOUT': '42809',
      'COPY app.users (name) FROM STDIN': '42809',
      'TRUNCATE app.users': '42809',
      'SELECT ctid FROM app.users': '42703',
      'SELECT id, name FROM app.users GROUP BY id': '42803',
      "INSERT INTO app.users (mail) VALUES ('c@x') ON CONFLICT ON CONSTRAINT users_mail_key DO NOTHING": '42704',
      'CREATE INDEX ON app.users (name)': '42809',
      'CREATE TABLE app.notes (user_id integer REFERENCES app.users (id))': '42809',
    };
    for (const [sql, code] of Object.entries(fails))
      expect([sql, await codeOf(client.query(sql))]).toEqual([sql, code]);
  });

  test('the view has the owner and the grants of the table, and gets those that come later', async () => {
    const client = await db.connect();
    await client.query(`GRANT ALL ON SCHEMA app TO ${owner}; GRANT USAGE ON SCHEMA app TO ${app}; ALTER TABLE app.users OWNER TO ${owner};
      GRANT SELECT, UPDATE (name) ON app.users TO ${app}; GRANT INSERT ON app.users TO ${other} WITH GRANT OPTION;
      REVOKE TRUNCATE ON app.users FROM ${owner};
      ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON TABLES TO ${other}; ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO PUBLIC`);
    const wanted = await one(client, ACL, ['app.users']);
    await expand(client);
    expect(await one(client, ACL, ['app.users'])).toEqual(wanted);
    expect(await one(client, ACL, ['app.people'])).toEqual(wanted);
    expect(await one(client, "SELECT relowner::regrole::text FROM pg_class WHERE oid = 'app.users'::regclass")).toBe(
      owner,
    );
    const user = await asApp();
    await user.query("SELECT name FROM app.users; UPDATE app.users SET name = 'z' WHERE id = 1");
    expect(await codeOf(user.query('SELECT * FROM app.users; DELETE FROM app.users'))).toBe('42501');

    await client.query(`GRANT DELETE ON app.people TO ${app}; GRANT SELECT ON app.people TO PUBLIC`);
    const later = await expand(client);
    expect(later).toMatchObject({ status: 'repaired' });
    expect(later.steps.map((step) => step.sql)).toEqual([
      `GRANT DELETE ON "app"."users" TO ${app};\nGRANT SELECT ON "app"."users" TO PUBLIC`,
    ]);
    expect(await one(client, ACL, ['app.users'])).toEqual(await one(client, ACL, ['app.people']));
    await client.query('ALTER TABLE app.people OWNER TO CURRENT_USER');
    expect(await expand(client)).toMatchObject({ status: 'repaired' });
    expect(await expand(client)).toMatchObject({ status: 'unchanged' });

    await client.query(`GRANT TRUNCATE ON app.users TO ${other}`);
    const lost = await errorOf<HoldfastError>(back(client));
    expect(lost).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(lost.hint).toContain(`GRANT TRUNCATE ON "app"."people" TO ${other};`);
    await client.query(`GRANT TRUNCATE ON "app"."people" TO ${other}`);
    expect(await back(client)).toMatchObject({ status: 'applied' });
    expect(await one(client, ACL, ['app.users'])).toEqual(await one(client, ACL, ['app.people']));
    await client.query(
      `ALTER DEFAULT PRIVILEGES REVOKE DELETE ON TABLES FROM PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE ALL ON TABLES FROM ${other}`,
    );
  });

  test('an owner who is no superuser can do all of it', async () => {
    await db.run(`GRANT ALL ON SCHEMA app TO ${app}; ALTER TABLE app.users OWNER TO ${app}`);
    const client = await asApp();
    for (const call of [expand, back, expand, contract, expand]) {
      expect(await call(client)).toMatchObject({ status: 'applied' });
      expect(await call(client)).toMatchObject({ status: 'unchanged' });
    }
  });

  test('row level security holds for the old name, or the table is not expanded', async () => {
    const client = await db.connect();
    await client.query(`GRANT USAGE ON SCHEMA app TO ${app}; GRANT SELECT ON app.users TO ${app};
      ALTER TABLE app.users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.users USING (name = 'a')`);
    if (major < 15) {
      expect(await errorOf(expand(client))).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
      return;
    }
    await expand(client);
    const user = await asApp();
    expect(await one(user, 'SELECT count(*)::int FROM app.users')).toBe(1);
    await client.query('ALTER VIEW app.users SET (security_invoker = off)');
    expect(await one(user, 'SELECT count(*)::int FROM app.users')).toBe(2);
    expect(await expand(client)).toMatchObject({ status: 'repaired' });
    expect(await one(user, 'SELECT count(*)::int FROM app.users')).toBe(1);
  });

  test('columns that the table got later come into the view, and nothing is lost on the way back', async () => {
    const client = await db.connect();
    await expand(client);
    await client.query('ALTER TABLE app.people ADD COLUMN "a, \n b" text DEFAULT \'x\'');
    expect(await codeOf(client.query('SELECT "a, \n b" FROM app.users'))).toBe('42703');
    expect(await expand(client)).toMatchObject({
      status: 'repaired',
      steps: [{ locks: [{ on: 'app.users', mode: 'AccessExclusiveLock' }] }],
    });
    expect(await expand(client)).toMatchObject({ status: 'unchanged' });
    expect(await one(client, 'SELECT "a, \n b" FROM app.users')).toBe('x');
    await client.query('ALTER TABLE app.people ADD COLUMN more integer DEFAULT 7');
    expect(await back(client)).toMatchObject({ status: 'applied' });
    expect(await one(client, 'SELECT more FROM app.people')).toBe(7);
  });

  test('a renamed column makes it another view: neither repaired nor dropped', async () => {
    const client = await db.connect();
    await expand(client);
    await client.query('ALTER TABLE app.people RENAME COLUMN name TO title');
    for (const call of [expand, contract])
      expect(await errorOf(call(client))).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'view' }] });
  });

  test.each([
    ['ALTER VIEW app.users SET (security_barrier = true)', 'security_barrier=true'],
    ['ALTER VIEW app.users SET (check_option = local)', 'check_option=local'],
    ["ALTER VIEW app.users ALTER name SET DEFAULT 'x'", 'a default of name'],
    ['CREATE RULE r AS ON DELETE TO app.users DO INSTEAD NOTHING', 'rule r'],
    [
      'CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t INSTEAD OF INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION app.f()',
      'trigger t',
    ],
  ])('a view with more to it is left alone: %s', async (sql, found) => {
    const client = await db.connect();
    await expand(client);
    await client.query(sql);
    for (const call of [expand, contract, back])
      expect(await errorOf(call(client))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'view', found: `a view with ${found}` }],
      });
  });

  test('what depends on the view is named, and keeps it', async () => {
    const client = await db.connect();
    await expand(client);
    await client.query('CREATE VIEW app.first_users AS SELECT id FROM app.users');
    for (const call of [back, contract])
      expect(await errorOf(call(client))).toMatchObject({
        code: 'HF_DEPENDENCY',
        dependents: ['view app.first_users'],
        left: 'Nothing was changed.',
      });
    expect(await expand(client)).toMatchObject({ status: 'unchanged' });
  });

  test('views on the table follow it, and so do foreign keys, triggers and policies', async () => {
    const client = await db.connect();
    await client.query(`CREATE VIEW app.names AS SELECT name FROM app.users; CREATE TABLE app.notes (user_id integer REFERENCES app.users (id));
      CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION app.f()`);
    await expand(client);
    expect(await one(client, "INSERT INTO app.users (name) VALUES ('c') RETURNING name")).toBe('c!');
    expect(await one(client, 'SELECT count(*)::int FROM app.names')).toBe(3);
    expect(await codeOf(client.query('INSERT INTO app.notes VALUES (77)'))).toBe('23503');
    expect(await back(client)).toMatchObject({ status: 'applied' });
    expect(await one(client, 'SELECT count(*)::int FROM app.names')).toBe(3);
  });

  test('a partitioned table, and one whose name and columns need quotes', async () => {
    const client = await db.connect();
    const [from, to] = [`Old "${'n'.repeat(60)}`, 'new.name'];
    await client.query(`CREATE TABLE app.${pg.escapeIdentifier(from)} ("Id" integer, "a ""b" text) PARTITION BY RANGE ("Id");
      CREATE TABLE app.part PARTITION OF app.${pg.escapeIdentifier(from)} FOR VALUES FROM (0) TO (10)`);
    const g = guard(client);
    const names = [
      { schema: 'app', name: from },
      { schema: 'app', name: to },
    ] as const;
    for (const [old, now] of [names, [names[1], names[0]], names] as const) {
      expect(await g.safeExpandTableRename(old, now)).toMatchObject({ status: 'applied' });
      expect(await g.safeExpandTableRename(old, now)).toMatchObject({ status: 'unchanged' });
      for (const name of [from, to]) await client.query(`INSERT INTO app.${pg.escapeIdentifier(name)} VALUES (1, 'x')`);
    }
    expect(await one(client, 'SELECT count(*)::int FROM app.part')).toBe(6);
    expect(await g.safeContractTableRename(...names)).toMatchObject({ status: 'applied' });
    expect(await g.safeContractTableRename(...names)).toMatchObject({ status: 'unchanged' });
  });

  test.each([
    ['CREATE TABLE app.kids () INHERITS (app.users)', 'table app.kids inherits from it: for a view ONLY means nothing'],
    [
      `CREATE SUBSCRIPTION s CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, enabled = false, create_slot = false, slot_name = NONE);
      SET allow_system_table_mods = on; INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
        SELECT oid, 'app.users'::regclass, 'r' FROM pg_subscription WHERE subname = 's'`,
      'a subscription: its rows come in under the old name',
    ],
    ['CREATE PUBLICATION p FOR TABLE app.users', 'publication p: subscribers get the rows under the new name'],
    [
      "CREATE FUNCTION app.label(u app.users) RETURNS text LANGUAGE sql AS 'SELECT u.name'",
      'function app.label(app.users) takes a row of the table',
    ],
  ])('what does not work through a view needs a reason: %s', async (sql, line) => {
    const client = await db.connect();
    await client.query(sql);
    const error = await errorOf<HoldfastError>(expand(client));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.happened).toContain(line);
    expect(await guard(client).safeExpandTableRename('app.users', 'people', { allow: 'looked at' })).toMatchObject({
      status: 'applied',
    });
    expect(await expand(client)).toMatchObject({ status: 'unchanged' });
    await client.query('DROP PUBLICATION IF EXISTS p');
    await client.query('DROP SUBSCRIPTION IF EXISTS s');
  });

  test('ONLY means nothing for a view: why tables that inherit need a reason', async () => {
    const client = await db.connect();
    await client.query(
      "CREATE TABLE app.kids () INHERITS (app.users); INSERT INTO app.kids (id, name) VALUES (9, 'kid')",
    );
    expect(await one(client, 'SELECT count(*)::int FROM ONLY app.users')).toBe(2);
    await guard(client).safeExpandTableRename('app.users', 'people', { allow: 'to see' });
    expect(await one(client, 'SELECT count(*)::int FROM ONLY app.users')).toBe(3);
  });

  test.each([
    ['CREATE TABLE app.people (id integer)', 'HF_MISMATCH', 'tables: expected'],
    ['CREATE VIEW app.people AS SELECT id FROM app.users', 'HF_APPLIED', ''],
    ['CREATE VIEW app.people AS SELECT 1 AS id', 'HF_MISMATCH', 'view: expected'],
    ['CREATE SEQUENCE app.people', 'HF_REFUSED', 'the name people is taken in that schema by sequence app.people'],
    [
      "CREATE TYPE app.people AS ENUM ('a')",
      'HF_REFUSED',
      'the name people is taken in that schema by type app.people',
    ],
    [
      "ALTER TABLE app.users RENAME TO people; CREATE TYPE app.users AS ENUM ('a')",
      'HF_REFUSED',
      'the name users is taken in that schema by type app.users',
    ],
    [
      'ALTER TABLE app.users RENAME TO people; CREATE SEQUENCE app.users',
      'HF_REFUSED',
      'users is the name of sequence app.users, not of a table',
    ],
    [
      'ALTER TABLE app.users RENAME TO people; CREATE MATERIALIZED VIEW app.users AS SELECT * FROM app.people',
      'HF_REFUSED',
      'users is the name of materialized view app.users',
    ],
    ['DROP TABLE app.users', 'HF_PREREQUISITE', 'app.users'],
    ['DROP TABLE app.users; CREATE VIEW app.users AS SELECT 1 AS id', 'HF_PREREQUISITE', 'app.people'],
    [
      'CREATE TABLE app.none (); DROP TABLE app.users; ALTER TABLE app.none RENAME TO users',
      'HF_REFUSED',
      'the table has no columns',
    ],
  ])('what may stand under the names: %s', async (sql, code, message) => {
    const client = await db.connect();
    await client.query(sql);
    if (code === 'HF_APPLIED') {
      expect(await expand(client)).toMatchObject({ status: 'applied' });
      return;
    }
    const error = await errorOf<HoldfastError>(expand(client));
    expect(error).toMatchObject({ code, left: 'Nothing was changed.' });
    expect(error.message).toContain(message);
  });

  test.each([
    ['SELECT 1', 'HF_REFUSED', "await g.safeExpandTableRename('app.users', 'people');"],
    ['CREATE TABLE app.people (id integer)', 'HF_REFUSED', 'it is table app.users'],
    ['CREATE VIEW app.people AS TABLE app.users', 'HF_REFUSED', 'it is table app.users'],
    ['ALTER TABLE app.users RENAME TO people; CREATE SEQUENCE app.users', 'HF_REFUSED', 'it is sequence app.users'],
    ['DROP TABLE app.users; CREATE VIEW app.users AS SELECT 1 AS id', 'HF_PREREQUISITE', 'app.people'],
    ['DROP TABLE app.users', 'HF_PREREQUISITE', 'app.people'],
  ])('what is not contracted: %s', async (sql, code, message) => {
    const client = await db.connect();
    await client.query(sql);
    const error = await errorOf<HoldfastError>(contract(client));
    expect(error).toMatchObject({ code, left: 'Nothing was changed.' });
    expect(error.message).toContain(message);
  });

  test('a column that comes in between the look and the lock is in the view', async () => {
    const [client, rival, watcher] = [await db.connect(), await db.connect(), await db.connect()];
    await rival.query('BEGIN; ALTER TABLE app.users ADD COLUMN late text');
    const expanding = expand(client, { lockTimeoutMs: 20_000 });
    await waits(watcher, pidOf(client));
    await rival.query('COMMIT');
    expect(await expanding).toMatchObject({ status: 'applied' });
    expect(await one(client, 'SELECT count(late)::int FROM app.users')).toBe(0);
    expect(await expand(client)).toMatchObject({ status: 'unchanged' });
  });

  test('two that do it at once both succeed', async () => {
    const [first, second, holder, watcher] = [
      await db.connect(),
      await db.connect(),
      await db.connect(),
      await db.connect(),
    ];
    await holder.query('BEGIN; LOCK TABLE app.users IN ACCESS SHARE MODE');
    const both = Promise.all([first, second].map((client) => expand(client, { lockTimeoutMs: 20_000 })));
    for (const client of [first, second]) await waits(watcher, pidOf(client), 'relation');
    await holder.query('COMMIT');
    expect((await both).map((outcome) => outcome.status).sort()).toEqual(['applied', 'unchanged']);
  });
});
