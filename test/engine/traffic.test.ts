/** How steps behave among others who use the same tables, and what is said of it meanwhile. */

import type { GuardEvent } from '@holdfast/core';
import * as core from '@holdfast/core';
import * as knexAdapter from '@holdfast/knex';
import * as typeormAdapter from '@holdfast/typeorm';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { type HostName, openHost } from '../support/hosts.mjs';
import { errorOf, useDatabase, watched } from './support.js';

const db = useDatabase(`
  CREATE TABLE parents (id integer PRIMARY KEY);
  CREATE TABLE items (id integer PRIMARY KEY, name text, parent_id integer);
  INSERT INTO items SELECT i, 'n' || i FROM generate_series(1, 1000) i;
  CREATE TABLE parts (id integer, kind integer) PARTITION BY LIST (kind);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
`);

async function holding(sql: string): Promise<pg.Client> {
  const client = await db.connect();
  await client.query('BEGIN');
  await client.query(sql);
  return client;
}

function ofType<T extends GuardEvent['type']>(
  events: readonly GuardEvent[],
  type: T,
): Extract<GuardEvent, { type: T }>[] {
  return events.filter((event): event is Extract<GuardEvent, { type: T }> => event.type === type);
}

describe('behind a transaction that has been there for longer than a try would wait', () => {
  test('nobody queues for the first half of the tries, and the lock is taken once it has ended', async () => {
    const reader = await holding('SELECT count(*) FROM items');
    const other = await db.connect();
    await expect
      .poll(
        async () =>
          (
            await other.query(
              "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND clock_timestamp() - xact_start > '200 ms'",
            )
          ).rowCount,
      )
      .toBe(1);
    let waits = 0;
    const { g, events } = watched(await db.connect(), {
      lockTimeoutMs: 200,
      lockRetries: 20,
      lockRetryBaseMs: 50,
      lockRetryMaxMs: 50,
      onEvent: (event) => {
        if (event.type !== 'wait') return;
        waits += 1;
        if (waits === 5) void reader.query('ROLLBACK');
      },
    });
    const adding = g.safeAddColumn('items', 'later', 'text');
    let done = false;
    void adding.finally(() => {
      done = true;
    });
    let queues = 0;
    while (!done)
      queues +=
        (await other.query("SELECT FROM pg_locks WHERE relation = 'items'::regclass AND NOT granted")).rowCount ?? 0;
    expect(await adding).toMatchObject({ status: 'applied', steps: [{ attempts: 6 }] });
    expect(queues).toBe(0);
    expect(ofType(events, 'wait')[0]?.blockers).toMatchObject([{ mode: 'AccessShareLock', on: 'public.items' }]);
  });

  test('the second half of the tries queues, so that a stream of readers cannot keep it out for ever', async () => {
    await holding('SELECT count(*) FROM items');
    const client = await db.connect();
    const other = await db.connect();
    const { g } = watched(client, { lockTimeoutMs: 300, lockRetries: 3, lockRetryBaseMs: 1 });
    const failing = errorOf(g.safeAddColumn('items', 'never', 'text'));
    const processID = pidOf(client);
    await expect
      .poll(
        async () => (await other.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [processID])).rowCount,
      )
      .toBe(1);
    expect(await failing).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
  });
});

describe('blockers', () => {
  test('of a partition are named, too', async () => {
    await holding('SELECT count(*) FROM parts_1');
    const { g } = watched(await db.connect(), { lockTimeoutMs: 50, lockRetries: 0 });
    expect(await errorOf(g.safeAddColumn('parts', 'late', 'text'))).toMatchObject({
      blockers: [expect.objectContaining({ on: 'public.parts_1', mode: 'AccessShareLock' })],
    });
  });

  test('are named as far as a role without privileges sees them', async () => {
    const admin = await db.connect();
    await admin.query(
      'CREATE ROLE weak LOGIN; CREATE TABLE owned (id integer); ALTER TABLE owned OWNER TO weak; GRANT CREATE ON SCHEMA public TO weak',
    );
    const blocker = await holding('SELECT count(*) FROM owned');
    const client = await db.connect();
    await client.query('SET SESSION AUTHORIZATION weak');
    const { g } = watched(client, { lockTimeoutMs: 50, lockRetries: 0 });
    const error = await errorOf(g.safeAddColumn('owned', 'late', 'text'));
    const processID = pidOf(blocker);
    expect(error).toMatchObject({
      code: 'HF_LOCK_TIMEOUT',
      blockers: [{ pid: processID, mode: 'AccessShareLock', state: null, ageSeconds: null }],
    });
    await client.query('RESET SESSION AUTHORIZATION');
    await blocker.query('ROLLBACK');
    await admin.query('DROP OWNED BY weak; DROP ROLE weak');
  });
});

