/** `holdfast doctor` in projects of both hosts, healthy and not. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { throughPooler } from '../runners/pooler.js';
import { withClient } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { holdfast } from '../support/program.js';
import { serverFor } from '../support/server.js';
import { knexMigration, makeProject, typeormMigration, writeFiles } from './project.js';

let database: Database;

beforeEach(async () => {
  database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
});

const GUARDED = `import { GuardedMigrationSource } from '@holdfast/knex';
const migrationSource = new GuardedMigrationSource({ directory: './migrations' });
export default { client: 'pg', connection: '', migrations: { migrationSource } };
`;
const JOURNAL = (schema: string): string =>
  `CREATE TABLE ${schema}.holdfast_journal (ledger text, migration text, direction text, seq int, kind text, PRIMARY KEY (ledger, migration, direction, seq))`;

/** A lock file that knows `1.js`. */
function lockOf(hash: string): string {
  const one = { name: '1.js', hash, catalog: {}, touched: [], needs: [], rows: 'none', tail: false };
  return JSON.stringify({ version: 1, tool: 'knex', ignoreTables: ['knex_migrations'], migrations: [one] });
}

async function live(...statements: readonly string[]): Promise<void> {
  await withClient(database.url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function doctor(folder: string, args: readonly string[] = [], url = database.url) {
  const { code, out, err } = await holdfast(folder, ['doctor', ...args], { DATABASE_URL: url });
  const text = out
    .replaceAll(/PostgreSQL \d+\.\d+/g, 'PostgreSQL N')
    .replaceAll(/(pg|knex|typeorm|@holdfast\/\w+) \d+\.\d+\.\d+/g, '$1 N')
    .replaceAll(/pid \d+/g, 'pid N')
    .replaceAll(/backend\(\d+\)/g, 'backend(N)')
    .replaceAll(folder, '.')
    .replaceAll(/\S+packages.core/g, 'packages/core');
  return { code, text, err };
}

test('a healthy Knex project', async () => {
  const text = knexMigration(['CREATE TABLE t (a int)']);
  const folder = makeProject({
    'knexfile.mjs': GUARDED,
    'migrations/1.js': text,
    'migrations/holdfast.lock.json': lockOf(createHash('sha256').update(text).digest('hex')),
  });
  expect(await doctor(folder)).toMatchInlineSnapshot(`
    {
      "code": 0,
      "err": "",
      "text": "ok       guard         around 1 migration.
    ok       lock file     migrations/holdfast.lock.json knows 1 migration.
    ok       packages      pg N, knex N, @holdfast/knex N, one @holdfast/core.
    ok       connection    straight to a server that takes writes.
    ok       server        PostgreSQL N.
    ok       journal       there is no table holdfast_journal yet: the first guarded run with a lock file makes it.
    ok       runner locks  none is held.
    ok       indexes       all are valid.
    ok       constraints   all are validated.
    ",
    }
  `);
}, 600_000);

test('Knex: all that can be wrong, each with its cure', async () => {
  const folder = makeProject({
    'knexfile.mjs': GUARDED.replace('migrationSource }', "migrationSource, directory: './migrations' }"),
    'migrations/1.js': knexMigration(['CREATE TABLE t (a int)']),
  });
  writeFiles(folder, {
    'node_modules/pg/package.json': '{ "name": "pg", "version": "7.18.2" }',
    'node_modules/pg/index.js': '',
    'node_modules/@holdfast/core/package.json': '{ "name": "@holdfast/core", "version": "9.9.9" }',
    'node_modules/@holdfast/core/index.js': '',
  });
  writeFiles(folder, { 'migrations/holdfast.lock.json': lockOf('a'.repeat(64)) });
  await live(
    'CREATE TABLE t (a int, b int)',
    'INSERT INTO t VALUES (1, 1), (1, -1)',
    'CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked int)',
    'INSERT INTO knex_migrations_lock (is_locked) VALUES (1)',
    'ALTER TABLE t ADD CONSTRAINT b_positive CHECK (b > 0) NOT VALID',
    'CREATE SCHEMA app',
    JOURNAL('public'),
    JOURNAL('app'),
  );
  await expect(live('CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)')).rejects.toThrow('could not create unique index');
  const { code, text, err } = await doctor(folder);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  await expect(text).toMatchFileSnapshot('doctor.txt');
});

test('warnings alone are no problem: a project without guard and lock file, an interrupted migration, a deployer', async () => {
  const folder = makeProject({
    'knexfile.mjs': "export default { client: 'pg', connection: '', migrations: { directory: './migrations' } };",
    'migrations/1.js': knexMigration([]),
  });
  await live(
    JOURNAL('public'),
    `INSERT INTO holdfast_journal VALUES ('l', '0.js', 'up', 0, 'done'), ('l', '1.js', 'up', -2, 'begun'), ('l', '1.js', 'up', 1, 'statement'), ('l', '1.js', 'up', 2, 'statement'), ('l', '2.js', 'up', -1, 'anyway'),
      ('l', '3.js', 'up', 0, 'listed'), ('l', '3.js', 'down', 1, 'statement'), ('l', '4.js', 'up', -2, 'begun')`,
    'CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked int)',
    'INSERT INTO knex_migrations_lock (is_locked) VALUES (1)',
  );
  await withClient(database.url, async (client) => {
    await client.query("SET application_name = 'deploy'; SELECT pg_advisory_lock(1215261796, -712049586)");
    const { code, text } = await doctor(folder);
    expect(code).toBe(0);
    expect(text.replaceAll(/for \d+ \w+/g, 'for a moment')).toMatchInlineSnapshot(`
      "warning  guard         it is not around 1 of 1 migration: 1.js. What they send runs as it is written; operations that they call themselves are not seen from outside.
                             Around the whole project:
                               import { GuardedMigrationSource } from '@holdfast/knex';
                               migrations: { migrationSource: new GuardedMigrationSource({ directory: './migrations' }) }   // and no directory beside it
                             Or around one migration: module.exports = guarded({ up, down, config });
      warning  lock file     there is no migrations/holdfast.lock.json: each statement is judged by itself, and where a migration stands nothing tells.
                             npx holdfast lock
      ok       packages      pg N, knex N, @holdfast/knex N, one @holdfast/core.
      ok       connection    straight to a server that takes writes.
      ok       server        PostgreSQL N.
      warning  journal       1.js was interrupted behind 2 statements, or is running now.
                             Run the migrations again: it goes on from there. If all of it is done:
                               npx holdfast mark-applied 1.js
      warning  journal       holdfast run --anyway was said of 2.js: the next run carries it out whatever is there.
                             If it is not to run any more:
                               npx holdfast mark-applied 2.js
      warning  journal       the down of 3.js was interrupted behind 1 statement, or is running now.
                             Take it back to its end: it goes on from there. Until then the ledger has it, and a part of it is gone:
                               npx knex migrate:down   or   npx typeorm migration:revert
      warning  journal       4.js was interrupted, or is running now.
                             Run the migrations again: it goes on from there. If all of it is done:
                               npx holdfast mark-applied 4.js
      ok       journal       public.holdfast_journal has marks of 2 migrations.
      warning  runner locks  Knex's lock public.knex_migrations_lock is taken. One of these sessions may hold it: pid N postgres deploy.
                             If none of them runs migrations:
                               npx knex migrate:unlock
      warning  runner locks  a deployer holds the lock of the database: pid N (deploy), for a moment.
                             It ends with its session. If that one is stuck for certain:
                               SELECT pg_terminate_backend(N);
      ok       indexes       all are valid.
      ok       constraints   all are validated.
      "
    `);
  });
});

test('TypeORM: the guard around one of two, and a pooler in between', async () => {
  const folder = makeProject({
    'data-source.mjs': `import 'reflect-metadata';
import { guardedMigrations } from '@holdfast/typeorm';
import { DataSource } from 'typeorm';
import { Users1700000000001 } from './migrations/1.js';
import { Name1700000000002 } from './migrations/2.js';
export default new DataSource({ type: 'postgres', migrations: [...guardedMigrations([Users1700000000001]), Name1700000000002] });
`,
    'migrations/1.js': typeormMigration('Users1700000000001', []),
    'migrations/2.js': typeormMigration('Name1700000000002', []),
  });
  const { code, text } = await doctor(folder, [], await throughPooler(database.url));
  expect(code).toBe(1);
  expect(text).toMatchInlineSnapshot(`
    "warning  guard         it is not around 1 of 2 migrations: Name1700000000002. What they send runs as it is written; operations that they call themselves are not seen from outside.
                           Around the whole DataSource:
                             import { guardedDataSource } from '@holdfast/typeorm';
                             export default guardedDataSource(new DataSource({ … }));
                           Or around one migration: @Guarded() before its class.
    warning  lock file     there is no holdfast.lock.json: each statement is judged by itself, and where a migration stands nothing tells.
                           npx holdfast lock
    ok       packages      pg N, typeorm N, @holdfast/typeorm N, one @holdfast/core.
    problem  connection    there is a pooler such as PgBouncer between here and the server (it tells another process id than the server does). In transaction mode it hands the session to somebody else after each statement: locks and settings of a session hold for nobody.
                           Connect migrations directly to PostgreSQL (usually port 5432 instead of 6432).
                           If the pooler gives each client a session of its own (pool_mode = session), say so:
                             guardedDataSource(dataSource, { lock: { poolMode: 'session' } })
                             npx holdfast exclusive --pool-mode session -- …
    ok       server        PostgreSQL N.
    ok       journal       there is no table holdfast_journal yet: the first guarded run with a lock file makes it.
    ok       runner locks  none is held.
    ok       indexes       all are valid.
    ok       constraints   all are validated.
    "
  `);
});

test('no project that can be read, and no connection: both are findings; --json', async () => {
  const folder = makeProject({ 'knexfile.mjs': "throw new Error('no such setting');" });
  const { code, text } = await doctor(folder, ['--json'], 'postgres://127.0.0.1:1/none');
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchInlineSnapshot(`
    {
      "findings": [
        {
          "check": "project",
          "cure": null,
          "found": "it could not be looked at: no such setting",
          "level": "problem",
        },
        {
          "check": "connection",
          "cure": "Check --url, DATABASE_URL or the PG* variables, and that the server can be reached from here.",
          "found": "127.0.0.1:1: no connection: connect ECONNREFUSED 127.0.0.1:1.",
          "level": "problem",
        },
      ],
      "healthy": false,
    }
  `);
  expect(await holdfast(folder, ['doctor', '--quick'])).toMatchObject({ code: 2 });
  expect(await holdfast(join(folder, '..'), ['doctor'])).toMatchObject({ code: 125 });
});
