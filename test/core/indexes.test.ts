/** What the contract does not meet: names, what rests on an index, rivals, other kinds of table. */
import { randomBytes } from 'node:crypto';
import { guard } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { settled, stateOfIndex, waits } from '../traps/support.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

// Roles belong to the whole server, so each run has its own.
const weak = `hf_weak_${randomBytes(6).toString('hex')}`;
const db = useDatabase(`CREATE ROLE ${weak}`);
afterAll(() => db.run(`DROP OWNED BY ${weak}; DROP ROLE ${weak}`));

beforeEach(() =>
  db.run(`DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE SCHEMA app;
    CREATE TABLE users (id integer, email text, at integer NOT NULL DEFAULT 0);
    INSERT INTO users SELECT i, 'mail ' || i FROM generate_series(1, 50) i;
    CREATE TABLE app.users (id integer, email text)`),
);

/** A session that builds the index and waits for a writer; answers both, and the end of the build. */
async function building(
  sql: string,
  table: string,
): Promise<{ builder: pg.Client; writer: pg.Client; done: Promise<unknown> }> {
  const [watcher, writer, builder] = [await db.connect(), await db.connect(), await db.connect()];
  await writer.query(`BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
  const done = settled(builder.query(sql));
  await waits(watcher, pidOf(builder), 'virtualxid');
  return { builder, writer, done };
}

describe('safeDropIndex', () => {
  test.each([
    ['by the search path', 'users_email'],
    ['with its schema', 'public.users_email'],
    ['by an object', { schema: 'public', name: 'users_email' }],
  ])('finds the index %s', async (_how, name) => {
    await db.run('CREATE INDEX users_email ON users (email); CREATE INDEX users_email ON app.users (email)');
    const client = await db.connect();
    expect(await guard(client).safeDropIndex(name)).toMatchObject({ status: 'applied', target: 'public.users_email' });
    expect(await stateOfIndex(client, 'public.users_email')).toBeNull();
    expect(await guard(client).safeDropIndex(name)).toMatchObject({ status: 'unchanged', steps: [] });
    expect(await stateOfIndex(client, 'app.users_email')).toBe('valid');
  });

  test('looks for a bare name beside the table, whatever the search path and the schema of the guard say', async () => {
    await db.run('CREATE INDEX users_email ON users (email); CREATE INDEX users_email ON app.users (email)');
    const client = await db.connect();
    const g = guard(client, { schema: 'public' });
    expect(await g.safeDropIndex('users_email', { table: 'app.users' })).toMatchObject({
      target: 'app.users_email',
      status: 'applied',
    });
    expect(await stateOfIndex(client, 'public.users_email')).toBe('valid');
    expect(await errorOf(g.safeDropIndex('users_email', { table: 'app.orders' }))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'table', name: 'app.orders' }],
    });
    expect(await g.safeDropIndex('users_email', { table: 'app.orders', ifMissing: 'skip' })).toMatchObject({
      status: 'skipped',
    });
  });

  test.each([
    ['a table', 'CREATE TABLE thing ()', 'the table public.thing'],
    ['a sequence', 'CREATE SEQUENCE thing', 'the sequence public.thing'],
    ['a view', 'CREATE VIEW thing AS SELECT 1', 'the view public.thing'],
  ])('refuses %s, and says what it is', async (_what, sql, said) => {
    await db.run(sql);
    const error = await errorOf(guard(await db.connect()).safeDropIndex('thing'));
    expect(error).toMatchObject({ code: 'HF_REFUSED', message: expect.stringContaining(said) });
  });

  test.each([
    [
      'a constraint',
      'ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email)',
      'constraint users_email on table public.users',
      "await g.safeDropConstraint('public.users', 'users_email');",
    ],
    [
      'the foreign key of another table',
      'CREATE UNIQUE INDEX users_email ON users (email); CREATE TABLE mails (mail text CONSTRAINT mails_mail REFERENCES users (email))',
      'constraint mails_mail on table mails',
      'never uses CASCADE',
    ],
    [
      'the index of the whole table',
      `CREATE TABLE visits (id integer) PARTITION BY LIST (id); CREATE TABLE visits_1 PARTITION OF visits DEFAULT; CREATE INDEX visits_id ON visits (id);
        ALTER INDEX visits_1_id_idx RENAME TO users_email`,
      'index public.visits_id',
      "await g.safeDropIndex('public.visits_id');",
    ],
  ])('does not drop what %s rests on, and names it', async (_what, sql, dependent, hint) => {
    await db.run(sql);
    const client = await db.connect();
    const error = await errorOf(guard(client).safeDropIndex('users_email'));
    expect(error).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: [dependent],
      hint: expect.stringContaining(hint),
      left: 'Nothing was changed.',
    });
    expect(await stateOfIndex(client, 'users_email')).toBe('valid');
  });

  test.each([
    [
      'the replica identity',
      'ALTER TABLE users ALTER email SET NOT NULL; ALTER TABLE users REPLICA IDENTITY USING INDEX users_email',
    ],
    ['what the table is clustered by', 'CLUSTER users USING users_email'],
  ])('drops %s only for a reason', async (what, sql) => {
    await db.run(`CREATE UNIQUE INDEX users_email ON users (email); ${sql}`);
    const g = guard(await db.connect());
    const error = await errorOf(g.safeDropIndex('users_email'));
    expect(error).toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining(what.startsWith('the') ? 'replica identity' : 'clustered'),
    });
    expect(await g.safeDropIndex('users_email', { allow: 'not needed' })).toMatchObject({
      status: 'applied',
      reason: 'not needed',
    });
  });

  test('cut off while it waits for a writer, it leaves an INVALID index, which the next run finishes', async () => {
    await db.run('CREATE INDEX users_email ON users (email)');
    const [client, watcher, writer] = [await db.connect(), await db.connect(), await db.connect()];
    await writer.query("BEGIN; UPDATE users SET email = 'x' WHERE id = 1");
    const error = await errorOf<Error & { left: string }>(
      guard(client, { scanTimeoutMs: 200 }).safeDropIndex('users_email'),
    );
    expect(error).toMatchObject({ code: 'HF_FAILED', left: expect.stringContaining('invalid') });
    expect(await stateOfIndex(watcher, 'users_email')).toBe('invalid');
    await writer.query('COMMIT');
    expect(await guard(client).safeDropIndex('users_email')).toMatchObject({ status: 'repaired' });
    expect(await stateOfIndex(watcher, 'users_email')).toBeNull();
  });

  test('two at once both succeed', async () => {
    await db.run('CREATE INDEX users_email ON users (email)');
    const [watcher, writer] = [await db.connect(), await db.connect()];
    await writer.query('BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE');
    const [one_, other] = [await db.connect(), await db.connect()];
    const first = settled(guard(one_).safeDropIndex('users_email'));
    await waits(watcher, pidOf(one_), 'virtualxid');
    const second = settled(guard(other).safeDropIndex('users_email'));
    await waits(watcher, pidOf(other), 'relation');
    await writer.query('COMMIT');
    expect(await first).toMatchObject({ value: { status: 'applied' } });
    expect(await second).toMatchObject({ value: { status: 'unchanged' } });
  });

  test('of a temporary table there is nobody to wait for', async () => {
    const client = await db.connect();
    await client.query('CREATE TEMPORARY TABLE mine (id integer)');
    const g = guard(client, { largeTableBytes: 1 });
    await client.query('INSERT INTO mine VALUES (1)');
    const created = await g.safeCreateIndex('mine', ['id']);
    expect(created).toMatchObject({ status: 'applied', steps: [{ sql: expect.not.stringContaining('CONCURRENTLY') }] });
    expect(await g.safeDropIndex('mine_id_idx')).toMatchObject({
      status: 'applied',
      steps: [{ sql: expect.not.stringContaining('CONCURRENTLY') }],
    });
  });
});

describe('an index that another session is building', () => {
  test.each([
    ['safeDropIndex', (client: pg.Client) => guard(client).safeDropIndex('users_email')],
    [
      'safeCreateIndex',
      (client: pg.Client) => guard(client).safeCreateIndex('users', ['email'], { name: 'users_email' }),
    ],
  ])('%s refuses it with the pid, also where the role may not see what that session does', async (_name, act) => {
    await db.run(`GRANT CREATE, USAGE ON SCHEMA public TO ${weak}; ALTER TABLE users OWNER TO ${weak}`);
    const { builder, writer, done } = await building('CREATE INDEX CONCURRENTLY users_email ON users (email)', 'users');
    const refusal = { code: 'HF_REFUSED', message: expect.stringContaining(`(pid ${pidOf(builder)}) is building`) };
    expect(await errorOf(act(await db.connect()))).toMatchObject(refusal);
    const client = await db.connect();
    await client.query(`SET ROLE ${weak}`);
    expect(await one(client, 'SELECT count(index_relid)::int FROM pg_stat_progress_create_index')).toBe(0);
    expect(await errorOf(act(client))).toMatchObject(refusal);
    await writer.query('COMMIT');
    expect(await done).toHaveProperty('value');
    expect(await stateOfIndex(client, 'users_email')).toBe('valid');
  });

  test('another index of the same table is in nobody’s way', async () => {
    const { writer, done } = await building('CREATE INDEX CONCURRENTLY other ON users (id)', 'users');
    const client = await db.connect();
    const creating = settled(guard(client).safeCreateIndex('users', ['email']));
    await waits(writer, pidOf(client), 'relation');
    await writer.query('COMMIT');
    await done;
    expect(await creating).toMatchObject({ value: { status: 'applied' } });
  });
});

describe('safeRenameIndex', () => {
  test('goes on while others read and write, and renames the constraint too', async () => {
    await db.run('ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email)');
    const [client, writer] = [await db.connect(), await db.connect()];
    await writer.query("BEGIN; UPDATE users SET email = 'x' WHERE email = 'mail 1'");
    const g = guard(client, { lockTimeoutMs: 200, lockRetries: 0 });
    expect(await g.safeRenameIndex('users_email', 'public.users_mail')).toMatchObject({
      status: 'applied',
      steps: [
        {
          locks: [{ on: 'public.users_email', mode: 'ShareUpdateExclusiveLock' }],
          why: expect.stringContaining('unique constraint'),
        },
      ],
    });
    await writer.query('COMMIT');
    expect(await g.constraintExists('users_mail', 'users')).toBe(true);
    expect(await g.safeRenameIndex('users_email', 'users_mail')).toMatchObject({ status: 'unchanged' });
  });

  test('of neither name there is an index: what is near is named', async () => {
    await db.run('CREATE INDEX users_email ON users (email)');
    expect(await errorOf(guard(await db.connect()).safeRenameIndex('users_emial', 'users_mail'))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'index', name: 'users_emial', nearMisses: ['public.users_email'] }],
    });
  });

  test('an index stays in its schema', async () => {
    await db.run('CREATE INDEX users_email ON users (email)');
    expect(await errorOf(guard(await db.connect()).safeRenameIndex('users_email', 'app.users_email'))).toMatchObject({
      code: 'HF_REFUSED',
      hint: expect.stringContaining("safeRenameIndex('public.users_email', 'users_email')"),
    });
  });

  test('of a partitioned table renames the whole, not the parts', async () => {
    await db.run(
      'CREATE TABLE visits (id integer) PARTITION BY LIST (id); CREATE TABLE visits_1 PARTITION OF visits DEFAULT; CREATE INDEX visits_id ON visits (id)',
    );
    const client = await db.connect();
    expect(await guard(client).safeRenameIndex('visits_id', 'visits_by_id')).toMatchObject({ status: 'applied' });
    expect(await stateOfIndex(client, 'visits_by_id')).toBe('valid');
    expect(await stateOfIndex(client, 'visits_1_id_idx')).toBe('valid');
  });

  test('a table is not renamed by it', async () => {
    expect(await errorOf(guard(await db.connect()).safeRenameIndex('users', 'people'))).toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining('no index but the table public.users'),
    });
  });

  test('two at once both succeed', async () => {
    await db.run('CREATE INDEX users_email ON users (email)');
    const [rival, client, watcher] = [await db.connect(), await db.connect(), await db.connect()];
    await rival.query('BEGIN; ALTER INDEX users_email RENAME TO users_mail');
    const renaming = settled(guard(client, { lockTimeoutMs: 5_000 }).safeRenameIndex('users_email', 'users_mail'));
    await waits(watcher, pidOf(client), 'relation');
    await rival.query('COMMIT');
    expect(await renaming).toMatchObject({ value: { status: 'unchanged' } });
  });
});

describe('safeCreateIndex', () => {
  test('a duplicate that comes while it builds leaves an INVALID index; once it is gone, the next run repairs', async () => {
    const [client, watcher, writer] = [await db.connect(), await db.connect(), await db.connect()];
    await writer.query("BEGIN; INSERT INTO users VALUES (99, 'mail 1')");
    const g = guard(client);
    const creating = settled(g.safeCreateIndex('users', ['email'], { unique: true, name: 'users_email' }));
    await waits(watcher, pidOf(client), 'virtualxid');
    await writer.query('COMMIT');
    expect(await creating).toMatchObject({
      error: {
        code: 'HF_DATA',
        count: 1,
        samples: [{ email: 'mail 1', rows: 2 }],
        left: expect.stringContaining('"index":"invalid"'),
      },
    });
    expect(await stateOfIndex(watcher, 'users_email')).toBe('invalid');
    await writer.query('DELETE FROM users WHERE id = 99');
    expect(await g.safeCreateIndex('users', ['email'], { unique: true, name: 'users_email' })).toMatchObject({
      status: 'repaired',
    });
    expect(await stateOfIndex(watcher, 'users_email')).toBe('valid');
  });

  test('takes a materialized view', async () => {
    await db.run('CREATE MATERIALIZED VIEW mails AS SELECT email FROM users');
    const client = await db.connect();
    const create = (): Promise<unknown> => guard(client).safeCreateIndex('mails', ['email'], { unique: true });
    expect(await create()).toMatchObject({
      status: 'applied',
      steps: [{}, { sql: expect.stringContaining('CONCURRENTLY') }],
    });
    expect(await create()).toMatchObject({ status: 'unchanged' });
    await client.query('DROP INDEX mails_email_idx; BEGIN');
    expect(await create()).toMatchObject({ status: 'applied', steps: [{}, { locks: [{ mode: 'ShareLock' }] }] });
    await client.query('COMMIT');
  });

  test('names the column that was meant', async () => {
    expect(await errorOf(guard(await db.connect()).safeCreateIndex('users', ['emial']))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'column', name: 'public.users.emial', nearMisses: ['public.users.email'] }],
    });
  });

  test('leaves the INVALID index alone while the plan of another definition is refused', async () => {
    await db.run(
      "CREATE INDEX users_email ON users (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_email'::regclass",
    );
    const client = await db.connect();
    const { texts } = countQueries(client);
    expect(await errorOf(guard(client).safeCreateIndex('users', ['email'], { name: 'users_email' }))).toMatchObject({
      code: 'HF_MISMATCH',
    });
    expect(texts.filter((text) => text.startsWith('DROP'))).toEqual([]);
  });
});

describe('optional columns of safeCreateIndex', () => {
  const options = { name: 'users_at', include: ['email', 'seen'], optionalColumns: ['place', 'seen', 'email'] };

  test('are left out where they do not exist, and that is said each time', async () => {
    const client = await db.connect();
    for (const status of ['applied', 'unchanged'])
      expect(await guard(client).safeCreateIndex('users', ['at', 'place'], options)).toMatchObject({
        status,
        reason: 'without place, seen: no such column',
      });
    expect(await one(client, "SELECT pg_get_indexdef('users_at'::regclass)")).toBe(
      'CREATE INDEX users_at ON public.users USING btree (at) INCLUDE (email)',
    );
  });

  test('that come later make another index: that is a mismatch', async () => {
    const client = await db.connect();
    await guard(client).safeCreateIndex('users', ['at', 'place'], options);
    await client.query('ALTER TABLE users ADD COLUMN place text');
    expect(await errorOf(guard(client).safeCreateIndex('users', ['at', 'place'], options))).toMatchObject({
      code: 'HF_MISMATCH',
      message: expect.stringContaining('number of keys: expected 2, found 1'),
    });
  });

  test('without any of its columns an index is refused', async () => {
    const index = guard(await db.connect()).safeCreateIndex('users', ['place'], { optionalColumns: ['place'] });
    expect(await errorOf(index)).toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining('none of the columns exists'),
    });
  });
});
