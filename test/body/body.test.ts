/** What a body sends on a bare client: messages of several statements, rows beside the schema, errors, and what is left behind. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Guard, guard, HoldfastError } from '@holdfast/core';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Body } from '../../packages/core/src/body/body.js';
import { runBody } from '../../packages/core/src/body/run-body.js';
import { resolveOptions } from '../../packages/core/src/options.js';
import type { Session } from '../../packages/core/src/session.js';
import { pgSession } from '../../packages/core/src/session-pg.js';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';

let database: Database;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase(serverFor());
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    'CREATE TABLE users (id integer PRIMARY KEY, n integer NOT NULL DEFAULT 0); INSERT INTO users SELECT generate_series(1, 3)',
  );
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

interface Ran {
  readonly statuses: readonly string[];
  readonly error: Record<string, unknown> | undefined;
}

/** Runs a body on the client, and takes the tap off. */
async function run(up: (client: pg.Client) => Promise<unknown>, { sure = false } = {}): Promise<Ran> {
  const body = new Body(
    pgSession(client) as unknown as Session,
    resolveOptions({ lockTimeoutMs: 200, lockRetries: 0 }),
  );
  body.begin({ sure, record: null, anyway: false });
  const end = body.attach(client);
  try {
    await runBody(body, () => up(client));
    return { statuses: body.report().outcomes.map(({ status }) => status), error: undefined };
  } catch (error) {
    return {
      statuses: body.report().outcomes.map(({ status }) => status),
      error: error as Record<string, unknown>,
    };
  } finally {
    end();
  }
}

const send =
  (...texts: readonly string[]) =>
  async (on: pg.Client): Promise<void> => {
    for (const text of texts) await on.query(text);
  };

