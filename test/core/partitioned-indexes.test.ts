/** The index of a partitioned table, built on one partition after the other while traffic goes on. */
import { guard } from '@holdfast/core';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { watched } from '../engine/support.js';
import { pidOf } from '../support/clients.js';
import { settled, stateOfIndex, waits } from '../traps/support.js';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();

beforeEach(() =>
  db.run(`DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE SCHEMA app;
    CREATE TABLE visits (id integer NOT NULL, at integer NOT NULL, page text) PARTITION BY RANGE (at);
    CREATE TABLE app.visits_old PARTITION OF visits FOR VALUES FROM (0) TO (10);
    CREATE TABLE visits_new PARTITION OF visits FOR VALUES FROM (10) TO (20);
    INSERT INTO visits SELECT i, i, 'page ' || i FROM generate_series(1, 19) i`),
);

const create = (
  client: pg.Client,
  options: object = {},
): Promise<{ status: string; steps: readonly { sql: string }[] }> =>
  guard(client).safeCreateIndex('visits', ['page'], { name: 'visits_page', ...options });
const ran = ({ steps }: { readonly steps: readonly { readonly sql: string }[] }): string[] =>
  steps.map(({ sql }) =>
    sql
      .replace(/ USING.*/, '')
      .replaceAll('"', '')
      .replaceAll('public.', ''),
  );

/** Indexes of a table with their wholes, valid ones only. */
const validParts = (client: pg.Client): Promise<string[]> =>
  one(
    client,
    `SELECT array_agg(c.relname || coalesce(' of ' || p.relname, '') ORDER BY c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     LEFT JOIN pg_inherits h ON h.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = h.inhparent
     WHERE i.indisvalid AND c.relnamespace IN ('public'::regnamespace, 'app'::regnamespace)`,
  );

