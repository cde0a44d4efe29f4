import { guard, type PrerequisiteError, type PrerequisiteRequest } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { majors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const TYPES = [
  ['integer', 'int'],
  ['bigint', 'int8'],
  ['character varying(100)', 'varchar(100)'],
  ['numeric(10,2)', 'decimal(10,2)'],
  ['timestamp(3) with time zone', 'timestamptz(3)'],
  ['boolean', 'bool'],
  ['integer[]', 'int4[]'],
  ['status', 'public.status'],
  ['email', 'email'],
  ['status[]', 'status[]'],
] as const;

const SETUP = `
  CREATE SCHEMA app;
  CREATE SCHEMA other;
  CREATE TYPE status AS ENUM ('open', 'closed');
  CREATE TYPE other.mood AS ENUM ('good');
  CREATE DOMAIN email AS varchar(320);
  CREATE TABLE users (
    id integer CONSTRAINT users_pkey PRIMARY KEY, organization_id bigint, email varchar(100), amount numeric(10,2),
    tags text[], status status, mail email, at timestamptz(3), flag boolean CONSTRAINT users_flag CHECK (flag));
  CREATE TABLE other.invoices (id integer PRIMARY KEY);
  CREATE INDEX users_email ON users (email);
  CREATE INDEX users_broken ON users (amount);
  UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_broken'::regclass;
  INSERT INTO users (id, email) VALUES (1, 'a'), (2, NULL), (3, NULL);`;

const MANY = `
  CREATE TYPE status AS ENUM ('open');
  CREATE DOMAIN email AS text;
  DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE 'CREATE TABLE table_' || i || ' (' ||
    (SELECT string_agg('column_' || n || ' ' || (ARRAY['${TYPES.map(([type]) => type).join("', '")}'])[n % 10 + 1], ', ') FROM generate_series(1, 20) n)
    || ')'; END LOOP; END $$;`;

describe('a thousand tables of twenty columns', () => {
  const db = useDatabase(MANY);
  const columns = Object.fromEntries(
    Array.from({ length: 1000 }, (_, t) => [
      `table_${t + 1}`,
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`column_${n + 1}`, TYPES[(n + 1) % 10]?.[1] as string])),
    ]),
  );

  test('are checked in one round trip, types and all', async () => {
    const client = await db.connect();
    const count = countQueries(client);
    const report = await guard(client).validatePrerequisites({ columns });
    expect(report).toMatchObject({ ok: true, checked: 20_000, warnings: [], roundTrips: 1 });
    expect(count.sent).toBe(1);
  });

  test('are checked in three at most, when something is missing in each', async () => {
    const client = await db.connect();
    const count = countQueries(client);
    const wrong = Object.fromEntries(
      Object.entries(columns).map(([table, list]) => [table, { ...list, column_1: 'uuid', absent: 'text' }]),
    );
    const error = await errorOf<PrerequisiteError>(
      guard(client).validatePrerequisites({ columns: wrong, tables: ['table_1001'], enums: { states: ['open'] } }),
    );
    expect(error).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(error.missing).toHaveLength(2 + 2 * 1000);
    expect(count.sent).toBeLessThanOrEqual(3);
  });
});