const columns = async (): Promise<string> => {
  const { rows } = await client.query<{ all: string }>(
    `SELECT string_agg(attname, ',' ORDER BY attnum) AS all FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  return rows[0]?.all ?? '';
};
const sum = async (): Promise<number> =>
  (await client.query<{ n: number }>('SELECT sum(n)::int AS n FROM users')).rows[0]?.n ?? -1;

test('several statements in one message are all or nothing, and those taken back are not reported', async () => {
  const { statuses, error } = await run(
    send(
      'ALTER TABLE users ADD a integer',
      'ALTER TABLE users ADD b integer; UPDATE users SET n = 1; ALTER TABLE users ADD c nosuchtype',
    ),
  );
  expect(error).toMatchObject({ code: 'HF_FAILED', cause: { code: '42704' } });
  expect(error?.['left']).toBe(
    'Done before it, and committed unless the migration has taken it back itself:\n  ALTER TABLE users ADD a integer',
  );
  expect(statuses).toEqual(['applied']);
  expect(await columns()).toBe('id,n,a');
  expect(await sum()).toBe(0);
  const again = await run(send('ALTER TABLE users ADD a integer; ALTER TABLE users ADD b integer'));
  expect(again.statuses).toEqual(['unchanged', 'applied']);
});

test('in the transaction of the host it says that nothing stays', async () => {
  await client.query('BEGIN');
  const { error } = await run(send('ALTER TABLE users ADD a integer', 'ALTER TABLE users ADD b nosuchtype'));
  await client.query('ROLLBACK');
  expect(error).toMatchObject({ left: "Nothing of it stays: the runner rolls the migration's transaction back." });
});

test('rows behind statements that were done before are not written again', async () => {
  const body = send('ALTER TABLE users ADD a integer', 'UPDATE users SET n = n + 1');
  expect((await run(body)).error).toBeUndefined();
  const { error } = await run(body);
  expect(error).toMatchObject({ code: 'HF_REFUSED' });
  expect(await sum()).toBe(3);
});

test('clauses that set the same stay together, whatever order the server takes them in', async () => {
  const body = send('ALTER TABLE users ALTER n SET DEFAULT 7, ALTER n DROP DEFAULT, ADD a integer');
  const defaults = async () =>
    (
      await client.query(
        "SELECT column_name || ' ' || column_default AS is FROM information_schema.columns WHERE table_name = 'users'",
      )
    ).rows;
  expect((await run(body)).error).toBeUndefined();
  const first = await defaults();
  expect(first).toContainEqual({ is: 'n 7' });
  expect((await run(body)).error).toBeUndefined();
  expect(await defaults()).toEqual(first);
});

test('a key without a name stands beside another one that has the name it would get, once something was to do', async () => {
  await client.query(
    'CREATE TABLE one (id integer PRIMARY KEY); CREATE TABLE two (id integer PRIMARY KEY); ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES one NOT VALID, ADD UNIQUE (id, n)',
  );
  const keys = [
    'ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES two (id) NOT VALID',
    'ALTER TABLE users ADD UNIQUE (id, n) DEFERRABLE',
  ];
  for (const key of keys)
    expect((await run(send(key))).error).toMatchObject({
      code: 'HF_MISMATCH',
      hint: expect.stringContaining('If both are wanted, give this one a name.'),
    });
  expect(await run(send('ALTER TABLE users ADD a integer', ...keys))).toEqual({
    statuses: ['applied', 'applied', 'applied'],
    error: undefined,
  });
  const { rows } = await client.query(
    "SELECT conname AS name, contype AS type FROM pg_constraint WHERE conrelid = 'users'::regclass AND contype IN ('f', 'u') ORDER BY 1",
  );
  expect(rows.map(({ name }) => name)).toEqual(['users_id_n_key', 'users_id_n_key1', 'users_n_fkey', 'users_n_fkey1']);
});

test('a grant on all tables does not reach those that came behind it', async () => {
  await client.query('CREATE SCHEMA app; CREATE TABLE app.old (id integer); CREATE TABLE moved (id integer)');
  const readable = async () =>
    (
      await client.query(
        "SELECT table_name AS is FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'app' ORDER BY 1",
      )
    ).rows.map(({ is }) => is);
  const grants = 'GRANT SELECT ON ALL TABLES IN SCHEMA app TO PUBLIC';
  for (const statements of [
    ['CREATE TABLE app.first (id integer)', grants, 'CREATE TABLE app.secret (id integer)'],
    [grants, 'ALTER TABLE moved SET SCHEMA app'],
  ]) {
    expect((await run(send(...statements))).error).toBeUndefined();
    const before = await readable();
    await client.query('BEGIN');
    const { error } = await run(send(...statements));
    await client.query('ROLLBACK');
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(await readable()).toEqual(before);
    await client.query(grants);
    expect(await run(send(...statements))).toEqual({ statuses: statements.map(() => 'unchanged'), error: undefined });
    await client.query('REVOKE ALL ON ALL TABLES IN SCHEMA app FROM PUBLIC');
  }
  const takes = ['CREATE TABLE app.third (id integer)', 'REVOKE ALL ON ALL TABLES IN SCHEMA app FROM PUBLIC'];
  await client.query(grants);
  expect((await run(send(...takes))).statuses).toEqual(['applied', 'applied']);
  expect(await readable()).toEqual([]);
  expect((await run(send(...takes))).statuses).toEqual(['unchanged', 'unchanged']);
});

test('what a clause sets for all partitions does not reach those that came behind it', async () => {
  await client.query('CREATE TABLE log (at date) PARTITION BY RANGE (at); CREATE TABLE log_0 PARTITION OF log DEFAULT');
  const statements = [
    'ALTER TABLE log ALTER at SET STATISTICS 5, ALTER at SET (n_distinct_inherited = -0.5)',
    'ALTER TABLE users ADD a integer',
    "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
  ];
  const first = await run(send(...statements));
  expect(first).toEqual({ statuses: ['applied', 'applied', 'applied'], error: undefined });
  await client.query('BEGIN');
  expect((await run(send(...statements))).error).toMatchObject({ code: 'HF_REFUSED' });
  await client.query('ROLLBACK');
  await client.query('ALTER TABLE log ALTER at SET STATISTICS 5, ALTER at SET (n_distinct_inherited = -0.5)');
  expect((await run(send(...statements))).statuses).toEqual(['unchanged', 'unchanged', 'unchanged']);
  const resets = 'ALTER TABLE log ALTER at SET STATISTICS -1, ALTER at RESET (n_distinct_inherited)';
  expect((await run(send(resets))).statuses).toEqual(['applied']);
  expect((await run(send(resets))).statuses).toEqual(['unchanged']);
});

test('IF EXISTS of what is renamed does not forgive that both names are there', async () => {
  await client.query('CREATE TABLE people ()');
  for (const text of ['ALTER TABLE IF EXISTS people RENAME TO users', 'ALTER TABLE IF EXISTS users RENAME n TO id'])
    expect((await run(send(text))).error).toMatchObject({ code: 'HF_MISMATCH' });
  expect((await run(send('ALTER TABLE IF EXISTS nobody RENAME TO somebody'))).error).toBeUndefined();
});

test('IF EXISTS of a table lets no other column pass', async () => {
  const { error } = await run(send('ALTER TABLE IF EXISTS users ADD n text'));
  expect(error).toMatchObject({ code: 'HF_MISMATCH', expected: expect.stringContaining('type: text') });
  expect(await run(send('ALTER TABLE IF EXISTS users ADD n integer NOT NULL DEFAULT 0'))).toEqual({
    statuses: ['unchanged'],
    error: undefined,
  });
  expect(await run(send('ALTER TABLE IF EXISTS nowhere ADD n text', 'UPDATE users SET n = 1'))).toMatchObject({
    error: undefined,
  });
  expect(await sum()).toBe(3);
});

test('what is dropped and made again is to do each time: rows behind it are not written twice', async () => {
  await client.query('CREATE VIEW v AS SELECT 1 AS a; ALTER TABLE users ADD CHECK (n < 99)');
  for (const traceless of ['UPDATE users SET n = n + 1', 'ALTER TABLE users ADD CHECK (n < 99)']) {
    const column = traceless.startsWith('UPDATE') ? 'b' : 'c';
    const body = send(
      'DROP VIEW v',
      'CREATE VIEW v AS SELECT 2 AS a',
      traceless,
      `ALTER TABLE users ADD ${column} integer`,
    );
    expect((await run(body)).error).toBeUndefined();
    await client.query('BEGIN');
    expect((await run(body)).error).toMatchObject({ code: 'HF_REFUSED' });
    await client.query('ROLLBACK');
    expect(await sum()).toBe(3);
  }
});

test('a table that is in the schema by its own name tells nothing, one that was moved there does', async () => {
  const behind = 'ALTER TYPE pair RENAME ATTRIBUTE a TO b';
  await client.query('CREATE SCHEMA app; CREATE TYPE pair AS (a integer)');
  for (const named of ['users', 'public.users']) {
    await client.query('BEGIN');
    const stays = await run(send(`ALTER TABLE ${named} SET SCHEMA public`, behind));
    await client.query('ROLLBACK');
    expect(stays).toEqual({ statuses: ['unchanged', 'unguarded'], error: undefined });
  }
  const moves = send('ALTER TABLE users SET SCHEMA app', behind);
  expect((await run(moves)).statuses).toEqual(['applied', 'unguarded']);
  const { statuses, error } = await run(moves);
  expect(statuses).toEqual(['unchanged']);
  expect(error).toMatchObject({ code: 'HF_REFUSED' });
});

test('an extension moves to another schema', async () => {
  await client.query('CREATE SCHEMA app; CREATE EXTENSION pgcrypto SCHEMA public');
  const moves = send('ALTER EXTENSION pgcrypto SET SCHEMA app');
  expect(await run(moves)).toEqual({ statuses: ['applied'], error: undefined });
  expect(await run(moves)).toEqual({ statuses: ['unchanged'], error: undefined });
  const { rows } = await client.query(
    "SELECT extnamespace::regnamespace::text AS is FROM pg_extension WHERE extname = 'pgcrypto'",
  );
  expect(rows).toEqual([{ is: 'app' }]);
});

test('rows that were written before a statement that is found done stop the migration', async () => {
  const body = send('UPDATE users SET n = n + 1', 'ALTER TABLE users ADD a integer');
  expect((await run(body)).error).toBeUndefined();
  await client.query('BEGIN');
  const { error } = await run(body);
  await client.query('ROLLBACK');
  expect(error).toMatchObject({ code: 'HF_REFUSED' });
  expect(await sum()).toBe(3);
});

test('what stood on a table that is gone is gone with it', async () => {
  const body = send(
    'ALTER TABLE users DROP CONSTRAINT users_pkey',
    'ALTER TABLE users DROP COLUMN n',
    'DROP TABLE users',
  );
  expect((await run(body)).statuses).toEqual(['applied', 'applied', 'applied']);
  expect((await run(body)).statuses).toEqual(['unchanged', 'unchanged', 'unchanged']);
  expect((await run(send('ALTER TABLE users ADD a integer'))).error).toMatchObject({ cause: { code: '42P01' } });
});

test('a statement that says so is not guarded, and that is reported', async () => {
  const body = send('-- holdfast: unguarded, by hand\nALTER TABLE users ADD a integer');
  expect((await run(body)).statuses).toEqual(['unguarded']);
  expect((await run(body)).error).toMatchObject({ cause: { code: '42701' } });
});

test('a statement that the parser does not take goes to the server, and counts as one that may write', async () => {
  expect((await run(send('ALTER TABEL users'))).error).toMatchObject({ cause: { code: '42601' } });
  await client.query('ALTER TABLE users ADD a integer');
  const { error } = await run(send('ALTER TABLE users ADD a integer', 'NO SUCH STATEMENT'));
  expect(error).toMatchObject({ code: 'HF_REFUSED' });
});

test('the body sees the error of the server and may go on', async () => {
  const codes: unknown[] = [];
  const { error, statuses } = await run(async (on) => {
    await on.query('ALTER TABLE users ADD a nosuchtype').catch((e) => codes.push(e.code));
    await on.query('CREATE TABLE users (id text)').catch((e) => codes.push(e.code));
    await new Promise<void>((resolve) => {
      on.query('SELEKT', [], (e: Error & { code?: string }) => {
        codes.push(e.code);
        resolve();
      });
    });
    await on.query('ALTER TABLE users ADD a integer');
  });
  expect(codes).toEqual(['42704', 'HF_MISMATCH', '42601']);
  expect(error).toBeUndefined();
  expect(statuses.at(-1)).toBe('applied');
});

test('the tap is off afterwards, and what streams has passed it', async () => {
  const streamed: unknown[] = [];
  for (const text of ['SELECT 1', 'SELECT 1 / 0']) {
    await run(async (on) => {
      const query = new pg.Query('SELECT id FROM users ORDER BY id');
      query.on('row', (row: { id: number }) => streamed.push(row.id));
      const ended = new Promise((resolve) => query.on('end', resolve));
      on.query(query);
      await ended;
      await on.query(text);
    });
    expect(Object.hasOwn(client, 'query')).toBe(false);
    expect(Reflect.ownKeys(client)).not.toContain(Symbol.for('holdfast.untapped'));
  }
  expect(streamed).toEqual([1, 2, 3, 1, 2, 3]);
});

test('explicit calls and attempt inside do not stand in its way', async () => {
  const { error } = await run(async (on) => {
    const g: Guard = guard(on);
    await Promise.all([
      g.safeAddColumn('users', 'a', 'integer'),
      on.query('ALTER TABLE users ADD b integer'),
      g.safeAddColumn('users', 'c', 'integer'),
    ]);
    await g.attempt('more', async (inner) => {
      await inner.safeAddColumn('users', 'd', 'integer');
      await on.query('ALTER TABLE users ADD e integer');
    });
    const failed = await g.attempt('wrong', () => on.query('ALTER TABLE users ADD f nosuchtype'));
    expect(failed.status).toBe('failed');
  });
  expect(error).toBeUndefined();
  expect((await columns()).split(',').sort().join()).toBe('a,b,c,d,e,id,n');
});

/** What Node would end the process for, while nobody else listens. */
async function alone(work: (heard: () => readonly unknown[]) => Promise<void>): Promise<void> {
  const heard: unknown[] = [];
  const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
  const caught = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[];
  process.removeAllListeners('unhandledRejection');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => heard.push(error.message));
  try {
    await work(() => heard);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('unhandledRejection', other);
    for (const other of caught) process.on('uncaughtException', other);
  }
}

test('what nobody awaits is waited for, and fails the migration', async () => {
  const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
  process.removeAllListeners('unhandledRejection');
  try {
    const { error } = await run(async (on) => {
      void on.query('ALTER TABLE users ADD a integer');
      void on.query('ALTER TABLE users ADD b nosuchtype');
    });
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ cause: { code: '42704' } });
    expect(await columns()).toBe('id,n,a');
    expect(process.listenerCount('unhandledRejection')).toBe(0);
  } finally {
    for (const other of others) process.on('unhandledRejection', other);
  }
});

test('what nobody awaits ends with a migration that fails by itself, and does not end the process', async () => {
  await alone(async (heard) => {
    const { error, statuses } = await run(async (on) => {
      void on.query('ALTER TABLE users ADD a integer');
      void on.query('SELECT pg_sleep(0.1); ALTER TABLE users ADD b nosuchtype');
      await Promise.reject(new TypeError('its own'));
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(error).toEqual(new TypeError('its own'));
    expect(statuses).toEqual(['applied']);
    expect(heard()).toEqual([]);
  });
});

test('a migration that fails does not wait for ever for what it has sent, and sends nothing more', async () => {
  await client.query('CREATE TABLE waited (id integer)');
  const rival = new pg.Client({ connectionString: database.url });
  await rival.connect();
  await rival.query('BEGIN; LOCK TABLE waited');
  try {
    await client.query('BEGIN');
    const late: unknown[] = [];
    const { error } = await run(async (on) => {
      void on.query('UPDATE waited SET id = 1').catch(() => undefined);
      void on.query('CREATE TABLE late (id integer)').catch((failure: unknown) => late.push(failure));
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new TypeError('its own');
    });
    expect(error).toEqual(new TypeError('its own'));
    const rolledBack = client.query('ROLLBACK');
    await rival.query('COMMIT');
    await rolledBack;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(late).toMatchObject([{ code: 'HF_REFUSED' }]);
    expect((await client.query("SELECT to_regclass('late') AS late")).rows).toEqual([{ late: null }]);
  } finally {
    await rival.end();
  }
});

test('what others leave unheard stays what it is, also while two bodies run', async () => {
  await alone(async (heard) => {
    const stranger = (on: pg.Client): Promise<unknown> => {
      void Promise.reject(new TypeError('stranger'));
      return on.query('SELECT pg_sleep(0)');
    };
    const results = await Promise.all([run(stranger), run((on) => on.query('SELECT 1'))]);
    expect(results.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(heard()).toEqual(['stranger']);
  });
});

test('explicit calls never load the parser', async () => {
  const modules = async (up: string): Promise<boolean> => {
    const program = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(specifier, context, next) {
        if (specifier === 'libpg-query') process.stderr.write('PARSER');
        return next(specifier, context);
      }\`));
      const { default: pg } = await import('pg');
      const { Body, guard, resolveOptions } = await import('./packages/core/dist/index.js');
      const client = new pg.Client({ connectionString: process.env.DATABASE });
      await client.connect();
      const g = guard(client);
      ${up}
      await client.end();`;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, DATABASE: database.url },
    });
    return stderr.includes('PARSER');
  };
  expect(await modules("await g.safeAddColumn('users', 'a', 'integer');")).toBe(false);
  const body = `const body = new Body({ host: 'pg', log() {}, cure: () => '', commands: {} }, resolveOptions({}));
    const end = body.attach(client); await client.query('SELECT 1'); end();`;
  expect(await modules(body)).toBe(true);
});

