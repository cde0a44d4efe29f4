import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { errorOf, setting, useDatabase, watched } from './support.js';

const db = useDatabase(`
  CREATE TABLE orgs (id integer PRIMARY KEY);
  CREATE TABLE users (id integer PRIMARY KEY, name text, org_id integer);
  INSERT INTO users SELECT i, 'u' || i, NULL FROM generate_series(1, 1000) i;
`);

async function rival(sql: string): Promise<pg.Client> {
  const client = await db.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return client;
}

const quick = { lockTimeoutMs: 60, lockRetries: 2, lockRetryBaseMs: 10 };

describe('a lock that is not granted', () => {
  test.each(['none', 'transaction'] as const)(
    'ends in a LockTimeoutError that names the blocker (%s)',
    async (form) => {
      const blocker = await rival('SELECT count(*) FROM users');
      const client = await db.connect();
      if (form === 'transaction') await client.query('BEGIN; CREATE TABLE kept (id int)');
      const { g, events } = watched(client, quick);
      const error = await errorOf(g.safeAddColumn('users', 'late', 'text'));
      expect(error).toMatchObject({
        code: 'HF_LOCK_TIMEOUT',
        target: 'public.users.late',
        left: 'Nothing was changed.',
      });
      expect(error['blockers']).toEqual([
        expect.objectContaining({
          pid: pidOf(blocker),
          mode: 'AccessShareLock',
          on: 'public.users',
          state: 'idle in transaction',
        }),
      ]);
      expect(error['message']).toContain('within 60 ms, 3 tries');
      expect(events.filter((event) => event.type === 'wait')).toHaveLength(2);
      expect(await g.columnExists('users', 'late')).toBe(false);
      if (form === 'transaction') expect(await g.tableExists('kept')).toBe(true);
      expect(await setting(client, 'lock_timeout')).toBe('0');
    },
  );

  test('is tried again until the blocker has ended', async () => {
    const blocker = await rival('SELECT count(*) FROM users');
    const client = await db.connect();
    let ended: Promise<unknown> | undefined;
    const { g } = watched(client, {
      ...quick,
      lockRetries: 50,
      onEvent: (event) => {
        if (event.type === 'wait') ended ??= blocker.query('ROLLBACK');
      },
    });
    const outcome = await g.safeAddColumn('users', 'in_time', 'text');
    expect(outcome.status).toBe('applied');
    expect(outcome.steps[0]?.attempts).toBeGreaterThan(1);
    await ended;
  });

  test.each(['none', 'transaction'] as const)('keeps nobody waiting behind a vacuum (%s)', async (form) => {
    // The mode of VACUUM, ANALYZE, CREATE INDEX CONCURRENTLY and VALIDATE.
    const vacuum = await rival('LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE');
    const [client, observer, other] = [await db.connect(), await db.connect(), await db.connect()];
    if (form === 'transaction') await client.query('BEGIN');
    const adding = watched(client, { lockTimeoutMs: 60_000 }).g.safeAddColumn('users', `vacuumed_${form}`, 'text');
    await expect
      .poll(
        async () => {
          const { rows } = await observer.query('SELECT mode FROM pg_locks WHERE pid = $1 AND NOT granted', [
            pidOf(client),
          ]);
          return rows;
        },
        { timeout: 20_000 },
      )
      .toHaveLength(1);
    await other.query("SET lock_timeout = '5s'");
    await other.query('SELECT FROM users');
    await other.query("UPDATE users SET name = 'written' WHERE id = 1");
    await vacuum.query('COMMIT');
    expect((await adding).status).toBe('applied');
    if (form === 'transaction') await client.query('ROLLBACK');
  });

  test('waits once only while the transaction keeps writers of another table waiting', async () => {
    await rival('SELECT count(*) FROM users');
    const client = await db.connect();
    await client.query('BEGIN; LOCK TABLE orgs IN ACCESS EXCLUSIVE MODE');
    const { g, events } = watched(client, quick);
    expect(await errorOf(g.safeAddColumn('users', 'late', 'text'))).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    expect(events.filter((event) => event.type === 'wait')).toEqual([]);
  });

  test('leaves the text of foreign queries out when asked to', async () => {
    await rival('SELECT count(*) FROM users');
    const { g } = watched(await db.connect(), { ...quick, redactQueries: true });
    const error = await errorOf(g.safeAddColumn('users', 'late', 'text'));
    expect(error['blockers']).toEqual([expect.objectContaining({ query: null })]);
    expect(error['message']).not.toContain('count(*)');
  });
});

