/** Several migrations in one transaction of the runner, several runs in one process: what is kept in mind of one is true of the next, or forgotten. */
import { MismatchError } from '@holdfast/core';
import { GuardedMigrationSource, guarded, type KnexMigration } from '@holdfast/knex';
import { guardedDataSource } from '@holdfast/typeorm';
import type { Knex } from 'knex';
import { DataSource, type QueryRunner } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { sourceOf } from '../knex/guarded-support.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { type Migrations, migrate, open, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

const MIGRATIONS: Migrations = {
  '1-users.js': raw('CREATE TABLE users (id int PRIMARY KEY, email text)'),
  '2-teams.js': raw(
    'CREATE TABLE teams (id int PRIMARY KEY)',
    'ALTER TABLE users ADD team_id int REFERENCES teams (id)',
  ),
  '3-names.js': raw('ALTER TABLE users ADD name text', 'INSERT INTO teams VALUES (1)'),
};
const EDITED: KnexMigration = raw('CREATE TABLE teams (id bigint PRIMARY KEY)', 'ALTER TABLE users ADD team_id int');
const locked = useLocked(MIGRATIONS);
const QUIET = { info: () => {}, warn: () => {}, error: () => {} };

const tables = (): Promise<readonly unknown[]> =>
  rowsOf(
    locked.url(),
    "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname !~ 'knex|migrations'",
  );
const marks = (): Promise<readonly unknown[]> =>
  rowsOf(locked.url(), "SELECT migration FROM holdfast_journal WHERE kind IN ('done', 'lost') ORDER BY migration");

async function failure(run: Promise<unknown>): Promise<MismatchError> {
  const error: unknown = await run.then(
    () => undefined,
    (rejected: unknown) => rejected,
  );
  expect(error).toBeInstanceOf(MismatchError);
  return error as MismatchError;
}

test('one that did something else: none of the transaction stays, and the runner can run again', async () => {
  const error = await failure(migrate(locked.url(), { ...MIGRATIONS, '2-teams.js': EDITED }, locked.lock().path));
  expect(error.message.replace(/ --lock-file \S+/, ' --lock-file …')).toMatchInlineSnapshot(`
    "migration: 2-teams.js: it ran to its end, but the schema is not as holdfast.lock.json says:
      constraint public.users.users_team_id_fkey: expected there, found missing
      column public.teams.id: expected integer not null, found bigint not null
    Nothing of it stays: the runner rolls the migration's transaction back.
    If the migration was edited, make the file anew and commit it:
      npx holdfast lock
    If the database was changed by hand, see what differs:
      npx holdfast check --lock-file …"
  `);
  expect(error).toMatchObject({ code: 'HF_MISMATCH', target: '2-teams.js' });
  expect(await tables()).toEqual([]);
  await migrate(locked.url(), MIGRATIONS, locked.lock().path);
  expect(await tables()).toEqual(expect.arrayContaining(['users', 'teams', 'holdfast_journal']));
  expect(await marks()).toEqual(Object.keys(MIGRATIONS));
});

test('the same with TypeORM', async () => {
  const dataSource = await typeorm({ ...MIGRATIONS, '2-teams.js': EDITED }).initialize();
  const error = await failure(dataSource.runMigrations());
  expect(error).toMatchObject({ target: '2-teams.js' });
  expect(await tables()).toEqual([]);
  await dataSource.destroy();
  const mended = await typeorm(MIGRATIONS).initialize();
  onTestFinished(() => mended.destroy());
  expect(await mended.runMigrations()).toHaveLength(3);
  expect(await marks()).toEqual(Object.keys(MIGRATIONS));
});

test('what others do to the schema between two migrations is none of theirs', async () => {
  await latest(MIGRATIONS, { afterEach: (knex) => knex.raw("COMMENT ON TABLE users IS 'of the hook'") });
  expect(await marks()).toEqual(Object.keys(MIGRATIONS));
  expect(await rowsOf(locked.url(), "SELECT obj_description('users'::regclass)")).toEqual(['of the hook']);
});

test('a savepoint that is rolled back takes with it what was noted behind it', async () => {
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  await knex.transaction(async (trx) => {
    const source = guardedSource(MIGRATIONS);
    const up = async (on: Knex, name: string): Promise<unknown> => (await source.getMigration(name)).up(on);
    await up(trx, '1-users.js');
    await expect(
      trx.transaction(async (inner) => {
        await up(inner, '2-teams.js');
        throw new Error('of the host');
      }),
    ).rejects.toThrow('of the host');
  });
  expect(await tables()).toEqual(expect.arrayContaining(['users']));
  expect(await tables()).not.toContain('teams');
  expect(await marks()).toEqual(['1-users.js']);
});