/** Sends a statement, and tells the first lines of all messages that it took. */
function messages(): (text: string) => Promise<readonly string[]> {
  const sent: string[] = [];
  const { query } = client;
  client.query = ((...args: readonly [string | { readonly text: string }]) => {
    const [first] = args;
    sent.push(typeof first === 'string' ? first : first.text);
    return (query as (...all: readonly unknown[]) => unknown).apply(client, [...args]);
  }) as never;
  return async (text) => {
    sent.length = 0;
    await client.query(text);
    // The driver is asked for the state of the transaction by an empty message.
    return sent.filter((each) => each !== '').map((each) => each.split('\n')[0] as string);
  };
}

test('what the transaction has made itself needs no look around: one message for each statement', async () => {
  const messagesOf = messages();
  await client.query("BEGIN; SET LOCAL lock_timeout = '7s'");
  await run(
    async () => {
      expect(await messagesOf('CREATE TABLE posts (id integer PRIMARY KEY)')).toHaveLength(1);
      expect(await messagesOf('ALTER TABLE posts ADD a integer')).toEqual(['ALTER TABLE posts ADD a integer']);
      expect(await messagesOf('CREATE INDEX ON posts (a)')).toEqual(['CREATE INDEX ON posts (a)']);
      // There before, whoever made it.
      await client.query('CREATE TABLE IF NOT EXISTS users (id integer)');
      expect((await messagesOf('ALTER TABLE users ADD a integer')).length).toBeGreaterThan(2);
    },
    { sure: true },
  );
  expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }]);
  await client.query('COMMIT');
});

