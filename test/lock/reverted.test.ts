/** A `down` that leaves something behind, as TypeORM's dropTable leaves the enums of its columns: the next `up` builds on it. */
import { GuardedMigrationSource } from '@holdfast/knex';
import { describe, expect, test } from 'vitest';
import { type Locked, type Migrations, migrate, open, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

const MIGRATIONS: Migrations = {
  '1-log.js': raw('CREATE TABLE log (n int)'),
  '2-orders.js': {
    up: async (knex) => {
      await knex.raw("CREATE TYPE state AS ENUM ('new', 'paid')");
      await knex.raw('CREATE TABLE orders (id int PRIMARY KEY, state state)');
      await knex.raw('INSERT INTO log VALUES (1)');
      await knex.raw('ALTER TABLE log ADD more int');
    },
    down: async (knex) => {
      await knex.raw('DROP TABLE orders');
      await knex.raw('ALTER TABLE log DROP more');
    },
  },
};
const locked = useLocked(MIGRATIONS);
const up = (): Promise<void> => migrate(locked.url(), MIGRATIONS, locked.lock().path);

async function down(of: Locked = locked, migrations: Migrations = MIGRATIONS): Promise<void> {
  const source = {
    getMigrations: () => Promise.resolve(Object.keys(migrations)),
    getMigrationName: String,
    getMigration: (name: unknown) => Promise.resolve(migrations[String(name)] as never),
  };
  const knex = open(of.url());
  try {
    const migrationSource = new GuardedMigrationSource({ source, lockFile: of.lock().path });
    await knex.migrate.down({ migrationSource });
  } finally {
    await knex.destroy();
  }
}

const notes = (): Promise<readonly unknown[]> =>
  rowsOf(locked.url(), "SELECT kind || ' ' || migration FROM holdfast_journal ORDER BY 1");

test('it runs as often as it is taken back, its rows included', async () => {
  await up();
  for (const times of [2, 3]) {
    await down();
    expect(await notes()).toEqual(['done 1-log.js', 'reverted 2-orders.js']);
    await up();
    expect(await rowsOf(locked.url(), 'SELECT n FROM log')).toEqual(Array.from({ length: times }, () => 1));
    expect(await rowsOf(locked.url(), "SELECT to_regclass('orders')::text")).toEqual(['orders']);
    expect(await notes()).toEqual(['done 1-log.js', 'done 2-orders.js']);
  }
});

describe.each([
  [
    'a table with rows',
    ['CREATE TABLE a (n int)', 'INSERT INTO a VALUES (1)', 'CREATE TABLE b ()'],
    'DROP TABLE b',
    'a',
  ],
  [
    'a column with values',
    ['ALTER TABLE log ADD c int', 'UPDATE log SET n = n * 100', 'CREATE INDEX li ON log (c)'],
    'DROP INDEX li',
    'log',
  ],
] as const)('%s that is left', (_, statements, taken, table) => {
  const migrations: Migrations = {
    '1-log.js': raw('CREATE TABLE log (n int)', 'INSERT INTO log VALUES (5)'),
    '2.js': { ...raw(...statements), down: (knex) => knex.raw(taken) },
  };
  const own = useLocked(migrations);
  test('rows are not written again', async () => {
    await migrate(own.url(), migrations, own.lock().path);
    const rows = await rowsOf(own.url(), `SELECT n FROM ${table}`);
    await down(own, migrations);
    await expect(migrate(own.url(), migrations, own.lock().path)).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rowsOf(own.url(), `SELECT n FROM ${table}`)).toEqual(rows);
  });
});

describe('a down that takes back the rows alone', () => {
  const migrations: Migrations = {
    '1-perms.js': raw("CREATE TYPE e AS ENUM ('a')", 'CREATE TABLE perms (e e)'),
    '2-add.js': {
      ...raw("ALTER TYPE e ADD VALUE IF NOT EXISTS 'b'", "INSERT INTO perms VALUES ('a')"),
      down: (knex) => knex.raw('DELETE FROM perms'),
    },
  };
  const own = useLocked(migrations);
  test('they are written again', async () => {
    await migrate(own.url(), migrations, own.lock().path);
    await down(own, migrations);
    expect(await rowsOf(own.url(), 'SELECT e FROM perms')).toEqual([]);
    await migrate(own.url(), migrations, own.lock().path);
    expect(await rowsOf(own.url(), 'SELECT e FROM perms')).toEqual(['a']);
  });
});

test('where nothing tells that it was taken back, it stops', async () => {
  await up();
  await stock(locked.url(), 'DROP TABLE orders; ALTER TABLE log DROP more; DROP TABLE holdfast_journal');
  await stock(locked.url(), "DELETE FROM knex_migrations WHERE name = '2-orders.js'");
  await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
  expect(await rowsOf(locked.url(), 'SELECT n FROM log')).toEqual([1]);
});
