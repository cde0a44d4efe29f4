/** A standby: it takes no changes, and after a failover in the middle of an operation the next run continues on it. */

import { guard } from '@holdfast/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type OwnServer, type Server, startEmbeddedServer } from '../../scripts/postgres-server.mjs';
import { leftovers, readState } from '../crash/state.js';
import { some } from '../support/breadth.js';
import { execute } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { expectHeld, HELD_SETUP, HELD_STEPS, type HeldStep, startRival } from './held.js';
import { errorOf, setting } from './support.js';

describe.skipIf(process.env['DATABASE_URL'] !== undefined)('a standby', () => {
  let primary: Server & OwnServer;
  let standby: Server;
  beforeAll(async () => {
    primary = await startEmbeddedServer({ fast: true });
    await execute(primary.url(), HELD_SETUP);
    standby = await primary.standby();
  });
  afterAll(async () => {
    await standby.stop();
    await primary.stop();
  });

  test.each(some(HELD_STEPS, 3))('refuses $name before any change', async (step) => {
    const client = await open(standby.url());
    const error = await errorOf(step.run(guard(client)));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error['happened']).toMatch(/the server is a standby \(in recovery\)/);
    expect(error['hint']).toMatch(/primary/);
    expect(await setting(client, 'lock_timeout')).toBe('0');
  });

  test('answers questions and makes plans', async () => {
    const client = await open(standby.url());
    const g = guard(client);
    expect(await g.columnExists('users', 'name')).toBe(true);
    expect(await g.detectPkColumn('users')).toBe('id');
    expect(await g.validatePrerequisites({ tables: ['users'], columns: { users: ['name'] } })).toMatchObject({
      ok: true,
    });
    for (const step of HELD_STEPS)
      expect(await step.run(guard(client, { mode: 'plan' }))).toMatchObject({ status: 'planned' });
  });
});

describe.skipIf(process.env['DATABASE_URL'] !== undefined)('a failover in the middle of', () => {
  test.each(some(HELD_STEPS, 3))(
    '$name: the next run continues on the new primary',
    { timeout: 60_000 },
    async (step) => {
      const primary = await startEmbeddedServer({ fast: true });
      onTestFinished(() => primary.stop());
      // What is committed is sent to the standby at once.
      await execute(primary.url(), 'ALTER ROLE postgres SET synchronous_commit = on');
      await execute(primary.url(), HELD_SETUP);
      await execute(primary.url(), 'CREATE DATABASE undisturbed');
      await execute(primary.url('undisturbed'), HELD_SETUP);
      await step.run(guard(await open(primary.url('undisturbed'))));
      const standby = await primary.standby();
      onTestFinished(() => standby.stop());

      const error = await failOver(primary, standby, step);
      expect(error).toMatchObject({ code: 'HF_FAILED' });
      expect(error['hint']).toMatch(/\bRun again\b/);

      const g = guard(await open(standby.url()));
      const outcome = await step.run(g);
      expect(outcome.status).toBe(step.half ? 'repaired' : 'applied');
      if (step.changed !== undefined) expect(outcome.rows).toBe(20);
      expect(await step.run(g)).toMatchObject({ status: 'unchanged' });
      expect(await readState(standby.url())).toEqual(await readState(standby.url('undisturbed')));
      expect(await leftovers(standby.url())).toEqual([]);
    },
  );
});

/** Runs the operation until it is held, ends the primary once the standby has all of it, and promotes the standby. */
async function failOver(primary: Server, standby: Server, step: HeldStep): Promise<Record<string, unknown>> {
  const rival = await startRival(primary.url(), step);
  onTestFinished(() => rival.end());
  const client = await open(primary.url());
  const failing = errorOf(step.run(guard(client, { lockTimeoutMs: 60_000 })));
  const observer = await open(primary.url());
  await expectHeld(observer, pidOf(client));
  const behind = `SELECT FROM (VALUES (pg_current_wal_flush_lsn())) now (lsn) WHERE NOT EXISTS
    (SELECT FROM pg_stat_replication WHERE replay_lsn >= now.lsn)`;
  await expect.poll(async () => (await observer.query(behind)).rowCount, { timeout: 20_000 }).toBe(0);
  await primary.stop();
  const error = await failing;
  await execute(standby.url(), 'SELECT pg_promote()');
  await execute(standby.url(), 'TRUNCATE held');
  return error;
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}
