/** A `down` that leaves something behind, as TypeORM's dropTable leaves the enums of its columns: the next `up` builds on it. */
import { GuardedMigrationSource } from '@holdfast/knex';
import { expect, test } from 'vitest';
import { type Migrations, migrate, open, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

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

async function down(): Promise<void> {
  const source = {
    getMigrations: () => Promise.resolve(Object.keys(MIGRATIONS)),
    getMigrationName: String,
    getMigration: (name: unknown) => Promise.resolve(MIGRATIONS[String(name)] as never),
  };
  const knex = open(locked.url());
  try {
    const migrationSource = new GuardedMigrationSource({ source, lockFile: locked.lock().path });
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

test('where nothing tells that it was taken back, it stops', async () => {
  await up();
  await stock(locked.url(), 'DROP TABLE orders; ALTER TABLE log DROP more; DROP TABLE holdfast_journal');
  await stock(locked.url(), "DELETE FROM knex_migrations WHERE name = '2-orders.js'");
  await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
  expect(await rowsOf(locked.url(), 'SELECT n FROM log')).toEqual([1]);
});
