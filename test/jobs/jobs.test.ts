import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { guard, sql } from '@holdfast/core';
import { type BackfillJobsOptions, backfillJobs, type JobsProgress } from '@holdfast/core/jobs';
import PgBoss from 'pg-boss';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { upperEmail } from './definition.mjs';

vi.setConfig({ testTimeout: 90_000 });

// Each change of a row leaves one in `written`.
const db = useDatabase(`
  CREATE TABLE people (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n integer, email text);
  CREATE TABLE written (id uuid);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO written VALUES (NEW.id); RETURN NEW; END';
  INSERT INTO people (n, email) SELECT i, CASE WHEN i % 10 = 0 THEN 'DONE' ELSE 'p' || i END FROM generate_series(1, 2000) i;
  CREATE TRIGGER note AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TABLE measures (day date, value integer) PARTITION BY RANGE (day);
  CREATE TABLE measures_1 PARTITION OF measures FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
  CREATE TABLE measures_2 PARTITION OF measures FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
  INSERT INTO measures SELECT date '2024-01-01' + i % 366, i FROM generate_series(1, 9000) i;
  CREATE TABLE numbers (id integer PRIMARY KEY, half integer, twice integer);
  INSERT INTO numbers SELECT i FROM generate_series(1, 30) i`);

async function startBoss(...queues: string[]): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: db.url(), max: 2, maintenanceIntervalSeconds: 1, schedule: false });
  boss.on('error', () => {}); // the database is dropped under it
  await boss.start();
  onTestFinished(() => boss.stop({ wait: true, graceful: false }));
  for (const queue of queues) await boss.createQueue(queue);
  return boss;
}

