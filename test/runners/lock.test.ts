/** The lock of a runner, on its own: who waits, who gives up, what is left by whoever dies with it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { LockTimeoutError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { runnerLockKey } from '../../packages/core/src/runner-lock.js';
import { resolveRunnerLock } from '../../packages/core/src/runner-lock-options.js';
import { useDatabase } from '../core/support.js';
import { execute } from '../support/catalog.js';
import { majors } from '../support/server.js';
import { throughPooler } from './pooler.js';
import { errorOf, eventually, holders, lines, lock, open, request } from './support.js';

test('its key never changes, so that all versions of this package wait for each other', () => {
  expect(runnerLockKey('migrations')).toBe(KEY);
  expect(runnerLockKey('other')).not.toBe(KEY);
});
const KEY = -712_049_586;

test('its options are checked together', () => {
  expect(resolveRunnerLock()).toEqual({ name: 'migrations', waitMs: 600_000, poolMode: undefined });
  expect(() =>
    resolveRunnerLock({ waitMs: 0.5, name: '', poolMode: 'transaction', more: 1 } as never),
  ).toThrowErrorMatchingInlineSnapshot(`
    [InvalidArgumentError: runner lock: options of the lock: 
      - more: no such option
      - name: must be a non-empty string without NUL
      - waitMs: 0.5 is not a whole number from 0 to 86400000
      - poolMode: transaction is not session
    Nothing was changed.
    Correct these options.]
  `);
});

describe.each(majors)('on PostgreSQL %i', (major) => {
  const database = useDatabase(
    'CREATE TABLE users (id integer); INSERT INTO users SELECT generate_series(1, 1000)',
    major,
  );
  const url = () => database.url();

  test('the second waits, says once for whom, and gets it when the first is done', async () => {
    const first = await lock(url());
    const logger = lines();
    const second = lock(url(), request({}, logger));
    await eventually(() => logger.said.length > 0);
    await first.release();
    await (await second).release();
    expect(logger.said).toEqual([
      expect.stringMatching(
        new RegExp(
          `^test: waiting for the lock "migrations", at most 10 min more. It is held by pid ${first.pid} \\(\\w+, holdfast lock [\\w.-]+:${process.pid}, for \\d+ m?s\\)\\.$`,
        ),
      ),
      expect.stringMatching(/^test: got the lock "migrations" after \d+ m?s\.$/),
    ]);
    expect(await holders(url())).toBe(0);
  });

  test('it gives up in time, with the holder and what to do', async () => {
    const first = await lock(url());
    const error = await errorOf<LockTimeoutError>(lock(url(), request({ waitMs: 20 })));
    expect(error.blockers).toEqual([
      expect.objectContaining({ pid: first.pid, mode: 'ExclusiveLock', on: 'the lock "migrations"' }),
    ]);
    const message = error.message
      .replaceAll(String(first.pid), '4312')
      .replace(/\(.*\)/, '(app, holdfast lock deploy-7:81, for 3 s)')
      .replace(/within \d+ m?s/, 'within 20 ms');
    expect(message).toMatchInlineSnapshot(`
      "test: the lock "migrations": not granted within 20 ms. It is held by pid 4312 (app, holdfast lock deploy-7:81, for 3 s).
      Nothing was changed.
      Another deployer migrates this database. Run again when it is done, or wait longer: waitMs
      If that one is stuck for certain, end it:
        SELECT pg_terminate_backend(4312);"
    `);
    await first.release();
    // What gave up has left no connection behind.
    expect(
      await execute(
        url(),
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'holdfast%'",
      ),
    ).toEqual([]);
  });

  test('another name is another lock', async () => {
    const first = await lock(url());
    await (await lock(url(), request({ name: 'other', waitMs: 0 }))).release();
    await first.release();
  });

  test('a holder that is killed leaves nothing', async () => {
    const child = fork(new URL('./hold-child.mjs', import.meta.url), [url()], { execArgv: [] });
    await once(child, 'message');
    expect(await holders(url())).toBe(1);
    const logger = lines();
    const next = lock(url(), request({}, logger));
    await eventually(() => logger.said.length > 0);
    child.kill('SIGKILL');
    await (await next).release();
    expect(logger.said[0]).toContain(`:${child.pid}, `);
  });

  test('a holder whose connection is ended says so loudly, and the next one gets the lock', async () => {
    const logger = lines();
    const first = await lock(url(), request({}, logger));
    const next = lock(url());
    await execute(url(), `SELECT pg_terminate_backend(${first.pid})`);
    await first.connection.lost;
    await (await next).release();
    expect(logger.said).toEqual([
      expect.stringMatching(
        /^WARN test: THE LOCK IS LOST\. The connection that held the lock "migrations" is gone: .+\. Another deployer may run/,
      ),
    ]);
    await first.release();
  });

  test('an index that the holder builds CONCURRENTLY is valid while others wait', async () => {
    const first = await lock(url());
    const waiting = [1, 2, 3].map(() => lines());
    const others = waiting.map(async (logger) => (await lock(url(), request({}, logger))).release());
    await eventually(() => waiting.every(({ said }) => said.length > 0));
    await execute(url(), 'CREATE INDEX CONCURRENTLY users_id ON users (id)');
    expect(await execute(url(), "SELECT indisvalid FROM pg_index WHERE indexrelid = 'users_id'::regclass")).toEqual([
      { indisvalid: true },
    ]);
    await first.release();
    await Promise.all(others);
  });

  test('it is refused behind a pooler, unless that keeps sessions apart', async () => {
    const through = await throughPooler(url());
    const error = await errorOf(lock(through));
    expect(error.message).toMatchInlineSnapshot(`
      "test: connection of the lock: there is a pooler such as PgBouncer between here and the server (it tells another process id than the server does). In transaction mode it hands the session to somebody else after each statement, and a lock of the session would belong to nobody.
      Nothing was changed.
      Connect migrations directly to PostgreSQL (usually port 5432 instead of 6432).
      If the pooler gives each client a session of its own (pool_mode = session), say so: poolMode"
    `);
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    const vouched = await lock(through, request({ poolMode: 'session' }));
    await expect(lock(url(), request({ waitMs: 0 }))).rejects.toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    await vouched.release();
  });

  test('its session outlives a limit for idle sessions, and the server looks after its machine', async () => {
    const limited = major >= 14 ? `${url()}?options=${encodeURIComponent('-c idle_session_timeout=60000')}` : url();
    const session = await open(limited, request());
    const { rows } = await session.connection.client.query({
      text: `SELECT name, setting FROM pg_settings WHERE name IN ('idle_session_timeout', 'tcp_keepalives_idle') ORDER BY name`,
    });
    expect(rows).toEqual([
      ...(major >= 14 ? [{ name: 'idle_session_timeout', setting: '0' }] : []),
      { name: 'tcp_keepalives_idle', setting: '30' },
    ]);
    await session.connection.close();
  });
});
