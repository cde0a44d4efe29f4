/** A body that draws its keys and asks for the time, interrupted in the middle: when it goes on, it is given the same again. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, useLocked } from './knex-migrations.js';

let interrupted = false;
let interruptedAtLast = false;

const MIGRATIONS: Migrations = {
  '1-tables.js': raw(
    'CREATE TABLE people (id uuid PRIMARY KEY, lot double precision, at timestamptz)',
    'CREATE TABLE visits (person uuid REFERENCES people (id), lot double precision, at timestamptz)',
  ),
  '2-first-visit.js': {
    config: { transaction: false },
    up: async (knex) => {
      const [id, lot, at] = [randomUUID(), Math.random(), new Date()];
      await knex('people').insert({ id, lot, at });
      const { rows } = await knex.raw('SELECT id FROM people');
      if (interrupted) throw new Error('interrupted');
      await knex('visits').insert({ person: rows[0].id, lot: Math.random(), at: new Date() });
      await knex('visits').insert({ person: id, lot, at });
    },
    down: () => {},
  },
  '3-constants.js': {
    config: { transaction: false },
    up: async (knex) => {
      await knex.raw(`INSERT INTO visits (lot) VALUES (${process.hrtime.bigint()})`);
      if (interruptedAtLast) throw new Error('interrupted');
    },
    down: () => {},
  },
};

const locked = useLocked(MIGRATIONS);

beforeEach(async () => {
  interrupted = true;
  await expect(migrate(locked.url(), MIGRATIONS, locked.lock().path)).rejects.toThrow('interrupted');
  interrupted = false;
});

test('keys, numbers and times are those of before', async () => {
  await migrate(locked.url(), MIGRATIONS, locked.lock().path);
  expect(await rowsOf(locked.url(), 'SELECT count(*)::int FROM people')).toEqual([1]);
  const fit = 'SELECT count(*)::int FROM people p JOIN visits v ON v.person = p.id AND v.lot = p.lot AND v.at = p.at';
  expect(await rowsOf(locked.url(), fit)).toEqual([1]);
  const drawn = 'SELECT count(DISTINCT lot)::int FROM visits WHERE person IS NOT NULL';
  expect(await rowsOf(locked.url(), drawn)).toEqual([2]);
});

test('without it, it stops before it writes what does not fit', async () => {
  const run = migrate(locked.url(), MIGRATIONS, locked.lock().path, { seedSources: false });
  await expect(run).rejects.toMatchObject({ code: 'HF_REFUSED' });
  expect(await rowsOf(locked.url(), 'SELECT count(*)::int FROM visits')).toEqual([0]);
});

test('a statement whose text has other constants stops as well', async () => {
  interruptedAtLast = true;
  await expect(migrate(locked.url(), MIGRATIONS, locked.lock().path)).rejects.toThrow('interrupted');
  interruptedAtLast = false;
  const run = migrate(locked.url(), MIGRATIONS, locked.lock().path);
  await expect(run).rejects.toMatchObject({ code: 'HF_REFUSED', target: '3-constants.js' });
  expect(await rowsOf(locked.url(), 'SELECT count(*)::int FROM visits')).toEqual([3]);
});
