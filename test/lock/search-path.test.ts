/** A migration without a transaction that sets the session up for itself, `search_path` before all. */
import { expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

let fails = false;

const INTO_S: Migrations['x'] = {
  config: { transaction: false },
  up: async (knex) => {
    await knex.raw("SELECT set_config('search_path', 's', false)");
    await knex.raw('CREATE TABLE first (id int)');
    if (fails) throw new Error('cut off');
    await knex.raw('CREATE TABLE second (id int)');
    await knex.raw('RESET search_path');
  },
  down: () => {},
};
const MIGRATIONS: Migrations = {
  '1-schema.js': raw('CREATE SCHEMA s'),
  '2-into-it.js': INTO_S,
  '3-behind.js': raw('CREATE TABLE third (id int)'),
};
const locked = useLocked(MIGRATIONS);
const run = (): Promise<void> => migrate(locked.url(), MIGRATIONS, locked.lock().path);
const TABLES =
  "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN ('s', 'public') ORDER BY 1";
const RUN = [
  'public.holdfast_journal',
  'public.knex_migrations',
  'public.knex_migrations_lock',
  'public.third',
  's.first',
  's.second',
];

test('the journal stays where it was found', async () => {
  fails = false;
  await run();
  expect(await rowsOf(locked.url(), TABLES)).toEqual(RUN);
});

test('a setting of the session is made again when the migration goes on', async () => {
  fails = true;
  await expect(run()).rejects.toThrow(/cut off/);
  fails = false;
  await stock(locked.url(), 'UPDATE knex_migrations_lock SET is_locked = 0');
  await run();
  expect(await rowsOf(locked.url(), TABLES)).toEqual(RUN);
});