test.each(['INSERT INTO later VALUES (1, 5); COMMIT', 'SELECT 1; COMMIT'])(
  'a message of several statements that ends the transaction: %s',
  async (text) => {
    const knex = open(locked.url());
    onTestFinished(() => knex.destroy());
    await knex.raw('CREATE TABLE targets (id int PRIMARY KEY)');
    await knex.raw('CREATE TABLE later (id int, target int REFERENCES targets DEFERRABLE INITIALLY DEFERRED)');
    const run = knex.transaction(async (trx) => {
      await (await guardedSource(MIGRATIONS).getMigration('1-users.js')).up(trx);
      await trx.raw(text);
    });
    const fails = text.startsWith('INSERT');
    await (fails ? expect(run).rejects.toThrow('foreign key') : run);
    expect((await tables()).includes('users')).toBe(!fails);
    // Nothing of it is believed of the next transaction.
    await knex.migrate.latest({ migrationSource: guardedSource(MIGRATIONS) });
    expect(await marks()).toEqual(Object.keys(MIGRATIONS));
  },
);

test('a COMMIT that the server refuses takes the marks along, in memory too', async () => {
  const source = guardedSource(MIGRATIONS);
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  await knex.raw('CREATE TABLE targets (id int PRIMARY KEY)');
  await knex.raw('CREATE TABLE later (id int, target int REFERENCES targets DEFERRABLE INITIALLY DEFERRED)');
  const run = async (target: number | null): Promise<void> =>
    knex.transaction(async (trx) => {
      for (const name of Object.keys(MIGRATIONS)) await (await source.getMigration(name)).up(trx);
      await trx('later').insert({ id: 1, target });
    });
  await expect(run(5)).rejects.toThrow('foreign key');
  expect(await tables()).not.toContain('users');
  await run(null);
  expect(await tables()).toEqual(expect.arrayContaining(['users', 'teams']));
  expect(await rowsOf(locked.url(), 'SELECT id FROM teams')).toEqual([1]);
  expect(await marks()).toEqual(Object.keys(MIGRATIONS));
});

test('a COMMIT of what has failed is a rollback, for the next run in the process too', async () => {
  const source = guardedSource(MIGRATIONS);
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  const run = async (name: string, trx: Knex): Promise<unknown> => (await source.getMigration(name)).up(trx);
  await knex.transaction((trx) => run('1-users.js', trx));
  await knex.transaction(async (trx) => {
    await run('2-teams.js', trx);
    await trx.raw('SELECT 1 / 0').catch(() => undefined);
  });
  await knex.transaction((trx) => run('2-teams.js', trx));
  expect(await tables()).toContain('teams');
});

test('a migration that is guarded by itself, twice in one process, and everything gone between', async () => {
  const options = { lockFile: locked.lock().path, logger: QUIET };
  const each = Object.entries(MIGRATIONS).map(([name, migration]) => [
    name,
    guarded(migration, { ...options, migrationId: name }),
  ]);
  const source = sourceOf(Object.fromEntries(each));
  for (const _ of [1, 2]) {
    const knex = open(locked.url());
    await knex.migrate.latest({ migrationSource: source });
    await knex.destroy();
    expect(await rowsOf(locked.url(), 'SELECT id FROM teams')).toEqual([1]);
    await stock(locked.url(), 'DROP TABLE users, teams', 'DELETE FROM holdfast_journal', 'DELETE FROM knex_migrations');
  }
});

test('each guarded by itself, in one transaction: what one has done the others see', async () => {
  const options = { lockFile: locked.lock().path, logger: QUIET };
  const alone = (name: string, down: string): Required<KnexMigration> => {
    const { up } = MIGRATIONS[name] as KnexMigration;
    return guarded(
      { up, down: (knex) => knex.raw(down) },
      { ...options, migrationId: name },
    ) as Required<KnexMigration>;
  };
  const users = alone('1-users.js', 'DROP TABLE users');
  const teams = alone('2-teams.js', 'ALTER TABLE users DROP team_id; DROP TABLE teams');
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  await knex.transaction(async (trx) => {
    await users.up(trx);
    await teams.up(trx);
    await teams.down(trx);
    await users.down(trx);
    await users.up(trx);
    await teams.up(trx);
  });
  expect(await tables()).toEqual(expect.arrayContaining(['users', 'teams']));
  expect(await marks()).toEqual(['1-users.js', '2-teams.js']);
});