describe('settings of the session', () => {
  test("the user's own lock_timeout wins and stays", async () => {
    await rival('SELECT count(*) FROM users');
    const client = await db.connect();
    await client.query("SET lock_timeout = '35ms'");
    const { g } = watched(client, { ...quick, lockTimeoutMs: 60_000, lockRetries: 0 });
    const started = performance.now();
    await errorOf(g.safeAddColumn('users', 'late', 'text'));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await setting(client, 'lock_timeout')).toBe('35ms');
  });

  test.each(['none', 'transaction'] as const)('are as before after every kind of step (%s)', async (form) => {
    const client = await db.connect();
    if (form === 'transaction') await client.query('BEGIN');
    const { g } = watched(client);
    await g.safeAddColumn('users', `kept_${form}`, 'text');
    await g.safeCreateIndex('users', [`kept_${form}`]);
    await g.safeCreateCheckConstraint('users', `kept_${form}`, 'id > 0');
    await errorOf(
      g
        .safeCreateIndex('users', ['org_id', 'name'], { method: 'no_such_method' })
        .then(undefined, async (error: unknown) => {
          if (form === 'transaction') await client.query('ROLLBACK');
          throw error;
        }),
    );
    expect(await setting(client, 'lock_timeout')).toBe('0');
    expect(await setting(client, 'statement_timeout')).toBe('0');
  });

  test('are those of the role again, not the defaults of the server', async () => {
    const admin = await db.connect();
    await admin.query("CREATE ROLE slow LOGIN SUPERUSER PASSWORD 'slow'; ALTER ROLE slow SET lock_timeout = '7s'");
    const url = new URL(db.url());
    url.username = 'slow';
    url.password = 'slow';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { g } = watched(client);
    await g.safeCreateIndex('users', ['id', 'name']);
    await g.safeAddColumn('users', 'by_slow', 'text');
    expect(await setting(client, 'lock_timeout')).toBe('7s');
    // The statement_timeout of a role is meant for requests: neither the look at the rows nor the build falls to it.
    await client.query(
      "ALTER ROLE slow SET statement_timeout = '75ms'; INSERT INTO users SELECT i, md5(i::text) FROM generate_series(2000, 400000) i",
    );
    await client.end();
    const hurried = new pg.Client({ connectionString: url.href });
    await hurried.connect();
    const unique = await watched(hurried).g.safeCreateIndex('users', ['id', 'name'], { name: 'hurried', unique: true });
    expect(unique.status).toBe('applied');
    expect(await setting(hurried, 'statement_timeout')).toBe('75ms');
    await hurried.end();
    await admin.query('REASSIGN OWNED BY slow TO CURRENT_USER; DROP OWNED BY slow; DROP ROLE slow');
  });
});

describe('CREATE INDEX CONCURRENTLY', () => {
  test('lets writers through while it waits, and waits longer than lockTimeoutMs', async () => {
    const writer = await rival("UPDATE users SET name = 'x' WHERE id = 1");
    const { g } = watched(await db.connect(), { lockTimeoutMs: 50 });
    const building = g.safeCreateIndex('users', ['name', 'id'], { name: 'while_writing' });
    const other = await db.connect();
    await expect
      .poll(
        async () =>
          (await other.query('SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()')).rowCount,
      )
      .toBe(1);
    await other.query("UPDATE users SET name = 'y' WHERE id = 2");
    await writer.query('COMMIT');
    expect((await building).status).toBe('applied');
  });

  test('of another session is not disturbed: the second one is refused while it builds', async () => {
    const writer = await rival("UPDATE users SET name = 'x' WHERE id = 1");
    const building = watched(await db.connect()).g.safeCreateIndex('users', ['id', 'org_id'], { name: 'built_once' });
    const other = await db.connect();
    await expect
      .poll(
        async () =>
          (await other.query('SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()')).rowCount,
      )
      .toBe(1);
    const error = await errorOf(watched(other).g.safeCreateIndex('users', ['id', 'org_id'], { name: 'built_once' }));
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(error['message']).toMatch(/another session \(pid \d+\) is building this index/);
    await writer.query('COMMIT');
    expect((await building).status).toBe('applied');
  });

  test('that the server cancels leaves an INVALID index, which the next run replaces', async () => {
    const writer = await rival("UPDATE users SET name = 'x' WHERE id = 1");
    const client = await db.connect();
    const building = errorOf(watched(client).g.safeCreateIndex('users', ['org_id', 'id'], { name: 'cancelled' }));
    const other = await db.connect();
    await expect
      .poll(
        async () =>
          (await other.query('SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()')).rowCount,
      )
      .toBe(1);
    await other.query('SELECT pg_cancel_backend($1)', [pidOf(client)]);
    expect(await building).toMatchObject({ code: 'HF_FAILED', cause: { code: '57014' } });
    await writer.query('COMMIT');
    const { g } = watched(other);
    expect(await g.safeCreateIndex('users', ['org_id', 'id'], { name: 'cancelled' })).toMatchObject({
      status: 'repaired',
    });
  });
});