function startWorker(name: string): ChildProcess {
  const program = fileURLToPath(new URL('./worker.mjs', import.meta.url));
  const child = fork(program, [db.url(), name], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('two workers share a table, and one takes over the range of another that was killed in the middle', async () => {
  const boss = await startBoss('upper-email');
  const [client, rival] = [await db.connect(), await db.connect()];
  const jobs = backfillJobs(boss, upperEmail(sql));
  expect(await jobs.enqueue(client)).toBe(21);
  expect(await jobs.enqueue(client)).toBe(0);
  expect(await jobs.progress(client)).toMatchObject({ waiting: 21, active: 0, completed: 0, rows: 0 });

  // A row in the first range is locked, so that its worker stands still in the middle of it.
  await rival.query("BEGIN; SELECT FROM people WHERE email <> 'DONE' ORDER BY id LIMIT 1 FOR UPDATE");
  const workers = { first: startWorker('first'), second: startWorker('second') };
  const told = Object.values(workers).map((child) =>
    once(child, 'message').then(([message]) => message as JobsProgress),
  );
  const stuck = await vi.waitFor(async () => {
    const waiting = `SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name IN ('first', 'second')`;
    const name = await one<keyof typeof workers | undefined>(client, waiting);
    if (name === undefined) throw new Error('nobody waits');
    return name;
  }, 30_000);
  workers[stuck].kill('SIGKILL');
  await once(workers[stuck], 'exit');
  await rival.query('ROLLBACK');

  const end = await Promise.race(told);
  expect(end).toEqual({ waiting: 0, active: 0, completed: 21, failed: 0, rows: 1800, errors: [] });
  expect(await one(client, 'SELECT count(*)::int FROM people WHERE email <> upper(email)')).toBe(0);
  expect(await one(client, 'SELECT count(*)::int FROM written')).toBe(1800);
  expect(await one(client, 'SELECT count(DISTINCT id)::int FROM written')).toBe(1800);
  // The migration that needs it proves the end, and does what came in behind the jobs.
  const { set } = upperEmail(sql);
  expect(await guard(client).backfill('people', { set })).toMatchObject({ status: 'unchanged' });
});

describe('enqueue', () => {
  test('belongs to the transaction of the migration', async () => {
    const boss = await startBoss('measures');
    const client = await db.connect();
    const jobs = backfillJobs(boss, { queue: 'measures', table: 'measures', set: { value: 0 }, rangeRows: 500 });
    await client.query('BEGIN');
    const sent = await jobs.enqueue(client);
    expect(sent).toBeGreaterThan(2);
    await client.query('ROLLBACK');
    expect(await jobs.progress(client)).toMatchObject({ waiting: 0, completed: 0 });

    await client.query('BEGIN');
    expect(await jobs.enqueue(client)).toBe(sent);
    await client.query('COMMIT');
    // Without a key, by stretches of the file of each partition.
    expect(await jobs.work(client)).toMatchObject({ completed: sent, failed: 0, rows: 9000 });
    expect(await one(client, 'SELECT count(*)::int FROM measures WHERE value <> 0')).toBe(0);
  });

  test('says what stands in the way before any job is made', async () => {
    const boss = await startBoss('numbers');
    const client = await db.connect();
    const enqueue = (options: Partial<BackfillJobsOptions>): Promise<Error> =>
      errorOf(
        (async () =>
          backfillJobs(boss, { queue: 'numbers', table: 'numbers', set: { half: 1 }, ...options }).enqueue(client))(),
      );
    expect((await enqueue({ queue: 'nobody' })).message).toMatchInlineSnapshot(`
      "backfillJobs: numbers: pg-boss has no queue nobody.
      Nothing was changed.
      Make it once, outside of any transaction:
        await boss.createQueue('nobody');"
    `);
    expect(await enqueue({ set: { half: sql`random()` } })).toMatchObject({ code: 'HF_REFUSED' });
    expect(await enqueue({ set: { hlaf: 1 } })).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(await enqueue({ set: { half: undefined } })).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(await enqueue({ rangeRows: 0 })).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(await enqueue({ table: 'number' })).toMatchObject({ code: 'HF_PREREQUISITE' });
  });
});

describe('work', () => {
  test('keeps the rows of other ranges when one row cannot take the change, and says why', async () => {
    const boss = await startBoss('half');
    const client = await db.connect();
    const definition: BackfillJobsOptions = {
      queue: 'half',
      table: 'numbers',
      set: { half: sql`100 / (id - 7)` },
      where: 'half IS NULL',
      rangeRows: 10,
      retryLimit: 0,
    };
    const jobs = backfillJobs(boss, definition);
    expect(await jobs.enqueue(client)).toBe(4);
    expect(await jobs.work(client)).toEqual({
      waiting: 0,
      active: 0,
      completed: 3,
      failed: 1,
      rows: 20,
      errors: ['division by zero (SQLSTATE 22012)'],
    });
    // Corrected, it is enqueued again: ranges that are done have nothing left to do.
    await client.query('DELETE FROM numbers WHERE id = 7');
    expect(await jobs.enqueue(client)).toBe(3);
    expect(await jobs.work(client)).toMatchObject({ completed: 6, failed: 1, rows: 29 });
  });

  test('refuses the job of another change, and a client in a transaction', async () => {
    const boss = await startBoss('twice');
    const client = await db.connect();
    const definition = { queue: 'twice', table: 'numbers', retryLimit: 0 };
    await backfillJobs(boss, { ...definition, set: { twice: 1 } }).enqueue(client);
    const other = backfillJobs(boss, { ...definition, set: { twice: 2 } });
    await client.query('BEGIN');
    expect((await errorOf(other.work(client))).message).toMatchInlineSnapshot(`
      "backfillJobs: numbers: the client is in a transaction: the rows of all jobs would stay locked until it ends.
      Nothing was changed.
      Give work a client of its own."
    `);
    await client.query('ROLLBACK');
    const { failed, errors } = await other.work(client);
    expect(failed).toBe(1);
    expect(errors).toMatchInlineSnapshot(`
      [
        "backfillJobs: numbers: the job belongs to another set or where than this one.
      Nothing was changed.
      Run the same release on all machines, and enqueue again.",
      ]
    `);
    expect(await one(client, 'SELECT count(twice)::int FROM numbers')).toBe(0);
  });

  test('takes a partition that was dropped meanwhile for done, and refuses ranges of another key', async () => {
    const boss = await startBoss('readings');
    const client = await db.connect();
    await client.query(`
      CREATE TABLE readings (id integer, at integer, value integer) PARTITION BY LIST (at);
      CREATE TABLE readings_1 PARTITION OF readings FOR VALUES IN (1);
      CREATE TABLE readings_2 PARTITION OF readings FOR VALUES IN (2);
      INSERT INTO readings SELECT i, i % 2 + 1 FROM generate_series(1, 10) i`);
    const definition = { queue: 'readings', table: 'readings', set: { value: 1 }, retryLimit: 0 };
    const jobs = backfillJobs(boss, definition);
    expect(await jobs.enqueue(client)).toBe(2);
    await client.query('DROP TABLE readings_1; ALTER TABLE readings_2 ADD PRIMARY KEY (id)');
    const end = await jobs.work(client);
    expect(end).toMatchObject({ completed: 1, failed: 1, rows: 0 });
    expect(end.errors[0]).toContain('"public"."readings_2" has other keys or partitions than when the job was made.');
    expect(await jobs.enqueue(client)).toBe(1);
    expect(await jobs.work(client)).toMatchObject({ completed: 2, failed: 1, rows: 5 });
  });

  test('ends at the signal, and later goes on with what is left', async () => {
    const boss = await startBoss('stop');
    const client = await db.connect();
    const jobs = backfillJobs(boss, { queue: 'stop', table: 'numbers', set: { twice: 9 }, rangeRows: 10 });
    const sent = await jobs.enqueue(client);
    expect(await jobs.work(client, { signal: AbortSignal.abort() })).toMatchObject({ waiting: sent, completed: 0 });
    expect(await jobs.work(client)).toMatchObject({ waiting: 0, completed: sent });
  });
});
