/** A migration without a transaction that calls guarded operations itself, and is cut off or fails between them: it goes on. */
import { guard, type KnexMigration } from '@holdfast/knex';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

let stopAt = -1;

const steps: readonly ((knex: Knex) => Promise<unknown>)[] = [
  (knex) => guard(knex).safeAddColumn('orders', (t) => t.integer('user_id')),
  (knex) => guard(knex).safeCreateIndex('orders', ['user_id']),
  (knex) => knex('users').insert({ id: 7 }),
  (knex) => guard(knex).backfill('orders', { set: { user_id: 7 }, where: { user_id: null } }),
  (knex) => guard(knex).safeAddForeignKey('orders', ['user_id'], { references: { table: 'users', columns: ['id'] } }),
  (knex) => guard(knex).safeCreateCheckConstraint('orders', 'orders_positive', 'id > 0'),
];

const migrations: Migrations = {
  '1-tables.js': raw(
    'CREATE TABLE users (id int PRIMARY KEY)',
    'CREATE TABLE orders (id int PRIMARY KEY)',
    'INSERT INTO orders VALUES (1)',
  ),
  '2-own.js': {
    config: { transaction: false },
    up: async (knex) => {
      for (const [i, step] of steps.entries()) {
        if (i === stopAt) throw new Error('cut');
        await step(knex as unknown as Knex);
      }
    },
    down: () => {},
  } satisfies KnexMigration,
  '3-last.js': raw('ALTER TABLE orders ADD note text'),
};
const locked = useLocked(migrations);
const up = (some = migrations): Promise<void> => migrate(locked.url(), some, locked.lock().path);
const FIRST = { '1-tables.js': migrations['1-tables.js'] as KnexMigration };

test.each(steps.map((_, i) => i))('cut in front of step %i', async (at) => {
  stopAt = at;
  await expect(up()).rejects.toThrow('cut');
  stopAt = -1;
  await up();
  expect(await rowsOf(locked.url(), 'SELECT user_id, id FROM orders')).toEqual([7, 1]);
  expect(await rowsOf(locked.url(), 'SELECT id FROM users')).toEqual([7]);
  const objects = "SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype <> 'n' ORDER BY 1";
  expect(await rowsOf(locked.url(), objects)).toEqual(['orders_pkey', 'orders_positive', 'orders_user_id_fkey']);
  expect(await rowsOf(locked.url(), "SELECT kind FROM holdfast_journal WHERE kind NOT IN ('done', 'listed')")).toEqual(
    [],
  );
});

test('stopped by rows, it goes on once they are corrected', async () => {
  await up(FIRST);
  await stock(locked.url(), 'INSERT INTO orders VALUES (-1)');
  await expect(up()).rejects.toMatchObject({ code: 'HF_DATA' });
  await stock(locked.url(), 'DELETE FROM orders WHERE id = -1');
  await up();
  expect(await rowsOf(locked.url(), 'SELECT count(*)::int FROM users')).toEqual([1]);
});
