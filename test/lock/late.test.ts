/** Merged late, lost, marked by a person: sequences of ordinary days in which rows were once written twice, or not at all. */
import { expect, test } from 'vitest';
import { daysOf } from './days.js';
import { type Migrations, raw } from './knex-migrations.js';

const T = raw('CREATE TABLE t (n int)');
const insert = (n: number): string => `INSERT INTO t (n) VALUES (${n})`;
const LOST = 'DELETE FROM knex_migrations';
const refused = { code: 'HF_REFUSED' };

const ADD_AND_DROP: Migrations = {
  '1.js': T,
  '2.js': raw('ALTER TABLE t ADD a int', insert(2)),
  '3.js': raw('ALTER TABLE t ADD b int'),
  '4.js': raw('ALTER TABLE t DROP a'),
};

test.each([
  ['the ledger whole', 'SELECT 1'],
  ['the row of the first of them lost', "DELETE FROM knex_migrations WHERE name = '2.js'"],
])('between an add and its drop, %s', async (_, lost) => {
  const days = await daysOf(ADD_AND_DROP);
  await days.release('1.js', '2.js', '4.js');
  await days.sql(lost);
  await days.release();
  expect(await days.rows()).toEqual([2]);
  expect(
    await days.rows(
      "SELECT attname::text FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped",
    ),
  ).toEqual(['n', 'b']);
});

test('a late feature and its late removal', async () => {
  const days = await daysOf({
    '1.js': T,
    '2.js': raw('CREATE TABLE tmp (x int)'),
    '3.js': raw('CREATE TABLE other (x int)'),
    '4.js': raw(insert(4), 'DROP TABLE tmp'),
  });
  await days.release('1.js', '3.js');
  await days.release();
  expect(await days.rows()).toEqual([4]);
});

test.each([["DELETE FROM knex_migrations WHERE name = '3.js'"], [LOST]])('late, and %s: marks tell', async (lost) => {
  const days = await daysOf({ '1.js': T, '2.js': raw(insert(2)), '3.js': raw('ALTER TABLE t ADD b int') });
  await days.release('1.js', '3.js');
  await days.sql(lost);
  await days.release();
  expect(await days.rows()).toEqual([2]);
  await days.release();
  expect(await days.rows()).toEqual([2]);
});

test.each([
  ['rows', raw(insert(2)), raw(insert(3))],
  ['a table and rows', { config: { transaction: false }, ...raw('CREATE TABLE u (n int)', insert(2)) }, raw(insert(3))],
  ['an index and rows', raw('CREATE INDEX i ON t (n)', insert(2)), raw(insert(3))],
  ['rows, then an index and rows', raw(insert(2)), raw('CREATE INDEX i ON t (n)', insert(3))],
])('a mark of a person says nothing of those behind it: %s', async (_, second, third) => {
  const days = await daysOf({ '1.js': T, '2.js': second, '3.js': third });
  await days.byKnexAlone();
  await days.sql(LOST);
  await expect(days.release()).rejects.toMatchObject({ ...refused, target: '2.js' });
  expect(await days.holdfast('mark-applied', '2.js')).toBe(0);
  await expect(days.release()).rejects.toMatchObject({ ...refused, target: '3.js' });
  expect(await days.rows()).toEqual([2, 3]);
});

test('run --anyway runs what would be skipped', async () => {
  const days = await daysOf({ '1.js': T, '2.js': raw(insert(2)), '3.js': raw('ALTER TABLE t ADD b int') });
  await days.byKnexAlone('1.js', '3.js');
  await days.sql(LOST);
  expect(await days.holdfast('run', '2.js', '--anyway')).toBe(0);
  await days.release();
  expect(await days.rows()).toEqual([2]);
});

test('the guard has carried out a late one before it, and that proves nothing', async () => {
  const days = await daysOf({
    '1.js': T,
    '2.js': raw('CREATE TABLE late (n int)'),
    '3.js': raw('CREATE INDEX i ON t (n)', insert(3)),
  });
  await days.byKnexAlone('1.js', '3.js');
  await days.sql("DELETE FROM knex_migrations WHERE name = '3.js'");
  await expect(days.release()).rejects.toMatchObject(refused);
  expect(await days.rows()).toEqual([3]);
});

test.each([
  ['rows', raw(insert(2))],
  ['an index and rows', raw('CREATE INDEX i ON t (n)', insert(2))],
])('by the guard, then by Knex alone, then the ledger lost: %s', async (_, second) => {
  const days = await daysOf({ '1.js': T, '2.js': second });
  await days.release('1.js');
  await days.byKnexAlone();
  await days.sql(LOST);
  await expect(days.release()).rejects.toMatchObject(refused);
  expect(await days.rows()).toEqual([2]);
});

test('a mark of a person for what the ledger has does not outlive its migration', async () => {
  const days = await daysOf({ '1.js': T, '2.js': raw('ALTER TABLE t ADD x int', 'ALTER TABLE t ADD y int') });
  await days.release();
  await days.sql('ALTER TABLE t DROP y');
  expect(await days.holdfast('mark-applied', '2.js')).toBe(0);
  await days.sql('ALTER TABLE t DROP x', "DELETE FROM knex_migrations WHERE name = '2.js'");
  await days.release();
  expect(await days.rows('SELECT x FROM t UNION SELECT y FROM t')).toEqual([]);
});

test('what the catalog has shown of the last migration is no doubt for the next release', async () => {
  const days = await daysOf({ '1.js': T, '2.js': raw('ALTER TABLE t ADD x int'), '3.js': raw(insert(3)) });
  await days.release('1.js');
  await days.sql('ALTER TABLE t ADD x int');
  await days.release('1.js', '2.js');
  await days.release();
  expect(await days.rows()).toEqual([3]);
});