describe.each(majors)('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);
  const ask = async (request: PrerequisiteRequest): Promise<unknown> =>
    guard(await db.connect()).validatePrerequisites(request);
  const missing = async (request: PrerequisiteRequest): Promise<PrerequisiteError['missing']> =>
    (await errorOf<PrerequisiteError>(ask(request))).missing;

  test('what is there passes, and is counted', async () => {
    const report = await ask({
      migrationId: '0001',
      schemas: ['app', 'public'],
      tables: ['users', 'public.users', 'other.invoices'],
      columns: { users: { id: 'int', email: 'varchar(100)' }, 'other.invoices': ['id'] },
      indexes: ['users_email', 'public.users_pkey'],
      constraints: { users: ['users_pkey', 'users_flag'] },
      enums: { status: ['closed', 'open'], 'other.mood': [] },
      extensions: ['plpgsql'],
      privileges: { users: ['owner', 'select', 'insert', 'update', 'delete'] },
      serverVersion: '>=13',
      noRowsWhere: { users: 'id > 100' },
    });
    expect(report).toMatchObject({ ok: true, checked: 21, warnings: [], roundTrips: 1 });
  });

  test('everything that is missing stands in one error', async () => {
    const client = await db.connect();
    const request: PrerequisiteRequest = {
      migrationId: '0042_invoices',
      schemas: ['ap', 'nothing_like_it'],
      tables: ['user', 'invoices', 'nothing_like_it'],
      columns: {
        users: { organisation_id: 'bigint', email: 'varchar(50)', amount: 'numeric(12,2)', tags: 'text' },
        gone: ['a', 'b'],
      },
      indexes: ['users_broken', 'users_emails'],
      constraints: { users: ['users_flags'] },
      enums: { status: ['open', 'close'], statuses: ['open'], mood: ['good'] },
      extensions: ['postgis'],
      privileges: { users: ['select'] },
      serverVersion: '99.1',
      noRowsWhere: { users: 'email IS NULL' },
      migrations: ['0041_users'],
    };
    const error = await errorOf<PrerequisiteError>(guard(client).validatePrerequisites(request));
    expect(error).toMatchObject({ code: 'HF_PREREQUISITE', target: '0042_invoices', left: 'Nothing was changed.' });
    const [version, role] = [
      await one<string>(client, 'SHOW server_version'),
      await one<string>(client, 'SELECT current_user'),
    ];
    expect(error.message.replaceAll(version, '18.0').replace(`role ${role}`, 'role deployer')).toMatchInlineSnapshot(`
      "validatePrerequisites: 0042_invoices: 20 prerequisites are missing (PostgreSQL 18.0, role deployer, search_path "$user", public):
        - PostgreSQL 99.1 or later is needed, this is 18.0
        - schema ap does not exist (there is app)
        - schema nothing_like_it does not exist
        - extension postgis does not exist
        - table user does not exist (there is public.users)
        - table invoices does not exist (there is other.invoices, outside of search_path "$user", public)
        - table nothing_like_it does not exist
        - table gone does not exist
        - column users.organisation_id does not exist (there is organization_id)
        - column users.email is character varying(100), not varchar(50)
        - column users.amount is numeric(10,2), not numeric(12,2)
        - column users.tags is text[], not text
        - constraint users_flags of users does not exist (there is users_flag)
        - index users_broken is INVALID: its build has failed
        - index users_emails does not exist (there is public.users_email)
        - enum type status has no value 'close' (there is closed)
        - enum type statuses does not exist (there is public.status)
        - enum type mood does not exist (there is other.mood)
        - migration 0041_users is not recorded: there is no table of finished migrations
        - 2 rows of public.users where email IS NULL:
            {"id":2,"organization_id":null,"email":null,"amount":null,"tags":null,"status":null,"mail":null,"at":null,"flag":null}
            {"id":3,"organization_id":null,"email":null,"amount":null,"tags":null,"status":null,"mail":null,"at":null,"flag":null}
      Nothing was changed.
      What to do:
        1. See which migrations have run:
             psql -c "\\d"   # or the status command of your runner
        2. If earlier ones are pending, run them:
             the command of your runner that applies pending migrations
        3. If they have run and the objects are still missing, write a migration that adds what is listed above:
             the command of your runner that makes a new migration"
    `);
  });

  test('the transaction goes on after it', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const g = guard(client);
    await errorOf(g.validatePrerequisites({ tables: ['nowhere'], columns: { users: { id: 'no_such_type' } } }));
    expect(await g.tableExists('users')).toBe(true);
    await client.query('COMMIT');
  });

  test.each([
    ['id', ['int', 'integer', 'int4', 'INTEGER', ' pg_catalog.int4 ']],
    ['organization_id', ['bigint', 'int8']],
    ['email', ['varchar(100)', 'character varying ( 100 )']],
    ['amount', ['numeric(10,2)', 'decimal(10, 2)', 'dec(10,2)']],
    ['tags', ['text[]', 'text ARRAY', 'text[3][3]']],
    ['status', ['status', 'public.status', '"status"', 'STATUS']],
    ['mail', ['email', 'public.email']],
    ['at', ['timestamptz(3)', 'timestamp(3) with time zone']],
    ['flag', ['bool', 'boolean']],
  ])('every spelling of the type of %s is the same type', async (column, spellings) => {
    for (const type of spellings)
      expect(await ask({ columns: { users: { [column]: type } } })).toMatchObject({ ok: true });
  });

  test.each([
    ['id', 'bigint', 'integer'],
    ['email', 'varchar', 'character varying(100)'],
    ['email', 'varchar(99)', 'character varying(100)'],
    ['email', 'text', 'character varying(100)'],
    ['amount', 'numeric', 'numeric(10,2)'],
    ['tags', 'text', 'text[]'],
    ['status', 'status[]', 'status'],
    ['mail', 'varchar(320)', 'email'],
    ['at', 'timestamptz', 'timestamp(3) with time zone'],
    ['at', 'timestamp(3)', 'timestamp(3) with time zone'],
    ['flag', 'no_such_type', 'boolean'],
    ['status', 'other.mood', 'status'],
  ])('%s is no %s', async (column, type, found) => {
    expect(await missing({ columns: { users: { [column]: type } } })).toEqual([
      {
        kind: 'column',
        name: `users.${column}`,
        problem: `column users.${column} is ${found}, not ${type}`,
        nearMisses: [],
      },
    ]);
  });

  test.each<[PrerequisiteRequest, string[]]>([
    [{ columns: { users: ['organisation_id'] } }, ['organization_id']],
    [{ columns: { users: ['emial'] } }, ['email']],
    [{ columns: { users: ['Email'] } }, ['email', 'mail']],
    [{ tables: ['user'] }, ['public.users']],
    [{ tables: ['invoices'] }, ['other.invoices, outside of search_path "$user", public']],
    [{ tables: ['public.invoices'] }, ['other.invoices']],
    [{ tables: ['completely_different'] }, []],
    [{ enums: { state: ['open'] } }, ['public.status']],
    [{ enums: { mood: ['good'] } }, ['other.mood']],
    [{ enums: { status: ['opened'] } }, ['open']],
    [{ constraints: { users: ['user_flag'] } }, ['users_flag']],
    [{ indexes: ['user_email'] }, ['public.users_email']],
    [{ schemas: ['apps'] }, ['app']],
  ])('near misses are named: %j', async (request, near) => {
    const [first, ...rest] = await missing(request);
    expect(rest).toEqual([]);
    expect(first?.nearMisses).toEqual(near);
  });

  test('optional columns only warn', async () => {
    const optionalColumns = { users: { id: 'bigint', nickname: 'text', email: 'varchar(100)' }, nowhere: ['a'] };
    expect(await ask({ tables: ['users'], optionalColumns })).toMatchObject({
      ok: true,
      warnings: ['column users.id is integer, not bigint', 'column users.nickname does not exist'],
    });
  });

  test.each([
    ['13', true],
    ['>=13.0', true],
    [String(major), true],
    [`${major + 1}`, false],
    [`>= ${major}.999`, false],
  ])('the server may be asked to be %s', async (serverVersion, ok) => {
    if (ok) expect(await ask({ serverVersion })).toMatchObject({ ok: true });
    else expect(await missing({ serverVersion })).toMatchObject([{ kind: 'server version', name: serverVersion }]);
  });

  test('rows in the way are counted and shown', async () => {
    const [found] = await missing({ noRowsWhere: { users: 'email IS NULL OR email = $$a$$' } });
    expect(found).toMatchObject({ kind: 'rows', name: 'users' });
    expect(found?.problem).toContain('3 rows of public.users where email IS NULL OR email = $$a$$:\n      {"id":1,');
  });

  test('a condition that cannot be asked is reported with the others, and the transaction goes on', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const request = { tables: ['nope'], columns: { users: ['state'] }, noRowsWhere: { users: 'state IS NULL' } };
    const error = await errorOf<PrerequisiteError>(guard(client).validatePrerequisites(request));
    expect(error.missing.map(({ problem }) => problem)).toEqual([
      'table nope does not exist',
      'column users.state does not exist',
      'rows of public.users where state IS NULL cannot be looked for: column "state" does not exist (SQLSTATE 42703)',
    ]);
    expect(await guard(client).validatePrerequisites({ tables: ['users'] })).toMatchObject({ ok: true });
    await client.query('ROLLBACK');
  });

  test('rows that the role cannot see are not taken for none', async () => {
    const client = await db.connect();
    const role = `watcher_${process.pid}`;
    await client.query(`CREATE ROLE ${role};
      CREATE TABLE watched (id integer, v integer); INSERT INTO watched VALUES (1, 5);
      ALTER TABLE watched ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON watched USING (v <> 5);
      CREATE TABLE locked_up (id integer); GRANT SELECT ON watched TO ${role}; SET ROLE ${role}`);
    try {
      const request = { tables: ['nope'], noRowsWhere: { watched: 'v = 5', locked_up: 'id < 0' } };
      const error = await errorOf<PrerequisiteError>(guard(client).validatePrerequisites(request));
      expect(error.missing.map(({ problem }) => problem)).toEqual([
        'table nope does not exist',
        expect.stringContaining(
          'rows of public.watched where v = 5 cannot be looked for: row level security is active',
        ),
        `rows of public.locked_up where id < 0 cannot be looked for: role ${role} has no SELECT on the table`,
      ]);
    } finally {
      await client.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  test('a schema of the guard stands for names without one', async () => {
    const client = await db.connect();
    const g = guard(client, { schema: 'other' });
    expect(await g.validatePrerequisites({ tables: ['invoices'], enums: { mood: ['good'] } })).toMatchObject({
      ok: true,
    });
    const error = await errorOf<PrerequisiteError>(g.validatePrerequisites({ tables: ['users'] }));
    expect(error.missing).toMatchObject([{ name: 'other.users', nearMisses: ['public.users'] }]);
  });
});

describe('mistakes in the request', () => {
  const db = useDatabase();

  test.each([
    [{ table: ['users'] }, 'table: no such kind of prerequisite'],
    [{ tables: 'users' }, 'tables: must be a list of names'],
    [{ tables: [''] }, 'tables: must be a list of names'],
    [{ tables: ['a.b.c'] }, 'a.b.c'],
    [{ columns: ['users'] }, 'columns: must be an object by table or type'],
    [{ columns: { users: 'id' } }, 'columns.users'],
    [{ columns: { users: [5] } }, 'columns.users'],
    [{ columns: { users: { id: 5 } } }, 'columns.users'],
    [{ columns: { users: { id: 'integer unsigned' } } }, 'integer unsigned'],
    [{ columns: { users: { id: 'int; drop table users' } } }, 'int; drop table users'],
    [{ columns: { users: { id: 'int, pg_sleep(10)' } } }, 'int, pg_sleep(10)'],
    [{ enums: { status: 'open' } }, 'enums.status'],
    [{ constraints: { users: 'pkey' } }, 'constraints.users'],
    [{ privileges: { users: ['truncate'] } }, 'privileges.users'],
    [{ noRowsWhere: { users: '' } }, 'noRowsWhere.users'],
    [{ serverVersion: 'fourteen' }, 'serverVersion'],
    [{ serverVersion: 14 }, 'serverVersion: must be a string'],
    [{ migrationId: 5 }, 'migrationId'],
    [null, 'must be an object'],
    ['users', 'must be an object'],
  ])('are refused before anything is sent: %j', async (request, said) => {
    const client = await db.connect();
    const count = countQueries(client);
    const error = await errorOf(guard(client).validatePrerequisites(request as PrerequisiteRequest));
    expect(error).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(error.message).toContain(said);
    expect(count.sent).toBe(0);
  });

  test('are named all at once', async () => {
    const request = { table: [], tables: 'users', columns: [], serverVersion: 'new' } as unknown as PrerequisiteRequest;
    const error = await errorOf(guard(await db.connect()).validatePrerequisites(request));
    expect(error.message).toMatchInlineSnapshot(`
      "validatePrerequisites: 
        - table: no such kind of prerequisite
        - tables: must be a list of names
        - columns: must be an object by table or type
        - serverVersion: new is not of the form '14', '14.2' or '>=14'
      Nothing was changed.
      Correct these prerequisites."
    `);
  });
});
