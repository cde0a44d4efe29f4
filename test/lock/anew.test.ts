/** What was dropped by hand, or built by hand ahead of its migration: rows are written once, or the guard stops. */
import { expect, test } from 'vitest';
import { daysOf } from './days.js';
import { type Migrations, raw } from './knex-migrations.js';

const refused = { code: 'HF_REFUSED' };
const T = raw('CREATE TABLE t (n int)');
const insert = (n: number, table = 't'): string => `INSERT INTO ${table} (n) VALUES (${n})`;

const AHEAD: Readonly<Record<string, readonly [Migrations, string]>> = {
  'a column, behind rows': [
    { '2.js': raw(insert(2)), '3.js': raw('ALTER TABLE t ADD c int') },
    'ALTER TABLE t ADD c int',
  ],
  'a column, with rows': [
    { '2.js': raw('ALTER TABLE t ADD IF NOT EXISTS c int', insert(2)) },
    'ALTER TABLE t ADD c int',
  ],
  'a table, behind something made and dropped': [
    {
      '2.js': raw('CREATE INDEX i ON t (n)', insert(2)),
      '3.js': raw('DROP INDEX i'),
      '4.js': raw('CREATE TABLE u (n int)'),
    },
    'CREATE TABLE u (n int)',
  ],
};

test.each(Object.entries(AHEAD))('built ahead: %s', async (_, [more, ahead]) => {
  const days = await daysOf({ '1.js': T, ...more });
  await days.release('1.js');
  await days.sql(ahead);
  await expect(days.release()).rejects.toMatchObject(refused);
  await expect(days.release()).rejects.toMatchObject(refused);
  expect(await days.rows()).toEqual([]);
  expect(await days.holdfast('run', '2.js', '--anyway')).toBe(0);
});

test('built ahead of the second, where the first is not there yet', async () => {
  const days = await daysOf({
    '1.js': T,
    '2.js': raw('CREATE INDEX i ON t (n)', insert(2)),
    '3.js': raw('DROP INDEX i'),
    '4.js': raw('CREATE TABLE u (n int)'),
  });
  await days.sql('CREATE TABLE u (n int)');
  await expect(days.release()).rejects.toMatchObject({ ...refused, target: '2.js' });
});

test('by the guard, by Knex alone, and the ledger lost: it stops, and does so again', async () => {
  const days = await daysOf({
    '1.js': { ...T, config: { transaction: false } },
    '2.js': { ...raw(insert(2), 'CREATE INDEX i ON t (n)'), config: { transaction: false } },
  });
  await days.release('1.js');
  await days.byKnexAlone();
  await days.sql('DELETE FROM knex_migrations');
  await expect(days.release()).rejects.toMatchObject({ ...refused, target: '2.js' });
  await expect(days.release()).rejects.toMatchObject({ ...refused, target: '2.js' });
  expect(await days.rows()).toEqual([2]);
});

const FORGOTTEN = "DELETE FROM knex_migrations WHERE name <> '0.js'";

test('a table dropped by hand: its rows are written again, those of others are not', async () => {
  const days = await daysOf({
    '0.js': raw('CREATE TABLE other (n int)'),
    '1.js': T,
    '2.js': raw(insert(2)),
    '3.js': raw('UPDATE t SET n = n + 1'),
    '4.js': raw(insert(3, 'other')),
  });
  await days.release();
  await days.sql('DROP TABLE t', FORGOTTEN);
  await days.release();
  expect(await days.rows()).toEqual([3]);
  expect(await days.rows('SELECT n FROM other')).toEqual([3]);
});

test('a column dropped by hand: what fills it runs again', async () => {
  const days = await daysOf({
    '0.js': raw('CREATE TABLE t (n int)', insert(1)),
    '1.js': raw('ALTER TABLE t ADD c int'),
    '2.js': raw('UPDATE t SET c = 7'),
  });
  await days.release();
  await days.sql('ALTER TABLE t DROP c', FORGOTTEN);
  await days.release();
  expect(await days.rows('SELECT c FROM t')).toEqual([7]);
});

test.each([
  ['in two tables', [insert(2), insert(2, 'other')]],
  ['by a function', ['SELECT fill()']],
  ['by a block', ['DO $$ BEGIN INSERT INTO other VALUES (2); END $$']],
])('a table dropped by hand, and a migration that writes %s: it stops, until somebody says', async (_, statements) => {
  const days = await daysOf({
    '0.js': raw(
      'CREATE TABLE other (n int)',
      "CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS 'INSERT INTO other VALUES (2)'",
    ),
    '1.js': T,
    '2.js': raw(...statements),
  });
  await days.release();
  await days.sql('DROP TABLE t', FORGOTTEN);
  const error = await days.release().catch((each: unknown) => each);
  expect(error).toMatchObject({ ...refused, target: '2.js', left: 'Nothing was changed.' });
  expect(String(error)).toContain(
    'what is noted of it is older than tables or columns that an earlier migration has made anew since',
  );
  expect(await days.rows('SELECT n FROM other')).toEqual([2]);
  expect(await days.holdfast('mark-applied', '2.js')).toBe(0);
  await days.release();
  expect(await days.rows('SELECT n FROM other')).toEqual([2]);
});

test('an index dropped by hand, and the ledger lost: its rows are not written again', async () => {
  const days = await daysOf({ '1.js': T, '2.js': raw('CREATE INDEX i ON t (n)', insert(2)) });
  await days.release();
  await days.sql('DROP INDEX i', 'DELETE FROM knex_migrations');
  const error = await days.release().catch((each: unknown) => each);
  expect(error).toMatchObject({ ...refused, target: '2.js' });
  expect(String(error)).toContain('whether the rows that it writes are gone as well nothing tells');
  expect(await days.holdfast('mark-applied', '2.js')).toBe(0);
  await days.release();
  expect(await days.rows()).toEqual([2]);
});

test('an interrupted migration whose table is gone does not go on', async () => {
  let interrupted = false;
  const second: Migrations[string] = {
    up: async (knex) => {
      await knex.raw(insert(2));
      if (interrupted) throw new Error('interrupted');
    },
    down: () => {},
    config: { transaction: false },
  };
  const days = await daysOf({ '1.js': T, '2.js': second });
  interrupted = true;
  await expect(days.release()).rejects.toThrow('interrupted');
  interrupted = false;
  await days.sql('DROP TABLE t');
  const error = await days.release().catch((each: unknown) => each);
  expect(error).toMatchObject({ ...refused, target: '2.js' });
  expect(String(error)).toContain('Missing:\n  column public.t.n\n  table public.t');
  await days.sql("DELETE FROM knex_migrations WHERE name = '1.js'");
  await days.release();
  expect(await days.rows()).toEqual([2]);
});