test.each([
  'CREATE INDEX second ON twins (a)',
  'ALTER TABLE twins ADD CONSTRAINT second UNIQUE (a)',
  'ALTER TABLE twins ADD CONSTRAINT second CHECK (a > 0)',
  'ALTER TABLE twins ADD CONSTRAINT second FOREIGN KEY (a) REFERENCES targets (id)',
  'ALTER TABLE twins ADD CONSTRAINT second FOREIGN KEY (a) REFERENCES targets',
])('a name that a statement gives is made, also where the same is there under another one: %s', async (statement) => {
  await client.query(`CREATE TABLE targets (id integer PRIMARY KEY);
    CREATE TABLE twins (a integer CONSTRAINT u UNIQUE CONSTRAINT c CHECK (a > 0) CONSTRAINT f REFERENCES targets (id))`);
  const first = 'CREATE TABLE first (id integer)';
  expect(await run(send(first, statement, statement))).toMatchObject({
    statuses: ['applied', 'applied', 'unchanged'],
    error: undefined,
  });
  expect(await run(send(first, statement))).toMatchObject({ statuses: ['unchanged', 'unchanged'], error: undefined });
  const { rows } = await client.query(
    "SELECT conname AS name FROM pg_constraint WHERE conname = 'second' UNION SELECT relname FROM pg_class WHERE relname = 'second'",
  );
  expect(rows).toEqual([{ name: 'second' }]);
});

