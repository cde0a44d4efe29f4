/** Whoever gets a connection of the pool after a migration finds it as it was: no setting, lock, transaction or temporary table of ours. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { some } from '../support/breadth.js';
import { execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { FORMS, type Form, type Hands, POOLS, type Pool } from './pools.js';
import { PATIENCE_MS, settled } from './support.js';

const TABLES = `
  DROP TABLE IF EXISTS users, orgs; DROP TYPE IF EXISTS mood;
  CREATE TABLE orgs (id integer PRIMARY KEY);
  CREATE TABLE users (id integer PRIMARY KEY, name text, org_id integer, meta jsonb DEFAULT '{"a": 1}');
  CREATE TYPE mood AS ENUM ('sad');
  INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 50) i;`;

/** Everything that a session can keep, in one row. Prepared statements are left out: ours stay on purpose. */
const STATE = `
  SELECT pg_backend_pid() AS pid, current_user AS role, pg_current_xact_id_if_assigned() IS NULL AS idle,
    (SELECT json_agg(json_build_array(name, setting, source) ORDER BY name) FROM pg_settings) AS settings,
    (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary,
    (SELECT count(*)::int FROM pg_prepared_xacts WHERE database = current_database()) AS prepared,
    (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS advisory,
    (SELECT count(*)::int FROM pg_cursors WHERE name <> '') AS cursors,
    (SELECT count(*)::int FROM pg_listening_channels()) AS channels`;

const SETTINGS = 'SELECT json_agg(json_build_array(name, setting, source) ORDER BY name) AS settings FROM pg_settings';

const quick = { lockTimeoutMs: 50, lockRetries: 1, lockRetryBaseMs: 5 };
const outside = (form: Form): boolean => form === 'outside a transaction';

let database: Database;
beforeAll(async () => {
  database = await createDatabase(serverFor());
  // Values of the database, not the server's defaults: what is put back must be these.
  const name = pg.escapeIdentifier(database.name);
  await execute(
    database.url,
    `ALTER DATABASE ${name} SET lock_timeout = '7s'; ALTER DATABASE ${name} SET statement_timeout = '61s'`,
  );
});
afterAll(() => database.drop());
beforeEach(() => execute(database.url, TABLES));

async function rival(sql: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(`BEGIN; ${sql}`);
  return client;
}

/** Cancels the one that waits for a lock. */
async function cancelWaiting(by: pg.Client): Promise<void> {
  const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect.poll(async () => (await by.query(cancel)).rowCount, { timeout: PATIENCE_MS, interval: 10 }).toBe(1);
}

type Ending = (hands: Hands, form: Form) => Promise<void>;

