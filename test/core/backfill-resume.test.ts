/** A backfill that keeps its place: for changes that must not be made twice. */
import { guard, sql } from '@holdfast/core';
import { expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();
const add = { set: { n: sql`n + 1` }, resumeAs: 'add one', batchSize: 50 };

test('goes on behind the last batch, and ends at the rows that were there at the beginning', async () => {
  await db.run(
    'CREATE TABLE kept (id integer PRIMARY KEY, n integer DEFAULT 0); INSERT INTO kept SELECT generate_series(1, 500)',
  );
  const client = await db.connect();
  const g = guard(client);
  const stop = new AbortController();
  const first = await errorOf(g.backfill('kept', { ...add, signal: stop.signal, onProgress: () => stop.abort() }));
  expect(first).toMatchObject({ code: 'HF_FAILED', left: '50 rows were changed and stay.' });
  await client.query('INSERT INTO kept VALUES (501), (502)');
  expect(await g.backfill('kept', add)).toMatchObject({ rows: 450 });
  expect(await g.backfill('kept', add)).toMatchObject({ status: 'unchanged', rows: 0 });
  expect(await one(client, 'SELECT count(*)::int FROM kept WHERE n = 1 AND id <= 500')).toBe(500);
  expect(await one(client, 'SELECT sum(n)::int FROM kept')).toBe(500);
  expect(await g.backfill('kept', { ...add, resumeAs: 'add another' })).toMatchObject({ rows: 502 });
});

test('without a name such a set is refused as before', async () => {
  await db.run('CREATE TABLE plain (id integer PRIMARY KEY, n integer DEFAULT 0); INSERT INTO plain VALUES (1), (2)');
  const client = await db.connect();
  const error = await errorOf(guard(client).backfill('plain', { set: { n: sql`n + 1` } }));
  expect(error).toMatchObject({ code: 'HF_DATA', left: 'This batch was taken back.' });
  expect(await one(client, 'SELECT sum(n)::int FROM plain')).toBe(0);
});

test('names the row that cannot take it; corrected, it goes on there', async () => {
  await db.run(`CREATE TABLE halted (id integer PRIMARY KEY, n integer CHECK (n < 100)); INSERT INTO halted SELECT i, 0 FROM generate_series(1, 300) i;
    UPDATE halted SET n = 99 WHERE id = 137`);
  const client = await db.connect();
  const error = await errorOf<Error & { left: string }>(
    guard(client).backfill('halted', { ...add, resumeAs: 'halted' }),
  );
  expect(error).toMatchObject({ code: 'HF_DATA', samples: [{ id: 137 }], left: '136 rows were changed and stay.' });
  await client.query('UPDATE halted SET n = 0 WHERE id = 137');
  expect(await guard(client).backfill('halted', { ...add, resumeAs: 'halted' })).toMatchObject({ rows: 164 });
  expect(await one(client, 'SELECT count(*)::int FROM halted WHERE n = 1')).toBe(300);
});

test('walks each partition with a place of its own', async () => {
  await db.run(`CREATE TABLE split (id integer PRIMARY KEY, n integer DEFAULT 0) PARTITION BY RANGE (id);
    CREATE TABLE split_low PARTITION OF split FOR VALUES FROM (0) TO (100); CREATE TABLE split_high PARTITION OF split FOR VALUES FROM (100) TO (1000);
    INSERT INTO split SELECT generate_series(1, 300)`);
  const client = await db.connect();
  expect(await guard(client).backfill('split', { ...add, resumeAs: 'split' })).toMatchObject({ rows: 300 });
  expect(await guard(client).backfill('split', { ...add, resumeAs: 'split' })).toMatchObject({ rows: 0 });
  expect(await one(client, 'SELECT count(*)::int FROM split WHERE n = 1')).toBe(300);
});

test('does not take for done what is left in a partition that is no longer there', async () => {
  await db.run(`CREATE TABLE torn (id integer PRIMARY KEY, n integer DEFAULT 0) PARTITION BY RANGE (id);
    CREATE TABLE torn_low PARTITION OF torn FOR VALUES FROM (0) TO (100); CREATE TABLE torn_high PARTITION OF torn FOR VALUES FROM (100) TO (1000);
    INSERT INTO torn SELECT generate_series(1, 300)`);
  const client = await db.connect();
  const change = { ...add, resumeAs: 'torn' };
  const stop = new AbortController();
  await errorOf(guard(client).backfill('torn', { ...change, signal: stop.signal, onProgress: () => stop.abort() }));
  await client.query('ALTER TABLE torn DETACH PARTITION torn_high');
  const error = await errorOf<Error & { hint: string }>(guard(client).backfill('torn', change));
  expect(error.message).toContain('the walk in "public"."torn_high" has not come to its end');
  await client.query('ALTER TABLE torn ATTACH PARTITION torn_high FOR VALUES FROM (100) TO (1000)');
  await guard(client).backfill('torn', change);
  expect(await one(client, 'SELECT count(*)::int FROM torn WHERE n = 1')).toBe(300);
});

test('is refused without a key, for another change under the same name, and with workers', async () => {
  await db.run(
    'CREATE TABLE loose (n integer); INSERT INTO loose VALUES (0); CREATE TABLE named (id integer PRIMARY KEY, n integer DEFAULT 0); INSERT INTO named VALUES (1)',
  );
  const client = await db.connect();
  const g = guard(client);
  expect((await errorOf(g.backfill('loose', add))).message).toMatchInlineSnapshot(`
    "backfill: public.loose: resumeAs keeps a place along the key, and there is none: no primary key, and no unique index whose columns are NOT NULL.
    Nothing was changed.
    Make one first with safeAddPrimaryKey, or leave resumeAs out and pass a where that the change makes false."
  `);
  await g.backfill('named', { ...add, resumeAs: 'named' });
  const other = await errorOf(g.backfill('named', { set: { n: sql`n + 2` }, resumeAs: 'named' }));
  expect(other.message).toMatchInlineSnapshot(`
    "backfill: public.named: under the name named another change was begun:
      UPDATE "public"."named" SET "n" = n + 1 WHERE true -- along "id", DateStyle ISO, MDY
    This one is:
      UPDATE "public"."named" SET "n" = n + 2 WHERE true -- along "id", DateStyle ISO, MDY
    Nothing was changed.
    Choose another name. To forget where the other one was:
      DELETE FROM "public"."holdfast_progress" WHERE name = 'named';"
  `);
  expect(await one(client, 'SELECT n FROM named')).toBe(1);
  expect(await errorOf(g.backfill('named', { ...add, workers: 2 }))).toMatchObject({ code: 'HF_ARGUMENT' });
});