test('a constraint that the migration has made and renamed is not made once more', async () => {
  await client.query('CREATE TABLE targets (id integer PRIMARY KEY); CREATE TABLE twins (a integer)');
  const statements = [
    'ALTER TABLE twins ADD CONSTRAINT f1 FOREIGN KEY (a) REFERENCES targets (id)',
    'ALTER TABLE twins RENAME CONSTRAINT f1 TO f2',
    'ALTER TABLE twins ADD CONSTRAINT u1 UNIQUE (a)',
    'ALTER TABLE twins RENAME CONSTRAINT u1 TO u2',
  ];
  expect((await run(send(...statements))).error).toBeUndefined();
  for (const again of [1, 2])
    expect(await run(send(...statements)), `${again}`).toMatchObject({
      statuses: ['unchanged', 'unchanged', 'unchanged', 'unchanged'],
      error: undefined,
    });
  const { rows } = await client.query(
    "SELECT conname FROM pg_constraint WHERE conrelid = 'twins'::regclass ORDER BY 1",
  );
  expect(rows.map(({ conname }) => conname)).toEqual(['f2', 'u2']);
});

test('what no operation knows is said also where nothing of the migration can be there, but not of a new table', async () => {
  await client.query('CREATE TABLE ids (id integer GENERATED BY DEFAULT AS IDENTITY); BEGIN');
  const known = 'ALTER TABLE ids ALTER id SET GENERATED ALWAYS';
  expect(await run(send(known), { sure: true })).toMatchObject({ statuses: ['unguarded'], error: undefined });
  const own = ['CREATE TABLE own (id integer GENERATED BY DEFAULT AS IDENTITY)', known.replace('ids', 'own')];
  expect(await run(send(...own))).toMatchObject({ statuses: ['applied', 'applied'], error: undefined });
  await client.query('ROLLBACK');
});

test('an index without a name is another one than that of a constraint', async () => {
  await client.query('CREATE TABLE keyed (id integer PRIMARY KEY)');
  const statement = 'CREATE UNIQUE INDEX ON keyed (id)';
  expect(await run(send(statement))).toMatchObject({ statuses: ['applied'], error: undefined });
  expect(await run(send(statement))).toMatchObject({ statuses: ['unchanged'], error: undefined });
  const { rows } = await client.query(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'keyed'::regclass ORDER BY 1",
  );
  expect(rows).toEqual([{ name: 'keyed_id_idx' }, { name: 'keyed_pkey' }]);
});

