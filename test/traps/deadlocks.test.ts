/**
 * Two sessions that lock two tables in opposite order. Who becomes the victim is decided by deadlock_timeout: only a session whose
 * own has passed looks for a circle, once for each wait.
 */

import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { errorOf, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { readCatalog } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { codeOf, PATIENCE_MS, settled, stateOfIndex, waits } from './support.js';

const db = useDatabase(`
  CREATE TABLE orgs (id integer PRIMARY KEY, name text);
  CREATE TABLE users (id integer PRIMARY KEY, org_id integer, name text);
  INSERT INTO orgs VALUES (1, 'a'); INSERT INTO users VALUES (1, 1, 'b');
`);

const patient = { lockTimeoutMs: PATIENCE_MS, lockRetryBaseMs: 5 };
const FOREIGN_KEY = 'ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (org_id) REFERENCES orgs (id)';

type Guarded = ReturnType<typeof watched>['g'];
const addForeignKey = (g: Guarded): Promise<unknown> =>
  g.safeAddForeignKey('users', ['org_id'], { name: 'users_org', references: { table: 'orgs', columns: ['id'] } });

beforeEach(async () => {
  await db.run(
    'ALTER TABLE users DROP CONSTRAINT IF EXISTS users_org; ALTER TABLE users DROP COLUMN IF EXISTS email; DROP INDEX IF EXISTS users_name',
  );
});

/** A session that never looks for a circle: the other one will be the victim. */
async function survivor(sql: string): Promise<pg.Client> {
  const client = await db.connect();
  await client.query("SET deadlock_timeout = '1h'");
  await client.query(`BEGIN; ${sql}`);
  return client;
}

async function victim(): Promise<pg.Client> {
  const client = await db.connect();
  await client.query("SET deadlock_timeout = '10ms'");
  return client;
}

interface Circle {
  readonly client: pg.Client;
  readonly rival: pg.Client;
  /** The rival's statement. Resolves when the victim has given way. */
  readonly rivalWaits: Promise<unknown>;
}

/**
 * Brings about the circle while `act` takes `users` and then `orgs`: a gate holds `users` until the rival, which has `orgs`, stands in
 * the queue for `users` behind `act`.
 */
async function circle(act: (client: pg.Client) => Promise<unknown>): Promise<{
  readonly end: Awaited<ReturnType<typeof settled<unknown>>>;
  readonly client: pg.Client;
}> {
  const watcher = await db.connect();
  const gate = await db.connect();
  // In the mode of a writer: others write beside it, but not beside who waits for it.
  await gate.query('BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE');
  const rival = await survivor("UPDATE orgs SET name = 'rival'");
  const client = await victim();
  const end = settled(act(client));
  await waits(watcher, pidOf(client), 'relation');
  const rivalWaits = rival.query("UPDATE users SET name = 'rival'");
  await waits(watcher, pidOf(rival), 'relation');
  await gate.query('COMMIT');
  await rivalWaits;
  await rival.query('COMMIT');
  return { end: await end, client };
}

/** The circle around an open transaction: it has `users`, the rival has `orgs` and waits for `users`. */
async function circleAroundTransaction(): Promise<Circle> {
  const watcher = await db.connect();
  const client = await victim();
  await client.query('BEGIN; ALTER TABLE users ADD COLUMN email text');
  const rival = await survivor("UPDATE orgs SET name = 'rival'");
  const rivalWaits = rival.query("UPDATE users SET name = 'rival'");
  await waits(watcher, pidOf(rival), 'relation');
  return { client, rival, rivalWaits };
}

describe('a foreign key that meets a writer of both tables, outside a transaction', () => {
  test('raw: ADD FOREIGN KEY is the victim of the deadlock and is not there', async () => {
    const { end, client } = await circle((victimClient) => victimClient.query(FOREIGN_KEY));
    expect(end).toMatchObject({ error: { code: '40P01' } });
    expect(await readCatalog(db.url())).not.toContainEqual(expect.stringContaining('users_org'));
    expect((await client.query('SELECT name FROM users')).rows).toEqual([{ name: 'rival' }]);
  });

  test('guarded: safeAddForeignKey gives way, tries again and ends with the key', async () => {
    const { end, client } = await circle((victimClient) => addForeignKey(watched(victimClient, patient).g));
    expect(end).toMatchObject({ value: { status: 'applied' } });
    const steps = (end as { value: { steps: { sql: string; attempts: number }[] } }).value.steps;
    expect(steps.find((step) => step.sql.includes('ADD CONSTRAINT'))?.attempts).toBe(2);
    expect(await readCatalog(db.url())).toContainEqual(
      'constraint users.users_org FOREIGN KEY (org_id) REFERENCES orgs(id) valid=t',
    );
    expect((await client.query('SELECT name FROM users')).rows).toEqual([{ name: 'rival' }]);
  });
});

describe('a foreign key that meets an application which looks for the circle first', () => {
  /** The application has begun to wait earlier, and so it is the one that finds the circle, if that stands for so long. */
  async function applicationFirst(
    act: (client: pg.Client) => Promise<unknown>,
  ): Promise<{ readonly application: unknown; readonly end: unknown }> {
    const [watcher, gate, application, client] = [
      await db.connect(),
      await db.connect(),
      await db.connect(),
      await db.connect(),
    ];
    await gate.query('BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE');
    await application.query("SET deadlock_timeout = '2700ms'; BEGIN; UPDATE orgs SET name = 'rival'");
    await client.query("SET deadlock_timeout = '3s'");
    const end = settled(act(client));
    await waits(watcher, pidOf(client), 'relation');
    const waiting = settled(application.query("UPDATE users SET name = 'rival'"));
    await waits(watcher, pidOf(application), 'relation');
    await gate.query('COMMIT');
    const seen = await waiting;
    await application.query('COMMIT');
    return { application: seen, end: await end };
  }

  test('raw: the application is ended by the server', async () => {
    const { application } = await applicationFirst((client) => client.query(FOREIGN_KEY));
    expect(application).toMatchObject({ error: { code: '40P01' } });
  });

  test('guarded: safeAddForeignKey gives way before, and both succeed', async () => {
    const { application, end } = await applicationFirst((client) => addForeignKey(watched(client, patient).g));
    expect(application).toMatchObject({ value: { rowCount: 1 } });
    expect(end).toMatchObject({ value: { status: 'applied' } });
  });
});

describe('CREATE INDEX CONCURRENTLY that waits for a writer, who then waits for its table', () => {
  /** The gate keeps the build from its lock until the writer stands in the queue behind it. */
  async function writerBehindBuild(build: (client: pg.Client) => Promise<unknown>): ReturnType<typeof circle> {
    const watcher = await db.connect();
    const gate = await db.connect();
    await gate.query('BEGIN; LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE');
    const writer = await survivor("UPDATE users SET name = 'writer'");
    const client = await victim();
    const end = settled(build(client));
    await waits(watcher, pidOf(client), 'relation');
    const alters = writer.query('ALTER TABLE users ADD COLUMN email text');
    await waits(watcher, pidOf(writer), 'relation');
    await gate.query('COMMIT');
    await alters;
    await writer.query('COMMIT');
    return { end: await end, client };
  }

  test('raw: dies of the deadlock and leaves an INVALID index', async () => {
    const { end, client } = await writerBehindBuild((victimClient) =>
      victimClient.query('CREATE INDEX CONCURRENTLY users_name ON users (name)'),
    );
    expect(end).toMatchObject({ error: { code: '40P01' } });
    expect(await stateOfIndex(client, 'users_name')).toBe('invalid');
  });

  test('guarded: safeCreateIndex clears the INVALID index away and builds it again', async () => {
    const { end, client } = await writerBehindBuild((victimClient) =>
      watched(victimClient, patient).g.safeCreateIndex('users', ['name'], { name: 'users_name' }),
    );
    const [cleared, built] = (end as { value: { steps: { sql: string }[] } }).value.steps;
    expect(cleared?.sql).toBe('DROP INDEX CONCURRENTLY "public"."users_name"');
    expect(built?.sql).toContain('CREATE INDEX CONCURRENTLY');
    expect(await stateOfIndex(client, 'users_name')).toBe('valid');
  });
});

describe("a deadlock around the host's own transaction", () => {
  test('raw: every try from the savepoint dies again; only the rollback of everything helps', async () => {
    const { client, rival, rivalWaits } = await circleAroundTransaction();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await client.query('SAVEPOINT again');
      expect(await codeOf(client.query('ALTER TABLE orgs ADD COLUMN email text'))).toBe('40P01');
      await client.query('ROLLBACK TO SAVEPOINT again');
    }
    await client.query('ROLLBACK');
    await rivalWaits;
    await rival.query('COMMIT');
    expect(await readCatalog(db.url())).not.toContainEqual(expect.stringContaining('users.email'));
  });

  test('guarded: one try, no second one that could only die again, and nothing stays after the rollback', async () => {
    const { client, rival, rivalWaits } = await circleAroundTransaction();
    const { g, events } = watched(client, patient);
    const error = await errorOf(g.safeAddColumn('orgs', 'email', 'text'));
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', operation: 'safeAddColumn', target: 'public.orgs.email' });
    expect(error.cause).toMatchObject({ code: '40P01' });
    expect(events.filter((event) => event.type === 'wait')).toEqual([]);
    await client.query('ROLLBACK');
    await rivalWaits;
    await rival.query('COMMIT');
    expect(await g.safeAddColumn('orgs', 'email', 'text')).toMatchObject({ status: 'applied' });
    await client.query('ALTER TABLE orgs DROP COLUMN email');
  });

  test('guarded: the error names both sides, and what to do with the transaction', async () => {
    const { client, rival, rivalWaits } = await circleAroundTransaction();
    const error = await errorOf<Error & { hint: string; blockers: unknown[] }>(
      watched(client, patient).g.safeAddColumn('orgs', 'email', 'text'),
    );
    await client.query('ROLLBACK');
    await rivalWaits;
    await rival.query('COMMIT');
    expect(error.blockers).toEqual([
      expect.objectContaining({ pid: pidOf(rival), on: 'public.orgs', query: "UPDATE users SET name = 'rival'" }),
    ]);
    expect(error.message).toContain(`pid ${pidOf(rival)}`);
    expect(error.message).toContain("UPDATE users SET name = 'rival'");
    expect(error.message).toContain(`Process ${pidOf(client)} waits for AccessExclusiveLock`);
    expect(error.message).toContain(`Process ${pidOf(rival)} waits for RowExclusiveLock`);
    expect(error.hint).toContain('ROLLBACK');
  });

  test('guarded: the other side of a statement that takes its locks by itself is named as well', async () => {
    await db.run("CREATE TYPE mood AS ENUM ('a')");
    const watcher = await db.connect();
    const client = await victim();
    await client.query('BEGIN; ALTER TABLE users ADD COLUMN email text');
    const rival = await survivor("ALTER TYPE mood ADD VALUE 'rival'");
    const rivalWaits = rival.query("UPDATE users SET name = 'rival'");
    await waits(watcher, pidOf(rival), 'relation');
    const error = await errorOf(watched(client, patient).g.safeAddEnumValue('mood', 'b'));
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', target: 'public.mood.b', cause: { code: '40P01' } });
    await rivalWaits;
    await rival.query('ROLLBACK');
    await client.query('ROLLBACK');
    expect(error.message).toContain(`Process ${pidOf(rival)} waits for`);
  });
});
