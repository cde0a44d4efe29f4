/** CREATE INDEX CONCURRENTLY waits for every older transaction, and leaves an INVALID index behind when something ends its patience. */

import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { pidOf } from '../support/clients.js';
import { codeOf, PATIENCE_MS, settled, stateOfIndex, waits } from './support.js';

const db = useDatabase(`
  CREATE TABLE users (id integer PRIMARY KEY, name text);
  CREATE TABLE orgs (id integer PRIMARY KEY, name text);
  INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 100) i;
`);

const NAME = 'users_name';
const RAW = `CREATE INDEX CONCURRENTLY ${NAME} ON users (name)`;
const create = (client: pg.Client, options = {}): Promise<{ status: string; steps: readonly { sql: string }[] }> =>
  watched(client, options).g.safeCreateIndex('users', ['name'], { name: NAME });

beforeEach(() => db.run(`DROP INDEX IF EXISTS ${NAME}`));

/** Another session with an open transaction. */
async function open(sql: string): Promise<pg.Client> {
  const client = await db.connect();
  await client.query(sql);
  return client;
}

/** Resolves when the statement of `client` has run for longer than the limits of these tests. */
async function outlasts(watcher: pg.Client, client: pg.Client): Promise<void> {
  const longer = "SELECT clock_timestamp() - query_start > '300ms' FROM pg_stat_activity WHERE pid = $1";
  await expect.poll(() => one(watcher, longer, [pidOf(client)]), { timeout: PATIENCE_MS }).toBe(true);
}

const writer = (): Promise<pg.Client> => open("BEGIN; UPDATE users SET name = 'x' WHERE id = 1");

describe('a runner that waits in pg_advisory_lock while another one builds an index', () => {
  test('raw: the server sees a deadlock, and the index stays INVALID', async () => {
    const builder = await open("SET deadlock_timeout = '10ms'; SELECT pg_advisory_lock(7)");
    const runner = await open("SET deadlock_timeout = '1h'");
    const watcher = await db.connect();
    const waiting = runner.query('SELECT pg_advisory_lock(7)');
    await waits(watcher, pidOf(runner), 'advisory');
    expect(await codeOf(builder.query(RAW))).toBe('40P01');
    expect(await stateOfIndex(watcher, NAME)).toBe('invalid');
    await builder.query('SELECT pg_advisory_unlock(7)');
    await waiting;
  });
});

