/** Where the ledger, the marks and the catalog say different things: what is certain is done, and everything else stops before any change. */
import { GuardedMigrationSource } from '@holdfast/knex';
import knexLibrary from 'knex';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run as holdfast } from '../../packages/cli/src/run.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { lockOf, type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => new Error('it ran'),
    (each: Error & { code?: string }) => each,
  );
  expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
  return error.message;
}

describe('a mark, and a catalog without what it says', () => {
  const migrations: Migrations = {
    '1-users.js': raw("CREATE TYPE mood AS ENUM ('a')", 'CREATE TABLE users (id int, name text)'),
    '2-orders.js': raw('CREATE TABLE orders (id int)', 'INSERT INTO orders VALUES (1)'),
    '3-label.js': raw("ALTER TYPE mood ADD VALUE 'c'", 'ALTER TABLE users ADD age int'),
    '4-rows.js': raw('INSERT INTO users VALUES (1)'),
  };
  const locked = useLocked(migrations);
  const up = (): Promise<void> => migrate(locked.url(), migrations, locked.lock().path);
  const forget = (...names: readonly string[]): string =>
    `DELETE FROM knex_migrations WHERE name IN (${names.map((name) => `'${name}'`).join(', ')})`;

  test('taken back by a down that leaves a label of an enum: it stops, and says what is gone', async () => {
    await up();
    await stock(locked.url(), forget('3-label.js', '4-rows.js'), 'ALTER TABLE users DROP age');
    const said = await refusal(up());
    expect(said).toContain('its done-mark is there, but a part of what it does is gone');
    expect(said).toContain('Missing:\n  column public.users.age');
    const io = { out: () => {}, err: () => {}, env: { DATABASE_URL: locked.url() } };
    expect(await holdfast(['run', '3-label.js', '--anyway', '--lock-file', locked.lock().path], io)).toBe(0);
    await up();
    expect(await rowsOf(locked.url(), 'SELECT age FROM users')).toEqual([null]);
  });

  test.each([
    ['its row gone from the ledger', forget('2-orders.js')],
    ['the ledger lost', 'DELETE FROM knex_migrations'],
    ['behind something that drifted', `ALTER TABLE users ALTER name TYPE varchar(99); ${forget('2-orders.js')}`],
  ])('dropped by hand, %s: it is made again', async (_, lost) => {
    await up();
    await stock(locked.url(), 'DROP TABLE orders', lost);
    await up();
    expect(await rowsOf(locked.url(), 'SELECT id FROM orders')).toEqual([1]);
    expect(await rowsOf(locked.url(), 'SELECT id FROM users')).toEqual([1]);
  });

  test('changed by hand, it is there none the less', async () => {
    await up();
    await stock(locked.url(), 'ALTER TABLE users ALTER name TYPE varchar(99)', 'DELETE FROM knex_migrations');
    await up();
    expect(await rowsOf(locked.url(), 'SELECT id FROM users')).toEqual([1]);
  });
});

