/** What is lost: the entry of a statement that no transaction holds, and the ledger in front of a migration of rows alone. */
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { sourceOf } from '../knex/guarded-support.js';
import { type Migrations, migrate, open, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

const MIGRATIONS: Migrations = {
  '1-people.js': raw('CREATE TABLE people (id int PRIMARY KEY, name text)', "INSERT INTO people VALUES (1, 'first')"),
  '2-indexes.js': {
    config: { transaction: false },
    ...raw(
      'CREATE INDEX CONCURRENTLY by_name ON people (name)',
      'CREATE INDEX CONCURRENTLY by_both ON people (id, name)',
    ),
  },
  '3-rows.js': raw('INSERT INTO people SELECT max(id) + 1 FROM people'),
  '4-nothing.js': raw('SELECT count(*) FROM people'),
  '5-more-rows.js': raw('INSERT INTO people SELECT max(id) + 1 FROM people'),
  '6-age.js': raw('ALTER TABLE people ADD age int'),
  '7-ages.js': raw('UPDATE people SET age = coalesce(age, 0) + 1'),
};
const locked = useLocked(MIGRATIONS);
const some = (count: number): Migrations => Object.fromEntries(Object.entries(MIGRATIONS).slice(0, count));
const run = (migrations = MIGRATIONS): Promise<void> => migrate(locked.url(), migrations, locked.lock().path);
const ids = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT id FROM people ORDER BY id');

/** Before the first message like this one all connections of the process are cut. */
async function cutBefore(message: RegExp, work: () => Promise<unknown>): Promise<void> {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]): never {
    const asked = args[0] as unknown as string | { readonly text?: string };
    if (message.test(typeof asked === 'string' ? asked : (asked.text ?? '')))
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    return (query as (...all: never[]) => never).apply(this, args);
  } as never;
  try {
    await expect(work()).rejects.toThrow();
  } finally {
    pg.Client.prototype.query = query;
  }
}

test('cut off behind CREATE INDEX CONCURRENTLY, before its entry: the index tells, and it goes on', async () => {
  await run(some(1));
  await cutBefore(/^INSERT INTO .*holdfast_journal.*'statement'/, () => run());
  expect(await rowsOf(locked.url(), "SELECT to_regclass('by_name')::text, to_regclass('by_both')::text")).toEqual([
    'by_name',
    null,
  ]);
  const [built] = await rowsOf(locked.url(), "SELECT 'by_name'::regclass::oid");
  await stock(locked.url(), 'UPDATE knex_migrations_lock SET is_locked = 0');
  await run();
  expect(await rowsOf(locked.url(), "SELECT 'by_name'::regclass::oid")).toEqual([built]);
  expect(await ids()).toEqual([1, 2, 3]);
});

test('without a ledger rows are not written again: it stops at the first migration that nothing tells of', async () => {
  await byKnexAlone(some(5));
  await stock(locked.url(), 'DELETE FROM knex_migrations');
  const refused = { code: 'HF_REFUSED', target: '3-rows.js' };
  await expect(run()).rejects.toMatchObject(refused);
  expect(await ids()).toEqual([1, 2, 3]);
  // The first two are in the ledger by now, each in its own transaction: that the ledger had lost them is kept in mind.
  await expect(run()).rejects.toMatchObject(refused);
  await expect(run()).rejects.toThrow(/it changes rows and no schema, and the ledger did not have what runs before it/);
  expect(await ids()).toEqual([1, 2, 3]);
});

test('behind one that it has run itself, rows are written', async () => {
  await byKnexAlone(some(2));
  await stock(locked.url(), 'DELETE FROM knex_migrations');
  const others = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => !/^[345]/.test(name)));
  await run(others);
  expect(await rowsOf(locked.url(), 'SELECT age FROM people')).toEqual([1]);
});

async function byKnexAlone(migrations: Migrations): Promise<void> {
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  await knex.migrate.latest({ migrationSource: sourceOf(migrations) });
}

test('the ledger is whole: rows run as they come', async () => {
  await byKnexAlone(some(2));
  await run();
  expect(await ids()).toEqual([1, 2, 3]);
  expect(await rowsOf(locked.url(), 'SELECT DISTINCT age FROM people')).toEqual([1]);
});