describe('outside of a transaction', () => {
  test('writers of all partitions go on from beginning to end', async () => {
    const [client, watcher, writer] = [await db.connect(), await db.connect(), await db.connect()];
    const { g, events } = watched(client);
    await writer.query("BEGIN; UPDATE app.visits_old SET page = 'x' WHERE at = 1");
    const creating = settled(g.safeCreateIndex('visits', ['page'], { name: 'visits_page' }));
    // The build waits for the one that was there before it; others write to this and the other partition meanwhile.
    await waits(watcher, pidOf(client), 'virtualxid');
    expect(events.filter((event) => event.type === 'step:done')).toHaveLength(1);
    await watcher.query("SET lock_timeout = '2s'; UPDATE visits SET page = 'y' WHERE at IN (2, 15)");
    await writer.query('COMMIT');
    expect(await creating).toMatchObject({ value: { status: 'applied' } });
    expect(await validParts(watcher)).toEqual([
      'visits_new_page_idx of visits_page',
      'visits_old_page_idx of visits_page',
      'visits_page',
    ]);
  });

  test('the whole is named while a writer of a partition is at work', async () => {
    const [client, writer] = [await db.connect(), await db.connect()];
    await writer.query("BEGIN; UPDATE app.visits_old SET page = 'x' WHERE at = 1");
    const { g, events } = watched(client, { scanTimeoutMs: 300, lockTimeoutMs: 200, lockRetries: 0 });
    expect(await errorOf(g.safeCreateIndex('visits', ['page'], { name: 'visits_page' }))).toMatchObject({
      code: 'HF_FAILED',
    });
    const done = events.filter((event) => event.type === 'step:done').map((event) => event.step);
    expect(done).toEqual(['declare']);
    await writer.query('COMMIT');
    expect(await create(client)).toMatchObject({ status: 'repaired' });
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('what a partition has already is used, whatever its name', async () => {
    await db.run(
      'CREATE INDEX mine ON visits_new (page); CREATE INDEX visits_old_page_idx ON app.visits_old (page DESC)',
    );
    const client = await db.connect();
    const outcome = await create(client);
    expect(ran(outcome)).toEqual([
      'CREATE INDEX visits_page ON ONLY visits',
      'CREATE INDEX CONCURRENTLY visits_old_page_idx1 ON app.visits_old',
      'ALTER INDEX visits_page ATTACH PARTITION mine',
      'ALTER INDEX visits_page ATTACH PARTITION app.visits_old_page_idx1',
    ]);
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('an index that is a part of another whole is not taken away', async () => {
    const client = await db.connect();
    await client.query('CREATE INDEX first ON visits (page)');
    expect(await create(client)).toMatchObject({ status: 'unchanged', reason: 'there under the name first' });
    const outcome = await guard(client).safeCreateIndex('visits', ['page'], { name: 'visits_page', where: 'at > 5' });
    expect(outcome).toMatchObject({ status: 'applied' });
    expect(await validParts(client)).toEqual(
      expect.arrayContaining(['visits_new_page_idx of first', 'visits_new_page_idx1 of visits_page']),
    );
  });

  test('a partition that comes while another one is built gets its part', async () => {
    const [client, watcher, writer] = [await db.connect(), await db.connect(), await db.connect()];
    await writer.query("BEGIN; UPDATE app.visits_old SET page = 'x' WHERE at = 1");
    const creating = settled(create(client));
    await waits(watcher, pidOf(client), 'virtualxid');
    await watcher.query(
      'CREATE TABLE visits_june (LIKE visits); ALTER TABLE visits ATTACH PARTITION visits_june FOR VALUES FROM (30) TO (40)',
    );
    await writer.query('COMMIT');
    expect(await creating).toMatchObject({ value: { status: 'applied' } });
    expect((await validParts(watcher)).filter((part) => part.endsWith(' of visits_page'))).toHaveLength(3);
    expect(await stateOfIndex(watcher, 'visits_page')).toBe('valid');
  });

  test('a build on a partition by another session is refused with its pid', async () => {
    const [client, watcher, writer, builder] = [
      await db.connect(),
      await db.connect(),
      await db.connect(),
      await db.connect(),
    ];
    await writer.query("BEGIN; UPDATE app.visits_old SET page = 'x' WHERE at = 1");
    const building = settled(create(builder));
    await waits(watcher, pidOf(builder), 'virtualxid');
    expect(await errorOf(create(client))).toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining(`pid ${pidOf(builder)}`),
    });
    await writer.query('COMMIT');
    expect(await building).toMatchObject({ value: { status: 'applied' } });
  });

  test('expressions, predicates and carried columns are the same on each partition', async () => {
    const client = await db.connect();
    const ask = (): Promise<unknown> =>
      guard(client).safeCreateIndex('visits', [{ expression: 'lower(page)', order: 'desc' }], {
        include: ['id'],
        where: "page IN ('a', 'b') -- few",
      });
    expect(await ask()).toMatchObject({ status: 'applied' });
    expect(await ask()).toMatchObject({ status: 'unchanged', steps: [] });
    expect((await validParts(client)).sort()).toEqual([
      'visits_expr_idx',
      'visits_new_lower_id_idx of visits_expr_idx',
      'visits_old_lower_id_idx of visits_expr_idx',
    ]);
  });

  test('columns may stand in another order on a partition, and names may be long', async () => {
    const long = 'p'.repeat(63);
    await db.run(`CREATE TABLE ${long} (page text, gone integer, at integer NOT NULL, id integer NOT NULL); ALTER TABLE ${long} DROP COLUMN gone;
      ALTER TABLE visits ATTACH PARTITION ${long} FOR VALUES FROM (40) TO (50)`);
    const client = await db.connect();
    expect(await create(client)).toMatchObject({ status: 'applied' });
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
    expect(
      await one(client, `SELECT count(*)::int FROM pg_indexes WHERE tablename = '${long}' AND length(indexname) = 63`),
    ).toBe(1);
  });

  test('partitions of partitions come first', async () => {
    await db.run(`CREATE TABLE deep PARTITION OF visits FOR VALUES FROM (80) TO (90) PARTITION BY RANGE (at);
      CREATE TABLE deeper PARTITION OF deep FOR VALUES FROM (80) TO (85); CREATE INDEX visits_page ON ONLY visits (page);
      CREATE INDEX deep_page_idx ON ONLY deep (page); ALTER INDEX visits_page ATTACH PARTITION deep_page_idx`);
    const client = await db.connect();
    expect(await create(client)).toMatchObject({ status: 'repaired' });
    expect(await validParts(client)).toEqual(
      expect.arrayContaining(['deep_page_idx of visits_page', 'deeper_page_idx of deep_page_idx', 'visits_page']),
    );
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('forty partitions are no more than two', async () => {
    await db.run(
      Array.from(
        { length: 38 },
        (_, i) => `CREATE TABLE v${i} PARTITION OF visits FOR VALUES FROM (${100 + i}) TO (${101 + i})`,
      ).join(';'),
    );
    const client = await db.connect();
    const outcome = await create(client);
    expect(outcome).toMatchObject({ status: 'applied' });
    expect(outcome.steps).toHaveLength(1 + 2 * 40);
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('without partitions there is nothing to build', async () => {
    await db.run('CREATE TABLE none (id integer) PARTITION BY LIST (id)');
    const client = await db.connect();
    const outcome = await guard(client).safeCreateIndex('none', ['id']);
    expect(ran(outcome)).toEqual(['CREATE INDEX none_id_idx ON ONLY none']);
    expect(await stateOfIndex(client, 'none_id_idx')).toBe('valid');
  });
});

describe('what PostgreSQL does not have is refused before anything is changed', () => {
  test('a unique index without the columns by which the table is partitioned', async () => {
    await db.run(
      'CREATE TABLE visits_sub PARTITION OF visits FOR VALUES FROM (60) TO (70) PARTITION BY LIST ((id % 2))',
    );
    const error = await errorOf(create(await db.connect(), { unique: true }));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.message).toContain(
      '  at, by which public.visits is partitioned\n  an expression, by which public.visits_sub is partitioned\n',
    );
  });

  test('indexes of foreign tables; the plain form leaves them out', async () => {
    await db.run(`DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
      CREATE FOREIGN TABLE visits_far PARTITION OF visits FOR VALUES FROM (70) TO (80) SERVER s`);
    const client = await db.connect();
    const error = await errorOf(create(client));
    expect(error).toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining('foreign tables, which have no indexes here: public.visits_far'),
    });
    expect(error.message).toContain('{ concurrently: false }');
    const unique = guard(client).safeCreateIndex('visits', ['page', 'at'], { unique: true, concurrently: false });
    expect(await errorOf(unique)).toMatchObject({ code: 'HF_REFUSED' });
    expect(await create(client, { concurrently: false })).toMatchObject({ status: 'applied' });
    expect(await create(client)).toMatchObject({ status: 'unchanged', steps: [] });
    // A part that was named alone can never become valid beside them.
    await client.query('DROP INDEX visits_page; CREATE INDEX visits_page ON ONLY visits (page)');
    expect(await create(client, { concurrently: false })).toMatchObject({ status: 'repaired' });
    expect(await stateOfIndex(client, 'visits_page')).toBe('valid');
  });
});

describe('in a transaction', () => {
  test('it is one plain statement, refused when a partition is large', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const large = guard(client, { largeTableBytes: 8192 }).safeCreateIndex('visits', ['page'], { name: 'visits_page' });
    expect(await errorOf(large)).toMatchObject({ code: 'HF_REFUSED' });
    expect(ran(await create(client))).toEqual(['CREATE INDEX visits_page ON visits']);
    await client.query('COMMIT');
    expect(await stateOfIndex(client, 'visits_page')).toBe('valid');
  });

  test('it finishes what was begun outside of one', async () => {
    const client = await db.connect();
    await client.query(
      'CREATE INDEX visits_page ON ONLY visits (page); CREATE INDEX visits_new_page_idx ON visits_new (page); BEGIN',
    );
    const outcome = await create(client);
    expect(outcome).toMatchObject({ status: 'repaired' });
    expect(ran(outcome)).toEqual([
      'CREATE INDEX visits_old_page_idx ON app.visits_old',
      'ALTER INDEX visits_page ATTACH PARTITION visits_new_page_idx',
      'ALTER INDEX visits_page ATTACH PARTITION app.visits_old_page_idx',
    ]);
    await client.query('COMMIT');
    expect(await stateOfIndex(client, 'visits_page')).toBe('valid');
  });
});
