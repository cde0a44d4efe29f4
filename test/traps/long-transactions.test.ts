/** What a transaction of a migration that waits, or that does much, meets. */

import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { pidOf } from '../support/clients.js';
import { availableMajors } from '../support/server.js';
import { codeOf, settled } from './support.js';

describe('idle_in_transaction_session_timeout while a lock is waited for', () => {
  const db = useDatabase('CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE kept (id integer)');
  const TIMEOUT_MS = 1_500;

  /** An open transaction that has done something, on a server that ends idle ones; and a rival that has the table. */
  async function idleAndRival(): Promise<{ client: pg.Client; rival: pg.Client }> {
    const rival = await db.connect();
    await rival.query('BEGIN; LOCK TABLE users IN ACCESS SHARE MODE');
    const client = await db.connect();
    await client.query(`SET idle_in_transaction_session_timeout = ${TIMEOUT_MS}; BEGIN; INSERT INTO kept VALUES (1)`);
    return { client, rival };
  }

  test('raw: a pause in the client between two tries loses the connection and the transaction', async () => {
    const { client, rival } = await idleAndRival();
    const lost = new Promise((resolve) => client.once('end', resolve));
    await client.query("SAVEPOINT s; SET LOCAL lock_timeout = '50ms'");
    expect(await codeOf(client.query('ALTER TABLE users ADD COLUMN email text'))).toBe('55P03');
    await client.query('ROLLBACK TO SAVEPOINT s');
    // The pause: nothing is sent until the server has given up.
    await lost;
    expect(await settled(client.query('ALTER TABLE users ADD COLUMN email text'))).toHaveProperty('error');
    await rival.query('ROLLBACK');
    expect(await one(rival, 'SELECT count(*)::int FROM kept')).toBe(0);
  });

  test('guarded: the pauses between the tries do not count as idleness', async () => {
    const { client, rival } = await idleAndRival();
    let waited = 0;
    const { g } = watched(client, {
      lockTimeoutMs: 50,
      lockRetryBaseMs: TIMEOUT_MS * 4,
      onEvent: (event) => {
        if (event.type !== 'wait') return;
        waited += event.pauseMs;
        void rival.query('ROLLBACK');
      },
    });
    expect(await g.safeAddColumn('users', 'email', 'text')).toMatchObject({ status: 'applied' });
    expect(waited).toBeGreaterThan(TIMEOUT_MS);
    await client.query('COMMIT');
    expect(await one(rival, 'SELECT count(*)::int FROM kept')).toBe(1);
    expect(
      await one(
        rival,
        "SELECT count(*)::int FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'email'",
      ),
    ).toBe(1);
  });
});

describe.each(availableMajors([16, 17, 18]))('70 changes in one transaction, PostgreSQL %i', (major) => {
  const COUNT = 70;
  const db = useDatabase(
    `CREATE TABLE users (id integer PRIMARY KEY);
     DO $$ BEGIN FOR i IN 1..${COUNT} LOOP EXECUTE format('CREATE TABLE t%s (id integer)', i); END LOOP; END $$`,
    major,
  );
  const numbers = Array.from({ length: COUNT }, (_, i) => i + 1);

  /** Subtransactions whose ids the server keeps for this session: 64 fit, then every other session's snapshots get dearer. */
  async function subtransactions(client: pg.Client): Promise<{ subxact_count: number; subxact_overflowed: boolean }> {
    const watcher = await db.connect();
    const { rows } = await watcher.query(
      `SELECT s.* FROM pg_stat_get_backend_idset() b, LATERAL pg_stat_get_backend_subxact(b) s WHERE pg_stat_get_backend_pid(b) = $1`,
      [pidOf(client)],
    );
    return rows[0];
  }

  async function begun(): Promise<pg.Client> {
    const client = await db.connect();
    await client.query('BEGIN');
    return client;
  }

  const made = (client: pg.Client): Promise<number> =>
    one(client, "SELECT count(*)::int FROM pg_attribute WHERE attname ~ '^c[0-9]+$' AND NOT attisdropped");

  test('raw: a savepoint around each change overflows the 64 places, though each is released', async () => {
    const client = await begun();
    for (const n of numbers) {
      await client.query(`SAVEPOINT s; ALTER TABLE users ADD COLUMN c${n} integer; RELEASE SAVEPOINT s`);
    }
    expect(await subtransactions(client)).toMatchObject({ subxact_overflowed: true });
    await client.query('ROLLBACK');
  });

  test('raw: without savepoints there are none', async () => {
    const client = await begun();
    for (const n of numbers) await client.query(`ALTER TABLE users ADD COLUMN c${n} integer`);
    expect(await subtransactions(client)).toEqual({ subxact_count: 0, subxact_overflowed: false });
    await client.query('ROLLBACK');
  });

  test('guarded: changes of one table leave at most one, for its lock', async () => {
    const client = await begun();
    const { g } = watched(client);
    for (const n of numbers) await g.safeAddColumn('users', `c${n}`, 'integer');
    expect(await subtransactions(client)).toEqual({
      subxact_count: expect.toSatisfy((n) => n <= 1),
      subxact_overflowed: false,
    });
    expect(await made(client)).toBe(COUNT);
    await client.query('ROLLBACK');
  });

  // LOCK TABLE … IN ACCESS EXCLUSIVE MODE gives its savepoint an id of its own (wal_level replica and above).
  test.fails('guarded: changes of as many tables do not overflow them either', async () => {
    const client = await begun();
    const { g } = watched(client);
    for (const n of numbers) await g.safeAddColumn(`t${n}`, `c${n}`, 'integer');
    expect(await made(client)).toBe(COUNT);
    expect(await subtransactions(client)).toMatchObject({ subxact_overflowed: false });
    await client.query('ROLLBACK');
  });

  test('guarded: re-runs that find everything there leave none', async () => {
    const client = await begun();
    const { g } = watched(client);
    for (const n of numbers) await client.query(`ALTER TABLE users ADD COLUMN c${n} integer DEFAULT 5`);
    for (const n of numbers)
      expect((await g.safeAddColumn('users', `c${n}`, 'integer DEFAULT 5')).status).toBe('unchanged');
    expect(await subtransactions(client)).toEqual({ subxact_count: 0, subxact_overflowed: false });
    await client.query('ROLLBACK');
  });

  test('guarded: a backfill of many batches does not pile them up', async () => {
    const client = await begun();
    await client.query(`INSERT INTO users SELECT generate_series(1, 700); ALTER TABLE users ADD COLUMN c1 integer`);
    const { g } = watched(client);
    expect(await g.backfill('users', { set: { c1: 1 }, batchSize: 10 })).toMatchObject({ rows: 700 });
    expect(await subtransactions(client)).toMatchObject({ subxact_overflowed: false });
    await client.query('ROLLBACK');
  });

  test('guarded: while the tries for a lock fail, their savepoints are gone', async () => {
    const rival = await db.connect();
    await rival.query('BEGIN; LOCK TABLE t1');
    const client = await begun();
    const { g, events } = watched(client, {
      lockTimeoutMs: 5,
      lockRetries: COUNT,
      lockRetryBaseMs: 1,
      lockRetryMaxMs: 1,
    });
    expect(await errorOf(g.safeAddColumn('t1', 'c1', 'integer'))).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    expect(events.filter((event) => event.type === 'wait')).toHaveLength(COUNT);
    expect(await subtransactions(client)).toEqual({ subxact_count: 0, subxact_overflowed: false });
    await client.query('ROLLBACK');
    await rival.query('ROLLBACK');
  });
});