describe('an open transaction that has written to the table', () => {
  test("raw: built beside the migration's own transaction, on a second connection, it waits for ever", async () => {
    const migration = await open('BEGIN; ALTER TABLE users ALTER COLUMN name SET DEFAULT 1');
    const second = await open("SET statement_timeout = '300ms'");
    expect(await codeOf(second.query(RAW))).toBe('57014');
    await migration.query('ROLLBACK');
    // On other tables the same transaction is in nobody's way.
    await migration.query("BEGIN; UPDATE orgs SET name = 'x'");
    await second.query('SET statement_timeout = 0');
    await second.query(`DROP INDEX IF EXISTS ${NAME}`);
    await second.query(RAW);
    expect(await stateOfIndex(second, NAME)).toBe('valid');
    await migration.query('ROLLBACK');
  });

  test("guarded: inside the migration's transaction nothing is built beside it: it is refused, or plain on a small table", async () => {
    const migration = await open("BEGIN; UPDATE users SET name = 'x' WHERE id = 1");
    const refused = await errorOf(create(migration, { largeTableBytes: 1 }));
    expect(refused).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(await create(migration)).toMatchObject({
      status: 'applied',
      steps: [{ sql: expect.not.stringContaining('CONCURRENTLY') }],
    });
    expect(await stateOfIndex(migration, NAME)).toBe('valid');
    await migration.query('ROLLBACK');
    expect(await stateOfIndex(migration, NAME)).toBeNull();
  });

  test('raw: the build hangs until somebody ends it, and then the index is INVALID', async () => {
    await writer();
    const client = await open("SET statement_timeout = '300ms'");
    expect(await codeOf(client.query(RAW))).toBe('57014');
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
  });

  test('guarded: the wait ends with scanTimeoutMs, is said, and the next run clears up', async () => {
    const rival = await writer();
    const client = await db.connect();
    const error = await errorOf<Error & { left: string }>(create(client, { scanTimeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'HF_FAILED', cause: { code: expect.stringMatching(/57014|55P03/) } });
    expect(error.left).toContain('invalid');
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
    await rival.query('COMMIT');
    expect(await create(client)).toMatchObject({
      status: 'repaired',
      steps: [
        { sql: expect.stringContaining('DROP INDEX CONCURRENTLY') },
        { sql: expect.stringContaining(RAW.slice(0, 25)) },
      ],
    });
    expect(await stateOfIndex(client, NAME)).toBe('valid');
    expect(await one(client, "SELECT count(*)::int FROM pg_index WHERE indrelid = 'users'::regclass")).toBe(2);
  });

  test('guarded: while it waits it says for whom', async () => {
    const rival = await writer();
    const client = await db.connect();
    const watcher = await db.connect();
    const { g, events } = watched(client);
    const building = settled(g.safeCreateIndex('users', ['name'], { name: NAME }));
    await waits(watcher, pidOf(client), 'virtualxid');
    const said = (): unknown[] => events.filter((event) => JSON.stringify(event).includes(`"pid":${pidOf(rival)}`));
    await settled(expect.poll(said, { timeout: 5_000 }).not.toEqual([]));
    await rival.query('COMMIT');
    expect(await building).toMatchObject({ value: { status: 'applied' } });
    expect(said()).not.toEqual([]);
  });

  test('guarded: the error after the limit names who was waited for', async () => {
    const rival = await writer();
    const error = await errorOf(create(await db.connect(), { scanTimeoutMs: 300 }));
    await rival.query('ROLLBACK');
    expect(error.message).toContain(`pid ${pidOf(rival)}`);
  });
});

describe('a short lock_timeout', () => {
  test('raw: kills the build, and IF NOT EXISTS passes over the INVALID index that it has left', async () => {
    const rival = await writer();
    const client = await open("SET lock_timeout = '100ms'");
    expect(await codeOf(client.query(RAW))).toBe('55P03');
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
    await rival.query('COMMIT');
    const notices: string[] = [];
    client.on('notice', (notice) => notices.push(notice.message ?? ''));
    await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${NAME} ON users (name)`);
    expect(notices).toEqual([`relation "${NAME}" already exists, skipping`]);
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
  });

  test('guarded: lockTimeoutMs is for short locks; the build outlasts it and the index is valid', async () => {
    const rival = await writer();
    const client = await db.connect();
    const watcher = await db.connect();
    const building = settled(create(client, { lockTimeoutMs: 100 }));
    await waits(watcher, pidOf(client), 'virtualxid');
    await outlasts(watcher, client);
    await rival.query('COMMIT');
    expect(await building).toMatchObject({ value: { status: 'applied' } });
    expect(await stateOfIndex(client, NAME)).toBe('valid');
  });

  test('guarded: an INVALID index of somebody else is not passed over but built anew', async () => {
    const rival = await writer();
    const client = await open("SET lock_timeout = '100ms'");
    expect(await codeOf(client.query(RAW))).toBe('55P03');
    await rival.query('COMMIT');
    expect(await create(await db.connect())).toMatchObject({ status: 'repaired' });
    expect(await stateOfIndex(client, NAME)).toBe('valid');
  });
});

describe('a statement_timeout that the database sets for requests', () => {
  const alterDatabase = (how: string): Promise<void> =>
    db.run(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ${how}', current_database()); END $$`);
  const limited = async (): Promise<pg.Client> => {
    await alterDatabase("SET statement_timeout = ''100ms''");
    const client = await db.connect();
    await alterDatabase('RESET statement_timeout');
    return client;
  };

  test('raw: kills the build and leaves it INVALID', async () => {
    await writer();
    const client = await limited();
    expect(await codeOf(client.query(RAW))).toBe('57014');
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
  });

  test('guarded: the build has a limit of its own, and the setting is as before', async () => {
    const rival = await writer();
    const client = await limited();
    const watcher = await db.connect();
    const building = settled(create(client));
    await waits(watcher, pidOf(client), 'virtualxid');
    await outlasts(watcher, client);
    await rival.query('COMMIT');
    expect(await building).toMatchObject({ value: { status: 'applied' } });
    expect(await stateOfIndex(client, NAME)).toBe('valid');
    expect(await one(client, 'SHOW statement_timeout')).toBe('100ms');
  });
});

describe('a session in REPEATABLE READ that polls', () => {
  const poller = (): Promise<pg.Client> => open('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM orgs');

  test('raw: the build waits for a transaction that never touched the table', async () => {
    await poller();
    const client = await open("SET statement_timeout = '300ms'");
    expect(await codeOf(client.query(RAW))).toBe('57014');
    expect(await stateOfIndex(client, NAME)).toBe('invalid');
  });

  test('raw: a polling READ COMMITTED transaction is not waited for', async () => {
    await open('BEGIN; SELECT count(*) FROM orgs');
    const client = await db.connect();
    await client.query(RAW);
    expect(await stateOfIndex(client, NAME)).toBe('valid');
  });

  test('guarded: waits no longer than scanTimeoutMs, says what is left, and goes on once the session has ended', async () => {
    const rival = await poller();
    const client = await db.connect();
    const error = await errorOf<Error & { left: string }>(create(client, { scanTimeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'HF_FAILED' });
    expect(error.left).toContain('invalid');
    await rival.query('COMMIT');
    expect(await create(client)).toMatchObject({ status: 'repaired' });
    expect(await stateOfIndex(client, NAME)).toBe('valid');
  });

  test('guarded: the error names the session that holds the old snapshot', async () => {
    const rival = await poller();
    const error = await errorOf(create(await db.connect(), { scanTimeoutMs: 300 }));
    await rival.query('COMMIT');
    expect(error.message).toContain(`pid ${pidOf(rival)}`);
  });

  test("guarded: in the migration's own REPEATABLE READ transaction the plain form is used, not a wait for itself", async () => {
    const client = await poller();
    expect(await create(client)).toMatchObject({ status: 'applied' });
    await client.query('COMMIT');
    expect(await stateOfIndex(client, NAME)).toBe('valid');
  });
});