const ENDINGS: Readonly<Record<string, Ending>> = {
  'operations of every kind': async ({ guard }) => {
    const g = guard();
    const outcomes = [
      await g.safeAddColumn('users', 'email', "varchar(100) NOT NULL DEFAULT ''"),
      await g.safeAddColumn('users', 'meta', `jsonb DEFAULT '{"a":1}'`),
      await g.safeCreateIndex('users', ['email', 'name']),
      await g.safeCreateCheckConstraint('users', 'positive', 'id > 0'),
      await g.safeSetNotNull('users', 'name'),
      await g.safeCreateUniqueConstraint('users', ['name']),
      await g.safeAddForeignKey('users', ['org_id'], { references: { table: 'orgs', columns: ['id'] } }),
      await g.backfill('users', { set: { email: 'x' }, where: "email = ''", batchSize: 10 }),
      await g.safeAddEnumValue('mood', 'happy'),
      await g.safeDropColumn('users', 'meta'),
      await g.attempt('more', (inner) => inner.safeSetComment('users', 'name', 'full')),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map((_, at) => (at === 1 ? 'unchanged' : 'applied')));
  },
  'a LockTimeoutError': async ({ guard }) => {
    const other = await rival('LOCK TABLE users IN ROW EXCLUSIVE MODE');
    const end = await settled(guard(quick).safeAddColumn('users', 'email', 'text'));
    expect(end).toMatchObject({ error: { code: 'HF_LOCK_TIMEOUT' } });
    await other.query('ROLLBACK');
  },
  'a LockTimeoutError while it looks': async ({ guard }) => {
    const other = await rival('LOCK TABLE users');
    const end = await settled(guard(quick).safeAddColumn('users', 'email', 'text'));
    expect(end).toMatchObject({ error: { code: 'HF_LOCK_TIMEOUT' } });
    await other.query('ROLLBACK');
  },
  'an index that could not be built': async ({ guard }, form) => {
    const other = await rival("UPDATE users SET name = 'x' WHERE id = 1");
    // CONCURRENTLY gives up waiting for the writer; the plain form meets a method that there is not.
    const building = outside(form)
      ? guard({ scanTimeoutMs: 200 }).safeCreateIndex('users', ['name'])
      : guard({ ...quick, largeTableBytes: 1_000_000 }).safeCreateIndex('orgs', ['id'], { method: 'no_such_method' });
    expect(await settled(building)).toMatchObject({ error: { code: 'HF_FAILED' } });
    await other.query('ROLLBACK');
  },
  'a statement that somebody has cancelled': async ({ guard }) => {
    const other = await rival('LOCK TABLE users IN ROW EXCLUSIVE MODE');
    const ending = settled(guard({ lockTimeoutMs: PATIENCE_MS }).safeAddColumn('users', 'email', 'text'));
    await cancelWaiting(other);
    expect(await ending).toMatchObject({ error: { code: 'HF_FAILED', cause: { code: '57014' } } });
    await other.query('ROLLBACK');
  },
  'a look that somebody has cancelled': async ({ guard }) => {
    const other = await rival('LOCK TABLE users');
    const ending = settled(guard({ lockTimeoutMs: PATIENCE_MS }).safeAddColumn('users', 'email', 'text'));
    await cancelWaiting(other);
    expect(await ending).toMatchObject({ error: { code: 'HF_FAILED', cause: { code: '57014' } } });
    await other.query('ROLLBACK');
  },
  'an attempt that was taken back': async ({ guard, query }) => {
    const outcome = await guard().attempt('half', async (inner) => {
      await inner.safeAddColumn('users', 'email', 'text');
      await query('SELECT 1 / 0');
    });
    expect(outcome.status).toBe('failed');
  },
  'a plan': async ({ guard }) => {
    const g = guard({ mode: 'plan' });
    expect((await g.safeAddColumn('users', 'email', 'text')).status).toBe('planned');
    expect((await g.safeCreateIndex('users', ['email'])).status).toBe('planned');
  },
};

describe.each(POOLS)('%s', (_name, open) => {
  let pool: Pool;
  beforeEach(async () => {
    pool = await open(database.url);
    return () => pool.close();
  });

  test('raw: SET in a transaction that commits, and SET outside of any, stay for the next user', async () => {
    const before = await pool.onEach(STATE);
    await pool.work('in a transaction, committed', ({ query }) => query("SET lock_timeout = '2s'"));
    expect(await pool.onEach(STATE)).not.toEqual(before);
    expect(JSON.stringify(await pool.onEach(STATE))).toContain('["lock_timeout","2000","session"]');
  });

  describe.each(FORMS)('%s', (form) => {
    test.each(some(Object.entries(ENDINGS), 3))('guarded: nothing stays behind after %s', async (_what, ending) => {
      const before = await pool.onEach(STATE);
      await pool.work(form, async (hands) => {
        const [during] = await hands.query(SETTINGS);
        await ending(hands, form);
        // The host's own statements in the rest of its transaction, unless that has failed.
        const rest = await settled(hands.query(SETTINGS));
        expect(rest).toEqual(
          'error' in rest ? { error: expect.objectContaining({ code: '25P02' }) } : { value: [during] },
        );
      });
      const after = await pool.onEach(STATE);
      expect(after).toEqual(before);
      expect(after[0]).toMatchObject({
        temporary: 0,
        prepared: 0,
        advisory: 0,
        cursors: 0,
        channels: 0,
        idle: true,
      });
    });
  });

  test('guarded: what the user has SET himself stays', async () => {
    await pool.work('outside a transaction', ({ query }) => query("SET lock_timeout = '9s'"));
    const before = await pool.onEach(STATE);
    for (const form of FORMS)
      await pool.work(form, async ({ guard }) => {
        await guard().safeAddColumn('users', `c${FORMS.indexOf(form)}`, 'text');
        await guard().safeCreateIndex('users', ['name'], { name: `i${FORMS.indexOf(form)}` });
      });
    expect(await pool.onEach(STATE)).toEqual(before);
  });
});