describe('a migration that is merged late', () => {
  const migrations: Migrations = {
    '1-users.js': raw('CREATE TABLE users (name text)', "INSERT INTO users VALUES ('Ada')"),
    '2-late.js': raw("UPDATE users SET name = name || '!'"),
    '3-posts.js': raw('CREATE TABLE posts (id int)'),
    '4-mail.js': raw('ALTER TABLE users ADD IF NOT EXISTS mail text', "UPDATE users SET mail = 'x'"),
    '5-mail.js': raw('ALTER TABLE users ADD IF NOT EXISTS mail text'),
  };
  const locked = useLocked(migrations);
  const up = (...names: readonly string[]): Promise<void> => {
    const some = names.length === 0 ? migrations : Object.fromEntries(names.map((name) => [name, migrations[name]]));
    return migrate(locked.url(), some as Migrations, locked.lock().path);
  };

  test('of rows alone: it runs, once', async () => {
    await up('1-users.js', '3-posts.js');
    await up('1-users.js', '2-late.js', '3-posts.js');
    await up('1-users.js', '2-late.js', '3-posts.js');
    expect(await rowsOf(locked.url(), 'SELECT name FROM users')).toEqual(['Ada!']);
  });

  test('whose schema a later one has made: it stops', async () => {
    const { '4-mail.js': late, ...before } = migrations;
    expect(late).toBeDefined();
    const lock = await lockOf(before);
    onTestFinished(() => lock.remove());
    await migrate(locked.url(), before, lock.path);
    expect(await refusal(up())).toContain('the ledger has later ones but not it');
  });

  test('the end of the ledger lost: nothing is written again', async () => {
    await up('1-users.js', '2-late.js', '3-posts.js');
    await stock(locked.url(), "DELETE FROM knex_migrations WHERE name <> '1-users.js'; DROP TABLE holdfast_journal");
    await up('1-users.js', '2-late.js', '3-posts.js');
    expect(await rowsOf(locked.url(), 'SELECT name FROM users')).toEqual(['Ada!']);
  });
});

describe('an index that was built ahead of its release', () => {
  const index = 'CREATE INDEX IF NOT EXISTS by_name ON users (name)';
  const rows = "UPDATE users SET name = name || '!'";
  const histories: Readonly<Record<string, Migrations>> = {
    'behind rows': { '2-a.js': raw(rows), '3-b.js': raw(index) },
    'in front of rows': { '2-a.js': raw(index), '3-b.js': raw(rows) },
    'with rows in one migration': { '2-a.js': raw(index, rows) },
  };
  describe.each(Object.entries(histories))('%s', (_, more) => {
    const migrations: Migrations = {
      '1-users.js': raw('CREATE TABLE users (name text)', "INSERT INTO users VALUES ('Ada')"),
      ...more,
    };
    const locked = useLocked(migrations);
    const up = (some = migrations): Promise<void> => migrate(locked.url(), some, locked.lock().path);
    const names = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT name FROM users');

    test('the rows are written, once', async () => {
      await up({ '1-users.js': migrations['1-users.js'] as never });
      await stock(locked.url(), index);
      await up();
      expect(await names()).toEqual(['Ada!']);
      await stock(locked.url(), 'DELETE FROM knex_migrations');
      await up();
      expect(await names()).toEqual(['Ada!']);
    });

    test('where the guard has not been before, it stops as long as nobody says more', async () => {
      await up({ '1-users.js': migrations['1-users.js'] as never });
      await stock(locked.url(), index, 'DROP TABLE holdfast_journal');
      await refusal(up());
      await refusal(up());
      expect(await names()).toEqual(['Ada']);
    });
  });
});

test('two ledgers in one schema do not take the marks of the other for their own', async () => {
  const [a, b] = ['a', 'b'].map(
    (name): Migrations => ({
      '1-init.js': raw(`CREATE TABLE ${name}_jobs (id int)`),
      '2-rows.js': raw(`INSERT INTO ${name}_jobs VALUES (1)`),
    }),
  ) as [Migrations, Migrations];
  const locked = await lockOf(a);
  const other = await lockOf(b);
  const database = await createDatabase(serverFor());
  try {
    for (const [migrations, { path }, tableName] of [
      [a, locked, 'a_migrations'],
      [b, other, 'b_migrations'],
    ] as const) {
      const knex = knexLibrary({ client: 'pg', connection: database.url, migrations: { tableName } });
      const source = { getMigrations: async () => Object.keys(migrations), getMigrationName: String };
      const getMigration = async (name: unknown) => migrations[String(name)] as never;
      const migrationSource = new GuardedMigrationSource({ source: { ...source, getMigration }, lockFile: path });
      await knex.migrate.latest({ migrationSource });
      await knex.destroy();
    }
    expect(await rowsOf(database.url, 'SELECT id FROM a_jobs UNION ALL SELECT id FROM b_jobs')).toEqual([1, 1]);
  } finally {
    await database.drop();
    locked.remove();
    other.remove();
  }
});
