/** Knex's lock that a crash has left: what `holdfast exclusive` says and does about it, and what `migrationLock` tells. */

import { migrationLock } from '@holdfast/knex';
import knexLibrary, { type Knex } from 'knex';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { holdfast, script } from './holdfast.js';
import { errorOf, holdLock } from './support.js';

const source: Knex.MigratorConfig = {
  migrationSource: {
    getMigrations: () => Promise.resolve(['1_notes']),
    getMigrationName: (name: string) => name,
    getMigration: () =>
      Promise.resolve({ up: () => Promise.resolve(), down: () => Promise.resolve(), config: { transaction: false } }),
  },
};

/** A database after a crash of Knex outside of a transaction: its lock is taken and stays so. Nobody is connected. */
async function crashed(more = '', migrations: Knex.MigratorConfig = {}): Promise<string> {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const { schemaName, tableName = 'knex_migrations' } = migrations;
  if (schemaName !== undefined) await execute(database.url, `CREATE SCHEMA ${schemaName}`);
  await withKnex(
    database.url,
    (knex) => knex.migrate.currentVersion().then(() => knex.migrate.latest({ ...source, ...migrations })),
    migrations,
  );
  const lockTable = `${schemaName ?? 'public'}.${tableName}_lock`;
  await execute(
    database.url,
    `DELETE FROM ${lockTable.replace(/_lock$/, '')}; UPDATE ${lockTable} SET is_locked = 1; ${more}`,
  );
  return database.url;
}

async function withKnex<T>(
  url: string,
  use: (knex: Knex) => Promise<T>,
  migrations: Knex.MigratorConfig = {},
): Promise<T> {
  const knex = knexLibrary({ client: 'pg', connection: url, migrations, log: { warn: () => {} } });
  try {
    return await use(knex);
  } finally {
    await knex.destroy();
  }
}

const latest = (url: string) => withKnex(url, (knex) => knex.migrate.latest(source));
const exclusive = (url: string, ...options: string[]) =>
  holdfast(['exclusive', ...options, ...script('')], { DATABASE_URL: url }).ended;

test('a dead holder is told by nobody else being connected, with the cure', async () => {
  const url = await crashed();
  await expect(latest(url)).rejects.toThrow(/already locked/);
  const { code, err } = await exclusive(url);
  expect({ code, err }).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "holdfast exclusive: Knex's lock public.knex_migrations_lock: it is taken, as a run outside of a transaction takes it and leaves it when it crashes. Knex will fail with MigrationLocked.
    No other session is connected to this database, so nobody holds it. Free it:
      npx knex migrate:unlock
    or let this command do so: holdfast exclusive --unlock-stale -- …
    ",
    }
  `);
  expect(await withKnex(url, (knex) => migrationLock(knex))).toEqual({
    locked: true,
    rows: 1,
    holders: [],
    stale: true,
  });
});

test('with --unlock-stale it is freed before the command runs, and other deployers that wait are nobody who could hold it', async () => {
  const url = await crashed();
  // It waits for another lock than the one below, so it stays.
  const waiting = await holdLock(url, 'of another deployer');
  const { code, err } = await exclusive(url, '--unlock-stale');
  expect({ code, err }).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "holdfast exclusive: Knex's lock public.knex_migrations_lock: it is taken, as a run outside of a transaction takes it and leaves it when it crashes. No other session is connected to this database, so nobody holds it. It is freed.
    ",
    }
  `);
  await waiting.release();
  expect((await latest(url))[1]).toEqual(['1_notes']);
});

test('another session may be the holder: it is named, and nothing is freed', async () => {
  const url = await crashed();
  const client = new pg.Client({ connectionString: url, application_name: 'knex on deploy-7' });
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  const pid = String(pidOf(client));
  const { err } = await exclusive(url, '--unlock-stale');
  expect(
    err
      .replaceAll(pid, '4312')
      .replace('(postgres', '(app')
      .replace(/for \d+ m?s/, 'for 3 s'),
  ).toMatchInlineSnapshot(`
    "holdfast exclusive: Knex's lock public.knex_migrations_lock: it is taken, as a run outside of a transaction takes it and leaves it when it crashes. Knex will fail with MigrationLocked.
    One of these sessions may be its holder:
      pid 4312 (app, knex on deploy-7, idle, connected for 3 s)
    If none of them runs migrations, free it:
      npx knex migrate:unlock
    "
  `);
  const found = await withKnex(url, (knex) => migrationLock(knex));
  expect(found).toMatchObject({
    locked: true,
    stale: false,
    holders: [{ pid: Number(pid), application: 'knex on deploy-7' }],
  });
  await expect(latest(url)).rejects.toThrow(/already locked/);
});

test('two rows, as two first runs at once leave them, are told and cured too', async () => {
  const url = await crashed(
    'UPDATE knex_migrations_lock SET is_locked = 0; INSERT INTO knex_migrations_lock (is_locked) VALUES (0)',
  );
  await expect(latest(url)).rejects.toThrow(/already locked/);
  const { err } = await exclusive(url);
  expect(err).toMatchInlineSnapshot(`
    "holdfast exclusive: Knex's lock public.knex_migrations_lock: the table has 2 rows instead of one, as two first runs at the same time leave it. Knex will fail with MigrationLocked.
    No other session is connected to this database, so nobody holds it. Free it:
      npx knex migrate:unlock
    or let this command do so: holdfast exclusive --unlock-stale -- …
    "
  `);
  expect(await withKnex(url, (knex) => migrationLock(knex))).toEqual({
    locked: false,
    rows: 2,
    holders: [],
    stale: true,
  });
  await exclusive(url, '--unlock-stale');
  expect((await latest(url))[1]).toEqual(['1_notes']);
});

test('what the advice says helps', async () => {
  const url = await crashed('INSERT INTO knex_migrations_lock (is_locked) VALUES (1)');
  // npx knex migrate:unlock
  await withKnex(url, (knex) => knex.migrate.forceFreeMigrationsLock());
  expect((await exclusive(url)).err).toBe('');
  expect((await latest(url))[1]).toEqual(['1_notes']);
});

test('other names of the table are found', async () => {
  const migrations = { schemaName: 'app', tableName: 'done' };
  const url = await crashed('', migrations);
  expect((await exclusive(url)).err).toBe('');
  expect((await exclusive(url, '--knex-lock-table', 'app.done_lock')).err).toContain(
    "Knex's lock app.done_lock: it is taken",
  );
  const found = await withKnex(url, (knex) => migrationLock(knex), migrations);
  expect(found).toMatchObject({ locked: true, stale: true });
  expect(await withKnex(url, (knex) => migrationLock(knex, migrations))).toEqual(found);
});

test('no lock table, or something else under its name, is no lock', async () => {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const none = { locked: false, rows: 0, holders: [], stale: false };
  expect(await withKnex(database.url, (knex) => migrationLock(knex))).toEqual(none);
  await execute(database.url, 'CREATE TABLE knex_migrations_lock (is_locked boolean)');
  expect(await withKnex(database.url, (knex) => migrationLock(knex))).toEqual(none);
  expect((await exclusive(database.url)).err).toBe('');
});

test('migrationLock takes Knex on PostgreSQL only', async () => {
  expect(await errorOf(migrationLock({} as never))).toMatchObject({ code: 'HF_ARGUMENT' });
});