test('which names are taken is read once for a transaction; of one that is taken it is asked what stands there', async () => {
  const messagesOf = messages();
  await client.query('CREATE SCHEMA other; CREATE TABLE other.notes (id integer); CREATE TABLE tags (id integer)');
  await client.query('BEGIN');
  const ran = await run(async () => {
    expect(await messagesOf('CREATE TABLE posts (id integer)')).toHaveLength(2);
    expect(await messagesOf('CREATE TABLE pages (id integer)')).toEqual(['CREATE TABLE pages (id integer)']);
    // Taken elsewhere, and free where it is made.
    expect(await messagesOf('CREATE TABLE notes (id integer)')).toHaveLength(2);
    // There, and as the statement says: by whom, it does not ask.
    expect((await messagesOf('CREATE TABLE tags (id integer)')).length).toBeGreaterThan(2);
    expect((await messagesOf('CREATE TABLE posts (id integer)')).length).toBeGreaterThan(2);
    await client.query('DROP TABLE tags');
    expect((await messagesOf('CREATE TABLE tags (id integer, name text)')).length).toBeGreaterThan(1);
    // What cannot be read may have made anything.
    await client.query('DO $$ BEGIN CREATE TABLE boxes (id integer); END $$');
    expect((await messagesOf('CREATE TABLE boxes (id integer)')).length).toBeGreaterThan(2);
  });
  expect(ran).toMatchObject({
    statuses: [
      'applied',
      'applied',
      'applied',
      'unchanged',
      'unchanged',
      'applied',
      'applied',
      'unguarded',
      'unchanged',
    ],
    error: undefined,
  });
});

test('where names are too many to be read, it is asked of each', async () => {
  const messagesOf = messages();
  const many = Array.from({ length: 1001 }, (_, i) => `CREATE TABLE t${i} (id integer PRIMARY KEY)`);
  await client.query(many.join(';'));
  await client.query('BEGIN');
  const ran = await run(async () => {
    expect(await messagesOf('CREATE TABLE posts (id integer)')).toHaveLength(3);
    expect(await messagesOf('CREATE TABLE pages (id integer)')).toHaveLength(2);
    await client.query('CREATE TABLE t7 (id integer PRIMARY KEY)');
  });
  expect(ran).toMatchObject({ statuses: ['applied', 'applied', 'unchanged'], error: undefined });
});

test('what a table has that the transaction has made, it has from there: nothing is looked for, by the next body neither', async () => {
  const messagesOf = messages();
  await client.query('BEGIN');
  const first = await run(async () => {
    // Is the name free?
    expect(await messagesOf('CREATE TABLE posts (id integer PRIMARY KEY, of integer)')).toHaveLength(2);
    expect(await messagesOf('ALTER TABLE posts ADD a integer, ALTER a SET NOT NULL')).toHaveLength(1);
    expect(await messagesOf('INSERT INTO posts VALUES (1, 1, 1)')).toHaveLength(1);
    expect(await messagesOf('CREATE INDEX posts_a ON posts (a)')).toHaveLength(1);
  });
  const second = await run(async () => {
    expect(await messagesOf("COMMENT ON COLUMN posts.a IS 'of the first'")).toHaveLength(1);
    expect(await messagesOf('ALTER TABLE posts ADD b integer')).toHaveLength(1);
    // What it has no longer, it may never have had.
    expect((await messagesOf('ALTER TABLE posts DROP b')).length).toBeGreaterThan(1);
    await client.query('ALTER TABLE posts RENAME TO articles; ALTER TABLE users RENAME TO posts');
    expect((await messagesOf('ALTER TABLE posts ADD b integer')).length).toBeGreaterThan(2);
  });
  await client.query('ROLLBACK; BEGIN; CREATE TABLE posts (id integer)');
  const third = await run(async () => {
    expect((await messagesOf('ALTER TABLE posts ADD a integer')).length).toBeGreaterThan(2);
  });
  await client.query('COMMIT');
  for (const { error } of [first, second, third]) expect(error).toBeUndefined();
  expect(Object.hasOwn(client, 'query')).toBe(true);
});

test('on a table that the transaction has made, what IF NOT EXISTS lets pass is still looked at', async () => {
  await client.query('CREATE INDEX by_n ON users (n); BEGIN');
  const warnings: string[] = [];
  const logger = { info: () => {}, warn: (line: string) => warnings.push(line), error: () => {} };
  const body = new Body(pgSession(client) as unknown as Session, resolveOptions({ logger }));
  const end = body.attach(client);
  await client.query('CREATE TABLE posts (n integer)');
  await client.query('CREATE INDEX IF NOT EXISTS by_n ON posts (n)');
  end();
  await client.query('ROLLBACK');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('relation "by_n" already exists, skipping');
  expect(body.report().outcomes.map(({ status }) => status)).toEqual(['applied', 'unchanged']);
});

