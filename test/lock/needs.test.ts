/** What pending migrations need is told by the lock of the schema, before the first of them runs. */
import type { PrerequisiteError } from '@holdfast/core';
import { guard } from '@holdfast/knex';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { lockOf, type Migrations, migrate, open, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

let asked: unknown[] = [];

const MIGRATIONS: Migrations = {
  '1-shop.js': raw(
    'CREATE TABLE users (id int PRIMARY KEY, email text, name text)',
    'CREATE TABLE orders (id int PRIMARY KEY, total int, note text)',
  ),
  '2-items.js': raw('CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders (id))'),
  '3-totals.js': raw('UPDATE orders SET total = 0 WHERE total IS NULL', 'ALTER TABLE orders ALTER total SET NOT NULL'),
  '4-sums.js': raw(
    'CREATE VIEW sums AS SELECT o.id, o.note, i.id AS item FROM orders o JOIN items i ON i.order_id = o.id',
  ),
  '5-names.js': {
    up: async (knex) => {
      asked.push(await guard(knex).validatePrerequisites());
      await knex.raw('ALTER TABLE users ADD full_name text');
      await knex.raw('UPDATE users SET full_name = name');
    },
    down: () => {},
  },
};
const FIRST = ['1-shop.js'];

// Asked while the lock is made, it would answer that nothing is known yet.
const locked = useLocked({
  ...MIGRATIONS,
  '5-names.js': raw('ALTER TABLE users ADD full_name text', 'UPDATE users SET full_name = name'),
});

beforeEach(async () => {
  asked = [];
  await migrate(
    locked.url(),
    Object.fromEntries(FIRST.map((name) => [name, MIGRATIONS[name] as never])),
    locked.lock().path,
  );
});

const ledger = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT name FROM knex_migrations ORDER BY id');
const failure = (run: Promise<unknown>): Promise<PrerequisiteError> =>
  run.then(
    () => expect.fail('it ran'),
    (error: unknown) => error as PrerequisiteError,
  );

test('all that is missing, of all pending migrations, before the first of them', async () => {
  await stock(locked.url(), 'ALTER TABLE orders DROP note, DROP total', 'ALTER TABLE users RENAME name TO nome');
  const error = await failure(migrate(locked.url(), MIGRATIONS, locked.lock().path));
  await expect(error.message).toMatchFileSnapshot('pending.txt');
  expect(error).toMatchObject({ code: 'HF_PREREQUISITE', missing: { length: 3 } });
  expect(await ledger()).toEqual(FIRST);
  expect(await rowsOf(locked.url(), "SELECT to_regclass('items')")).toEqual([null]);
});

test('a table that is gone is said once, and what an earlier one makes counts as there', async () => {
  await stock(locked.url(), 'DROP TABLE orders');
  const error = await failure(migrate(locked.url(), MIGRATIONS, locked.lock().path));
  expect(error.missing.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    'table public.orders',
    'table public.orders',
    'table public.orders',
  ]);
  expect(error.message).not.toContain('public.items');
});

test('drift in what no pending migration speaks of does not stop them', async () => {
  await stock(locked.url(), 'ALTER TABLE users DROP email');
  await migrate(locked.url(), MIGRATIONS, locked.lock().path);
  expect(await ledger()).toEqual(Object.keys(MIGRATIONS));
  expect(asked).toMatchObject([{ ok: true, warnings: [], roundTrips: 2 }]);
});

test('without it each migration finds out by itself', async () => {
  await stock(locked.url(), 'ALTER TABLE users DROP name');
  const run = migrate(locked.url(), MIGRATIONS, locked.lock().path, { pendingPrerequisites: false });
  const error = await failure(run);
  expect(error.message).toMatchInlineSnapshot(`
    "validatePrerequisites: 5-names.js: 1 prerequisite is missing, by holdfast.lock.json (PostgreSQL 18.4):
      - column public.users.name does not exist
    Nothing was changed.
    What to do:
      1. See which migrations have run:
           npx knex migrate:status
      2. If earlier ones are pending, run them:
           npx knex migrate:latest
      3. If they have run and the objects are still missing, write a migration that adds what is listed above:
           npx knex migrate:make <name>"
  `);
  expect(error).toMatchObject({ code: 'HF_PREREQUISITE', target: '5-names.js' });
  expect(await ledger()).toEqual(FIRST);
});

test('validatePrerequisites() needs a guarded migration that the lock knows', async () => {
  const knex = open(locked.url());
  onTestFinished(() => knex.destroy());
  const error = await failure(guard(knex).validatePrerequisites());
  expect(error.message).toMatchInlineSnapshot(`
    "validatePrerequisites: request: without a request it asks holdfast.lock.json, which knows only migrations that run through the guard.
    Nothing was changed.
    Say what is required: validatePrerequisites({ tables: [...], columns: { ... } }).
    Or make the file, and let the guard run the migration:
      npx holdfast lock"
  `);
});

test('what a migration without a transaction has dropped, and was cut off before it made it again, is nothing that is missing', async () => {
  let interrupted = true;
  const remake = (interrupt: boolean): Migrations => ({
    '1-shop.js': MIGRATIONS['1-shop.js'] as never,
    '2-key.js': {
      config: { transaction: false },
      up: async (knex) => {
        await knex.raw('ALTER TABLE users DROP CONSTRAINT users_pkey');
        if (interrupt && interrupted) throw new Error('interrupted');
        await knex.raw('ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (id)');
      },
      down: () => {},
    },
    '3-orders.js': raw('ALTER TABLE orders ADD user_id int REFERENCES users (id)'),
  });
  const file = await lockOf(remake(false));
  onTestFinished(() => file.remove());
  await expect(migrate(locked.url(), remake(true), file.path)).rejects.toThrow('interrupted');
  interrupted = false;
  await migrate(locked.url(), remake(true), file.path);
  expect(await ledger()).toEqual(['1-shop.js', '2-key.js', '3-orders.js']);
});