test('two databases side by side from one source', async () => {
  const second = await createDatabase(serverFor());
  onTestFinished(() => second.drop());
  const migrationSource = guardedSource(MIGRATIONS);
  await Promise.all(
    [locked.url(), second.url].map(async (url) => {
      const knex = open(url);
      await knex.migrate.latest({ migrationSource }).finally(() => knex.destroy());
      expect(await rowsOf(url, 'SELECT id FROM teams')).toEqual([1]);
    }),
  );
});

/** What the host does between bodies, and what a body does in one message: a name means another table then. */
const ELSEWHERE: readonly (readonly [string, readonly string[]])[] = [
  [
    'CREATE SCHEMA s; CREATE TABLE s.a (id int, x int)',
    ['CREATE TABLE a (id int)', 'host: SET LOCAL search_path = s', 'ALTER TABLE a ADD x int'],
  ],
  [
    'CREATE TABLE old (id int, x int)',
    [
      'CREATE TABLE a (id int)',
      'host: ALTER TABLE a RENAME TO b; ALTER TABLE old RENAME TO a',
      'ALTER TABLE a ADD x int',
    ],
  ],
  [
    'CREATE SCHEMA s; CREATE TABLE s.a (id int, x int)',
    ['CREATE TABLE a (id int); SET search_path TO s; ALTER TABLE a ADD x int'],
  ],
  [
    'CREATE TABLE old (id int, x int)',
    ['CREATE TABLE a (id int); ALTER TABLE a RENAME TO b; ALTER TABLE old RENAME TO a', 'ALTER TABLE a ADD x int'],
  ],
  ['CREATE SCHEMA s; CREATE TABLE s.a (id int, x int)', ['CREATE TABLE "s.a" (id int)', 'ALTER TABLE s.a ADD x int']],
  [
    'CREATE SCHEMA s; CREATE TABLE s.a (x int); CREATE INDEX ON s.a (x)',
    ['CREATE TABLE a (x int)', 'host: SET LOCAL search_path = s', 'CREATE INDEX ON a (x)'],
  ],
  [
    'CREATE SCHEMA s; CREATE TABLE s.a (id int, x int)',
    ['CREATE TABLE a (id int)', "SELECT set_config('search_path', 's', true)", 'ALTER TABLE a ADD x int'],
  ],
];

test.each(ELSEWHERE)('%s, then %j: what is there is not done again', async (before, texts) => {
  await stock(locked.url(), before);
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  await knex.transaction(async (trx) => {
    for (const text of texts)
      await (text.startsWith('host: ')
        ? trx.raw(text.slice('host: '.length))
        : guarded(raw(text), { lockFile: false, logger: QUIET }).up(trx));
  });
  const twice = 'SELECT 1 FROM pg_index GROUP BY indrelid, indkey::text HAVING count(*) > 1';
  expect(await rowsOf(locked.url(), twice)).toEqual([]);
});

test('the limit of the user stays', async () => {
  await stock(locked.url(), 'CREATE TABLE old (id int)');
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  const texts = [
    'ALTER TABLE old ADD x int',
    "SET LOCAL lock_timeout = '10s'",
    'CREATE TABLE b (id int)',
    'ALTER TABLE b ADD x int',
  ];
  await knex.transaction(async (trx) => {
    await guarded(raw(...texts), { lockFile: false, logger: QUIET }).up(trx);
    expect((await trx.raw('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '10s' }]);
  });
});

function guardedSource(migrations: Migrations): GuardedMigrationSource {
  return new GuardedMigrationSource({ source: sourceOf(migrations), lockFile: locked.lock().path, logger: QUIET });
}

async function latest(migrations: Migrations, hooks: { readonly afterEach: (knex: Knex) => unknown }): Promise<void> {
  const knex = open(locked.url());
  try {
    await knex.migrate.latest({ migrationSource: guardedSource(migrations), ...hooks } as Knex.MigratorConfig);
  } finally {
    await knex.destroy();
  }
}

/** The same bodies as classes. */
function typeorm(migrations: Migrations): DataSource {
  const classes = Object.entries(migrations).map(([name, { up }], i) => {
    const migration = class {
      name = name;
      up(queryRunner: QueryRunner): Promise<unknown> {
        return Promise.resolve(up({ raw: (text: string) => queryRunner.query(text) } as never));
      }
      down(): Promise<void> {
        return Promise.resolve();
      }
    };
    Object.defineProperty(migration, 'name', { value: `M${i}1700000000000` });
    return migration;
  });
  const dataSource = new DataSource({ type: 'postgres', url: locked.url(), migrations: classes as never });
  return guardedDataSource(dataSource, { lockFile: locked.lock().path, logger: QUIET });
}