test.each(
  [
    'CREATE TABLE posts (id integer, of integer REFERENCES users (id))',
    'CREATE TABLE posts (id integer, of integer, CONSTRAINT k FOREIGN KEY (of) REFERENCES users)',
    'CREATE TABLE posts (id integer); ALTER TABLE posts ADD of integer REFERENCES users',
    'CREATE TABLE posts (id integer); ALTER TABLE posts ADD FOREIGN KEY (id) REFERENCES users',
  ].flatMap((text) => [false, true].map((sure) => [text, sure] as const)),
)(
  'the table that a new foreign key refers to is not waited for without an end: %s (sure of it: %s)',
  async (text, sure) => {
    const rival = new pg.Client({ connectionString: database.url });
    await rival.connect();
    try {
      await rival.query('BEGIN; INSERT INTO users VALUES (5)');
      await client.query('BEGIN');
      const { error } = await run(send(...text.split('; ')), { sure });
      expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
      expect(String(error?.['message'])).toContain('users');
      await client.query('ROLLBACK');
    } finally {
      await rival.end();
    }
  },
);

test('a table that the transaction holds already is neither asked about nor waited for again', async () => {
  const messagesOf = messages();
  let seen: readonly (readonly string[])[] = [];
  await client.query('BEGIN');
  await run(async () => {
    seen = [
      await messagesOf('ALTER TABLE users ADD a integer'),
      await messagesOf('ALTER TABLE users ADD b integer'),
      await messagesOf('SAVEPOINT s'),
      await messagesOf('ALTER TABLE users ADD c integer -- the last one'),
      await messagesOf('ALTER TABLE users ADD d integer -- another'),
    ];
    const { rows } = await client.query('SHOW lock_timeout');
    expect(rows).toEqual([{ lock_timeout: '0' }]);
  });
  await client.query('COMMIT');
  expect(await columns()).toBe('id,n,a,b,c,d');
  const [first = [], second = [], , third = [], fourth = []] = seen;
  expect(second.at(-1)).toBe('SET LOCAL lock_timeout = 200;');
  expect(second.length).toBeLessThan(first.length - 2);
  expect(third.length).toBe(first.length);
  expect(fourth.length).toBe(second.length);
});

test('a name that means another table is asked about anew: the lock is given up in time', async () => {
  await client.query('CREATE SCHEMA other; CREATE TABLE other.users (id integer); SET search_path = public, other');
  const rival = new pg.Client({ connectionString: database.url });
  await rival.connect();
  try {
    await rival.query('BEGIN; LOCK TABLE other.users IN ACCESS SHARE MODE');
    await client.query('BEGIN');
    const { statuses, error } = await run(
      send('ALTER TABLE users ADD a integer', 'ALTER TABLE users RENAME TO people', 'ALTER TABLE users ADD b integer'),
      // Judged, they would have the names that the catalog gives.
      { sure: true },
    );
    expect(statuses).toEqual(['applied', 'applied']);
    // By the policy for locks, and not by the server's own words after a wait: nothing has failed in the transaction.
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    await client.query('ALTER TABLE people ADD c integer; COMMIT');
  } finally {
    await rival.end();
  }
});

test('an operation inside may give a name to another table: it is asked about anew', async () => {
  await client.query('CREATE TABLE people (id integer)');
  const messagesOf = messages();
  let seen: readonly (readonly string[])[] = [];
  await client.query('BEGIN');
  await run(async () => {
    const g = guard(client);
    seen = [await messagesOf('ALTER TABLE users ADD a integer'), await messagesOf('ALTER TABLE users ADD b integer')];
    await g.safeRenameTable('users', 'once');
    await g.safeRenameTable('people', 'users');
    seen = [...seen, await messagesOf('ALTER TABLE users ADD c integer')];
  });
  await client.query('COMMIT');
  const [first = [], second = [], third = []] = seen;
  expect(second.length).toBeLessThan(first.length - 2);
  expect(third.length).toBeGreaterThan(second.length);
});

test.each([
  ['integer to bigint', 'ALTER TABLE users ALTER n TYPE bigint', true],
  ['varchar(5) to varchar(9)', 'ALTER TABLE users ALTER v TYPE varchar(9)', false],
])('a change of type says that it rewrites a large table: %s', async (_, text, rewrites) => {
  await client.query("ALTER TABLE users ADD v varchar(5) DEFAULT 'v'");
  const warnings: string[] = [];
  const logger = { info: () => {}, warn: (line: string) => warnings.push(line), error: () => {} };
  const body = new Body(pgSession(client) as unknown as Session, resolveOptions({ logger, largeTableBytes: 1 }));
  const end = body.attach(client);
  await client.query('BEGIN');
  await client.query(text);
  end();
  await client.query('ROLLBACK');
  expect(warnings.some((line) => line.includes('it works through users'))).toBe(rewrites);
});

