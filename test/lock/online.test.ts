/** A migration without a transaction, with the lock of the schema: a large table is not shut while an index is built. */
import { beforeEach, expect, test } from 'vitest';
import { withClient } from '../support/catalog.js';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

let interrupted = false;

const MIGRATIONS: Migrations = {
  '1-people.js': raw('CREATE TABLE people (id int PRIMARY KEY, name text)'),
  '2-names.js': {
    config: { transaction: false },
    up: async (knex) => {
      await knex.raw('CREATE INDEX people_name ON people (name)');
      await knex.raw('ALTER TABLE people ADD CONSTRAINT named CHECK (name IS NOT NULL)');
      if (interrupted) throw new Error('interrupted');
      await knex('people').insert({ id: 0, name: 'nobody' });
    },
    down: () => {},
  },
};

const locked = useLocked(MIGRATIONS);

beforeEach(async () => {
  const { '1-people.js': first } = MIGRATIONS;
  await migrate(locked.url(), { '1-people.js': first as never }, locked.lock().path);
  await stock(locked.url(), "INSERT INTO people SELECT n, 'p' FROM generate_series(1, 2000) n");
});

const VALID =
  "SELECT indisvalid FROM pg_index WHERE indexrelid = 'people_name'::regclass UNION ALL SELECT convalidated FROM pg_constraint WHERE conname = 'named'";

test('an open transaction on the table keeps the build waiting, and nobody else', async () => {
  await withClient(locked.url(), async (writer) => {
    await writer.query('BEGIN');
    await writer.query("INSERT INTO people VALUES (5000, 'open')");
    const run = migrate(locked.url(), MIGRATIONS, locked.lock().path, { largeTableBytes: 1 });
    await withClient(locked.url(), async (rival) => {
      const waits =
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'";
      await expect.poll(async () => (await rival.query(waits)).rows[0].n, { timeout: 20_000 }).toBe(1);
      // CREATE INDEX would hold SHARE, which waits for the open transaction and keeps this one waiting behind it.
      await rival.query("SET lock_timeout = '2s'; INSERT INTO people VALUES (5001, 'beside')");
    });
    await writer.query('COMMIT');
    await run;
  });
  expect(await rowsOf(locked.url(), VALID)).toEqual([true, true]);
});

test('interrupted behind it, it goes on and does it no second time', async () => {
  interrupted = true;
  const options = { largeTableBytes: 1 };
  await expect(migrate(locked.url(), MIGRATIONS, locked.lock().path, options)).rejects.toThrow('interrupted');
  interrupted = false;
  const oid = await rowsOf(locked.url(), "SELECT 'people_name'::regclass::oid");
  await migrate(locked.url(), MIGRATIONS, locked.lock().path, options);
  expect(await rowsOf(locked.url(), "SELECT 'people_name'::regclass::oid")).toEqual(oid);
  expect(await rowsOf(locked.url(), VALID)).toEqual([true, true]);
  expect(await rowsOf(locked.url(), 'SELECT count(*)::int FROM people')).toEqual([2001]);
});