describe.each(['pg', 'knex', 'typeorm-0.3', 'typeorm-1'] satisfies HostName[])('on %s, a long build', (name) => {
  test('says from a second connection how far it is and whom it waits for', async () => {
    const writer = await holding("UPDATE items SET name = 'x' WHERE id = 1");
    const host = await openHost(name, { core, knex: knexAdapter, typeorm: typeormAdapter }, db.url(), 'none');
    const events: GuardEvent[] = [];
    const lines: string[] = [];
    const line = (text: string): void => void lines.push(text);
    const g = host.guard({
      logger: { info: line, warn: line, error: line, debug: line },
      onEvent: (event) => events.push(event),
    });
    const building = g.safeCreateIndex('items', ['name', 'id'], { name: 'built' });
    await expect.poll(() => ofType(events, 'blocked').length, { timeout: 10_000 }).toBe(1);
    const processID = pidOf(writer);
    expect(ofType(events, 'blocked')[0]?.blockers).toMatchObject([{ pid: processID, state: 'idle in transaction' }]);
    expect(ofType(events, 'phase')[0]).toMatchObject({
      step: 'build',
      unit: 'lockers',
      phase: expect.stringContaining('waiting for writers'),
    });
    await writer.query('COMMIT');
    expect((await building).status).toBe('applied');
    const text = lines.join('\n');
    expect(text).toContain(`build is waiting, behind pid ${processID} (`);
    expect(text).toMatch(/waiting for writers before build, 0 of 1 lockers/);
    expect(text).toMatch(
      /build done in \d+ ms \(ShareUpdateExclusiveLock on public\.items\): CREATE INDEX CONCURRENTLY/,
    );
    await host.close();
    const other = await db.connect();
    await other.query('DROP INDEX built');
    await expect
      .poll(
        async () =>
          (
            await other.query(
              "SELECT FROM pg_stat_activity WHERE application_name LIKE 'holdfast%' AND datname = current_database()",
            )
          ).rowCount,
      )
      .toBe(0);
  });
});

describe("inside a migration's transaction", () => {
  test('a pause gives signs of life, so that idle_in_transaction_session_timeout does not end it', async () => {
    const reader = await holding('SELECT count(*) FROM items');
    const client = await db.connect();
    await client.query(
      "SET idle_in_transaction_session_timeout = '1500ms'; BEGIN; CREATE TABLE made_before (id integer)",
    );
    const { g } = watched(client, {
      lockTimeoutMs: 20,
      lockRetryBaseMs: 4_000,
      onEvent: (event) => {
        if (event.type === 'wait') void reader.query('ROLLBACK');
      },
    });
    expect((await g.safeAddColumn('items', 'after_the_pause', 'text')).status).toBe('applied');
    await client.query('COMMIT');
    expect(await g.tableExists('made_before')).toBe(true);
  });

  test('a second table under a strong lock is reported, and a table made there is not', async () => {
    const client = await db.connect();
    // In two modes, and named once.
    await client.query('BEGIN; CREATE TABLE fresh (id integer); LOCK TABLE items IN SHARE MODE');
    const { g, events } = watched(client);
    await g.safeAddColumn('fresh', 'a', 'text');
    await g.safeAddColumn('items', 'a', 'text');
    expect(ofType(events, 'warning')).toEqual([]);
    await g.safeAddColumn('parents', 'a', 'text');
    expect(ofType(events, 'warning').map((event) => event.message)).toEqual([
      expect.stringContaining(
        'public.parents is locked while this transaction keeps writers of public.items waiting already',
      ),
    ]);
    await client.query('ROLLBACK');
  });

  test('work on rows under a strong lock is reported', async () => {
    const client = await db.connect();
    await client.query('BEGIN; LOCK TABLE parents IN SHARE MODE; LOCK TABLE parents IN ACCESS EXCLUSIVE MODE');
    const { g, events } = watched(client);
    await g.safeCreateCheckConstraint('items', 'positive', 'id > 0');
    expect(ofType(events, 'warning').map((event) => event.message)).toContainEqual(
      expect.stringMatching(
        /rows of public\.items are worked through while this transaction keeps writers of public\.parents waiting/,
      ),
    );
    await client.query('ROLLBACK');
  });
});