const SCANS: readonly (readonly [string, boolean])[] = [
  ['ALTER TABLE users ADD UNIQUE (n, id)', true],
  ['ALTER TABLE users ADD CONSTRAINT once UNIQUE (n, id)', true],
  ['ALTER TABLE orgs ADD PRIMARY KEY (id)', true],
  ['ALTER TABLE users ADD CHECK (n < 100)', true],
  ['ALTER TABLE users ADD CHECK (n < 100) NOT VALID', false],
  ['ALTER TABLE users ADD CONSTRAINT few CHECK (n < 100)', true],
  ['ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES users', true],
  ['ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES users (id)', true],
  ['ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES users NOT VALID', false],
  ['ALTER TABLE users ALTER n TYPE bigint', true],
  ['CREATE INDEX ON users (n)', true],
  ['CREATE INDEX by_n ON users (n)', true],
  ['ALTER TABLE users DROP CONSTRAINT users_pkey, ADD PRIMARY KEY (n, id)', true],
  ['ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY (n, id)', true],
  ['ALTER TABLE users DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (n > 0)', true],
  ['ALTER TABLE users DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (n > 0) NOT VALID', false],
  ['ALTER TABLE users ADD plain integer', false],
  ['COMMENT ON TABLE users IS $$all$$', false],
];

test.each(SCANS.flatMap(([text, scans]) => [false, true].map((sure) => [text, scans, sure] as const)))(
  'says in a transaction that it works through a large table: %s: %s (sure of it: %s)',
  async (text, scans, sure) => {
    await client.query('UPDATE users SET n = id; CREATE TABLE orgs AS SELECT id FROM users');
    await client.query('ALTER TABLE users ADD CONSTRAINT positive CHECK (n >= 0)');
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (line: string) => warnings.push(line), error: () => {} };
    const body = new Body(pgSession(client) as unknown as Session, resolveOptions({ logger, largeTableBytes: 1 }));
    if (sure) body.begin({ sure, record: null, anyway: false });
    const end = body.attach(client);
    await client.query('BEGIN');
    await client.query(text);
    end();
    await client.query('ROLLBACK');
    expect(warnings.some((line) => /it works through (public\.)?(users|orgs)/.test(line))).toBe(scans);
  },
);

test.each([
  'ALTER TABLE users ADD UNIQUE (n, id)',
  'ALTER TABLE users ADD CONSTRAINT once UNIQUE (n, id)',
  'ALTER TABLE users DROP CONSTRAINT users_pkey; ALTER TABLE users ADD PRIMARY KEY (n, id)',
  'ALTER TABLE users ADD CONSTRAINT few CHECK (n < 10000)',
  'ALTER TABLE users ADD FOREIGN KEY (n) REFERENCES users (id)',
  'CREATE UNIQUE INDEX by_n ON users (n)',
  'CREATE UNIQUE INDEX CONCURRENTLY by_n ON users ((n * 2))',
  'CREATE UNIQUE INDEX by_n ON users ((n / 2)) WHERE n IN (1, 5000)',
])('outside of a transaction a large table ends as by the statement alone: %s', async (text) => {
  const statements = text.split('; ');
  const schema = async (through: (texts: readonly string[]) => Promise<unknown>): Promise<unknown> => {
    await client.query('DROP TABLE users; CREATE TABLE users (id integer PRIMARY KEY, n integer NOT NULL)');
    await client.query('INSERT INTO users SELECT i, i FROM generate_series(1, 5000) i');
    await through(statements);
    const { rows } = await client.query(
      `SELECT pg_get_indexdef(indexrelid) AS line FROM pg_index WHERE indrelid = 'users'::regclass
       UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated FROM pg_constraint WHERE conrelid = 'users'::regclass ORDER BY 1`,
    );
    return rows;
  };
  const plain = await schema(async (texts) => {
    for (const each of texts) await client.query(each);
  });
  const sent: string[] = [];
  const guarded = await schema(async (texts) => {
    const onEvent = (event: { type: string; sql?: string }): void => {
      if (event.type === 'step:start') sent.push(event.sql ?? '');
    };
    const body = new Body(pgSession(client) as unknown as Session, resolveOptions({ onEvent, largeTableBytes: 1 }));
    const end = body.attach(client);
    for (const each of texts) await client.query(each);
    end();
  });
  expect(guarded).toEqual(plain);
  expect(sent.join('\n')).toMatch(/CONCURRENTLY|VALIDATE/);
});

test('what has no name and is made twice is there twice, and stays so', async () => {
  const twice = send(
    'ALTER TABLE users ADD UNIQUE (n, id)',
    'ALTER TABLE users ADD UNIQUE (n, id)',
    'CREATE INDEX ON users (n)',
    'CREATE INDEX ON users (n)',
  );
  const indexes = async () =>
    (await client.query("SELECT indexname AS is FROM pg_indexes WHERE tablename = 'users' ORDER BY 1")).rows.map(
      ({ is }) => is,
    );
  expect(await run(twice)).toEqual({ statuses: ['applied', 'applied', 'applied', 'applied'], error: undefined });
  const first = await indexes();
  expect(first).toEqual(['users_n_id_key', 'users_n_id_key1', 'users_n_idx', 'users_n_idx1', 'users_pkey']);
  expect(await run(twice)).toEqual({
    statuses: ['unchanged', 'unchanged', 'unchanged', 'unchanged'],
    error: undefined,
  });
  expect(await indexes()).toEqual(first);
});
