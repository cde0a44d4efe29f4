/** Schemas and extensions that are made IF NOT EXISTS may have been there before the first migration: somebody has set up the server. */
import { describe, expect, test } from 'vitest';
import { lockOf, type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

const MIGRATIONS: Migrations = {
  '1-citext.js': raw('CREATE EXTENSION IF NOT EXISTS citext'),
  '2-core.js': raw(
    'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"; CREATE SCHEMA IF NOT EXISTS "Core"',
    'CREATE TABLE "Core".users (id uuid DEFAULT uuid_generate_v4(), name citext)',
    'INSERT INTO "Core".users (name) VALUES (\'a\')',
  ),
  '3-other.js': raw('CREATE EXTENSION IF NOT EXISTS pg_trgm', 'UPDATE "Core".users SET name = name || \'b\''),
};
const locked = useLocked(MIGRATIONS);
const up = (): Promise<void> => migrate(locked.url(), MIGRATIONS, locked.lock().path);
const names = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT name FROM "Core".users');
const extensions = (): Promise<readonly unknown[]> =>
  rowsOf(locked.url(), "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1");

test.each<readonly string[]>([
  [],
  ['CREATE EXTENSION citext'],
  ['CREATE EXTENSION "uuid-ossp"', 'CREATE SCHEMA "Core"'],
  ['CREATE EXTENSION citext', 'CREATE EXTENSION "uuid-ossp"', 'CREATE EXTENSION pg_trgm', 'CREATE SCHEMA "Core"'],
])('what was there: %j', async (...before) => {
  await stock(locked.url(), ...before);
  await up();
  expect(await names()).toEqual(['ab']);
  expect(await extensions()).toEqual(['citext', 'pg_trgm', 'uuid-ossp']);
  await up();
  // The last one writes rows: without a ledger nothing tells of those.
  await stock(locked.url(), 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal');
  await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
  expect(await names()).toEqual(['ab']);
  expect(await extensions()).toEqual(['citext', 'pg_trgm', 'uuid-ossp']);
});

test('what it makes is missing, and the rest is there', async () => {
  await up();
  await stock(
    locked.url(),
    'DELETE FROM knex_migrations; DROP TABLE holdfast_journal; DROP EXTENSION "uuid-ossp" CASCADE',
  );
  const error = await up().catch((each: unknown) => each);
  expect(error).toMatchObject({ code: 'HF_REFUSED' });
  const [there = '', missing = ''] = (error as Error).message.split('Missing:');
  expect(missing).toContain('extension "uuid-ossp"');
  expect(there).toContain('schema "Core"');
});

test('one that a later migration drops tells as before', async () => {
  const lock = await lockOf({ ...MIGRATIONS, '4-gone.js': raw('DROP EXTENSION pg_trgm') });
  try {
    await migrate(locked.url(), { ...MIGRATIONS, '4-gone.js': raw('DROP EXTENSION pg_trgm') }, lock.path);
    expect(await extensions()).toEqual(['citext', 'uuid-ossp']);
  } finally {
    lock.remove();
  }
});

test('without a transaction, rows may have been written behind it', async () => {
  const outside = {
    '1-t.js': raw('CREATE TABLE t (n int)'),
    '2-x.js': {
      ...raw('CREATE EXTENSION IF NOT EXISTS citext', 'INSERT INTO t VALUES (1)', 'ALTER TABLE t ADD name citext'),
      config: { transaction: false },
    },
  };
  const lock = await lockOf(outside);
  try {
    await migrate(locked.url(), { '1-t.js': outside['1-t.js'] }, lock.path);
    await stock(locked.url(), 'CREATE EXTENSION IF NOT EXISTS citext', 'INSERT INTO t VALUES (1)');
    await expect(migrate(locked.url(), outside, lock.path)).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rowsOf(locked.url(), 'SELECT n FROM t')).toEqual([1]);
  } finally {
    lock.remove();
  }
});

describe('an extension alone between others', () => {
  const migrations: Migrations = {
    '1-t.js': raw('CREATE TABLE t (n int)'),
    '2-citext.js': raw('CREATE EXTENSION IF NOT EXISTS citext'),
    '3-rows.js': raw('INSERT INTO t VALUES (1)'),
  };
  const own = useLocked(migrations);
  const run = (): Promise<void> => migrate(own.url(), migrations, own.lock().path);

  test.each(['public', 'extensions'])('may be there before, in the schema %s', async (schema) => {
    await stock(own.url(), `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE EXTENSION citext SCHEMA ${schema}`);
    await run();
    expect(await rowsOf(own.url(), 'SELECT n FROM t')).toEqual([1]);
  });

  test('hands on that the ledger is lost', async () => {
    await run();
    await stock(own.url(), 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal');
    await expect(run()).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rowsOf(own.url(), 'SELECT n FROM t')).toEqual([1]);
  });
});

describe('an extension and rows, without a transaction', () => {
  const migrations: Migrations = {
    '1-t.js': raw('CREATE TABLE t (n int)'),
    '2-rows.js': {
      ...raw('CREATE EXTENSION IF NOT EXISTS citext', 'INSERT INTO t VALUES (1)'),
      config: { transaction: false },
    },
  };
  const own = useLocked(migrations);
  test('of which the runner has lost the end', async () => {
    await migrate(own.url(), { '1-t.js': migrations['1-t.js'] as never }, own.lock().path);
    await stock(own.url(), 'CREATE EXTENSION citext; INSERT INTO t VALUES (1)');
    await expect(migrate(own.url(), migrations, own.lock().path)).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rowsOf(own.url(), 'SELECT n FROM t')).toEqual([1]);
  });
});
