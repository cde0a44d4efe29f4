/** A project whose tables were there before its first migration: `schema.sql` is what pg_dump has written of them. */
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaLock } from '@holdfast/core';
import { GuardedMigrationSource } from '@holdfast/knex';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { readCatalog } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { holdfast } from '../support/program.js';
import { serverFor } from '../support/server.js';
import { open, rowsOf, stock } from './knex-migrations.js';
import { copyOf } from './project-copy.js';

let folder: string;

beforeEach(() => {
  folder = copyOf('knex-legacy');
});

const lockPath = (): string => join(folder, 'migrations/holdfast.lock.json');
const lockFile = (): SchemaLock => JSON.parse(readFileSync(lockPath(), 'utf8')) as SchemaLock;
const lock = (...args: readonly string[]) => holdfast(folder, ['lock', ...args]);
const written = async (): Promise<void> =>
  expect(await lock('--initial-schema', 'schema.sql', '--role', 'old_app')).toMatchObject({
    code: 0,
    out: 'migrations/holdfast.lock.json: 2 migrations, 2 replayed, written.\n',
  });

/** As psql would make it, for everybody. */
async function old(): Promise<Database> {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const sql = readFileSync(join(folder, 'schema.sql'), 'utf8');
  await stock(
    database.url,
    "DO 'BEGIN CREATE ROLE old_app; EXCEPTION WHEN duplicate_object THEN NULL; END'",
    sql.replace(/^\\.*$/gm, ''),
  );
  await stock(database.url, "INSERT INTO customers (email) VALUES ('a@x'); INSERT INTO orders (total) VALUES (3)");
  return database;
}

async function migrate({ url }: Database): Promise<void> {
  const knex = open(url);
  const source = new GuardedMigrationSource({ directory: join(folder, 'migrations'), loadExtensions: ['.mjs'] });
  try {
    await knex.migrate.latest({ migrationSource: source });
  } finally {
    await knex.destroy();
  }
}

test('the messages lead to a lock, and the file is named once', async () => {
  expect((await lock()).err).toContain(
    'No migration before it makes orders. If the database was there before its migrations, name a file of SQL that makes what was there:\n  npx holdfast lock --initial-schema schema.sql\n',
  );
  expect((await lock('--initial-schema', 'schema.sql')).err).toContain(
    'holdfast lock: ../schema.sql: the initial schema failed in the replay: role "old_app" does not exist\nThe lock file is as it was.\nRoles are not made by migrations. Name it, and it is there before the first one:\n  npx holdfast lock --role old_app\n',
  );
  await written();
  const { initial, migrations } = lockFile();
  expect(initial).toMatchObject({ file: '../schema.sql', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(initial?.catalog).toMatchObject({
    'column public.orders.total': 'numeric(8,2)',
    // No migration speaks of it; a table that one changes is there as a whole.
    'column public.orders.status': "public.status default 'new'::public.status",
  });
  expect(Object.keys(initial?.catalog ?? {}).filter((key) => key.includes('settings'))).toEqual([]);
  expect(migrations[0]?.catalog).toMatchObject({
    '~column public.orders.total': 'bigint',
    '+column public.orders.note': 'character varying(255)',
  });
  expect(await lock('--role', 'old_app')).toMatchObject({
    code: 0,
    out: 'migrations/holdfast.lock.json: 2 migrations, 0 replayed, nothing new.\n',
  });
  expect(await lock('--check', '--role', 'old_app')).toMatchObject({ code: 0 });
}, 600_000);

test('the file is looked at as migrations are', async () => {
  await written();
  appendFileSync(join(folder, 'schema.sql'), 'CREATE TABLE more ();\n');
  expect((await lock('--check')).out).toContain(
    '\n  edited   ../schema.sql: the file is not the one that was locked\n',
  );
  const lines = readFileSync(join(folder, 'schema.sql'), 'utf8').split('\n').length;
  appendFileSync(join(folder, 'schema.sql'), 'CREATE TABEL more ();\n');
  expect((await lock('--role', 'old_app')).err).toContain(
    `../schema.sql: the initial schema failed in the replay: line ${lines}: syntax error at or near "TABEL"`,
  );
  appendFileSync(join(folder, 'schema.sql'), 'COPY public.orders (id) FROM stdin;\n1\n\\.\n');
  expect((await lock('--role', 'old_app')).err).toBe(
    'holdfast lock: schema.sql: it holds rows as psql alone takes them.\nThe lock file is as it was.\nMake it without rows:\n  pg_dump --schema-only --no-owner --no-privileges\n',
  );
  rmSync(join(folder, 'schema.sql'));
  for (const args of [[], ['--check']])
    expect(await lock(...args)).toMatchObject({
      code: 125,
      err: 'holdfast lock: schema.sql: there is no such file of what was there before the first migration.\nThe lock file is as it was.\nName another one:\n  npx holdfast lock --initial-schema schema.sql\n',
    });
}, 600_000);

test('a database that had it is planned, migrated, checked, and found where it is', async () => {
  await written();
  const database = await old();
  const planned = await holdfast(folder, ['plan', '--url', database.url, '--json']);
  expect(planned).toMatchObject({ code: 0 });
  expect(JSON.parse(planned.out)).toMatchObject({
    differences: [],
    migrations: [{ status: 'runs' }, { status: 'runs' }],
  });
  await migrate(database);
  expect(await rowsOf(database.url, 'SELECT "First Name" FROM customers')).toEqual(['x']);
  expect(await holdfast(folder, ['check', '--url', database.url])).toMatchObject({ code: 0 });
  // A ledger that is lost, marks included: the catalog alone tells.
  const before = await readCatalog(database.url);
  await stock(database.url, 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal');
  await migrate(database);
  expect(await readCatalog(database.url)).toEqual(before);
  await stock(database.url, 'ALTER TABLE customers DROP email CASCADE');
  const drifted = await holdfast(folder, ['check', '--url', database.url]);
  expect(drifted.code).toBe(1);
  expect(drifted.out).toContain('missing    column public.customers.email\n');
}, 600_000);

test('a database that never had it: what is missing is said before the first migration', async () => {
  await written();
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  await expect(migrate(database)).rejects.toMatchObject({
    code: 'HF_PREREQUISITE',
    message: expect.stringMatching(
      /table public\.orders does not exist[\s\S]*What to do:\n {2}1\. In a new database, make what was there before the first migration:\n {7}psql --file \S+\/schema\.sql\n {2}2\. See/,
    ),
  });
});
