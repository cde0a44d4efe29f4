/** The walk of a backfill meets every row that matches, and no other, whatever the table and its neighbours do. */
import { randomBytes } from 'node:crypto';
import { type DataViolationError, guard, sql } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const role = `hf_rows_${randomBytes(6).toString('hex')}`;
const db = useDatabase();

afterAll(async () => {
  await db.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
});

const KEYS = [
  ['composite key', 'CREATE TABLE $t (a integer, b text, n integer, v text, PRIMARY KEY (b, a))', 'n % 7, n::text, n'],
  ['uuid key', 'CREATE TABLE $t (a uuid PRIMARY KEY, b text, n integer, v text)', 'gen_random_uuid(), NULL, n'],
  ['text key', 'CREATE TABLE $t (a text PRIMARY KEY, b text, n integer, v text)', `'ä\\''' || n, NULL, n`],
  [
    'a unique index in place of a key',
    'CREATE TABLE $t (a integer NOT NULL, b text, n integer NOT NULL, v text); CREATE UNIQUE INDEX ON $t (b); CREATE UNIQUE INDEX ON $t (n, a)',
    'n % 7, NULL, n',
  ],
  ['no key', 'CREATE TABLE $t (a integer, b text, n integer, v text)', 'NULL, NULL, n'],
  [
    'partitions with a key',
    'CREATE TABLE $t (a integer PRIMARY KEY, b text, n integer, v text) PARTITION BY HASH (a); CREATE TABLE $t_0 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE $t_1 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 1)',
    'n, NULL, n',
  ],
] as const;

test.each(KEYS)('changes each row that matches once, with %s', async (name, create, values) => {
  const table = name.replaceAll(' ', '_');
  await db.run(
    `${create.replaceAll('$t', table)}; INSERT INTO ${table} (a, b, n) SELECT ${values} FROM generate_series(1, 700) n`,
  );
  const client = await db.connect();
  const change = { set: { v: sql`'v' || n` }, where: 'v IS NULL AND n % 2 = 0', batchSize: 10 };
  expect(await guard(client).backfill(table, change)).toMatchObject({ status: 'applied', rows: 350 });
  expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE v = 'v' || n`)).toBe(350);
  expect(await one(client, `SELECT count(v)::int FROM ${table} WHERE n % 2 = 1`)).toBe(0);
  expect(await guard(client).backfill(table, change)).toMatchObject({ status: 'unchanged', rows: 0 });
});

test.each(['outside', 'inside'])(
  '%s of a transaction stops at the one row that cannot take the change, and names it',
  async (where) => {
    const table = `spoilt_${where}`;
    await db.run(`CREATE TABLE ${table} (id integer PRIMARY KEY, n integer, v integer);
    INSERT INTO ${table} SELECT i, i - 777 FROM generate_series(1, 2000) i`);
    const client = await db.connect();
    if (where === 'inside') await client.query('BEGIN');
    const change = { set: { v: sql`100 / n` }, where: 'v IS NULL', batchSize: 500 };
    const error = await errorOf<DataViolationError>(guard(client).backfill(table, change));
    expect(error).toMatchObject({ code: 'HF_DATA', count: 1, samples: [{ id: 777 }], cause: { code: '22012' } });
    expect(error.message).toContain('this row cannot take the change: division by zero (SQLSTATE 22012)\n  {"id":777}');
    const done = await one<number>(client, `SELECT count(v)::int FROM ${table} WHERE id < 777`);
    expect(error.left).toContain(where === 'inside' ? "776 rows were changed in the migration's" : `${done} rows`);
    // The first window, and what a batch of the second one has taken.
    expect(done).toBeGreaterThan(500);
    await client.query(`UPDATE ${table} SET n = 1 WHERE id = 777`);
    expect(await guard(client).backfill(table, change)).toMatchObject({ rows: 2000 - done });
  },
);

describe('rows that share key or ctid with a row that matches', () => {
  test('stay as they are in partitions without a key', async () => {
    await db.run(`CREATE TABLE parted (p integer, n integer, v text) PARTITION BY LIST (p);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
      CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
      INSERT INTO parted SELECT 1, n, NULL FROM generate_series(1, 100) n;
      INSERT INTO parted SELECT 2, n, 'kept' FROM generate_series(1, 100) n`);
    const client = await db.connect();
    const change = { set: { v: 'new' }, where: { v: null }, batchSize: 10 };
    expect(await guard(client).backfill('parted', change)).toMatchObject({ rows: 100 });
    expect(await one(client, `SELECT count(*)::int FROM parted WHERE p = 2 AND v = 'kept'`)).toBe(100);
    expect(await one(client, `SELECT count(*)::int FROM parted WHERE p = 1 AND v = 'new'`)).toBe(100);
  });

  test.each(['PRIMARY KEY', ''])('stay as they are in an heir of a table with key "%s"', async (key) => {
    const table = key === '' ? 'heap' : 'keyed';
    await db.run(`CREATE TABLE ${table} (id integer ${key}, v text);
      CREATE TABLE ${table}_heir () INHERITS (${table});
      INSERT INTO ${table} SELECT n, NULL FROM generate_series(1, 100) n;
      INSERT INTO ${table}_heir SELECT n, CASE WHEN n % 2 = 0 THEN 'kept' END FROM generate_series(1, 100) n`);
    const client = await db.connect();
    const change = { set: { v: 'new' }, where: 'v IS NULL', batchSize: 10 };
    expect(await guard(client).backfill(table, change)).toMatchObject({ rows: 150 });
    expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE v = 'new'`)).toBe(150);
    expect(await one(client, `SELECT count(*)::int FROM ${table}_heir WHERE v = 'kept'`)).toBe(50);
  });
});

describe('rows that a trigger keeps from change', () => {
  const SETUP = `(id integer PRIMARY KEY, v text);
    CREATE FUNCTION $t_veto() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN old.id <= 30 THEN NULL ELSE new END; END $$;
    CREATE TRIGGER veto BEFORE UPDATE ON $t FOR EACH ROW EXECUTE FUNCTION $t_veto();
    INSERT INTO $t SELECT n FROM generate_series(1, 100) n`;

  test('do not end the walk; at its end they are named and the rest stays changed', async () => {
    await db.run(`CREATE TABLE vetoed ${SETUP.replaceAll('$t', 'vetoed')}`);
    const client = await db.connect();
    const error = await errorOf<DataViolationError>(
      guard(client).backfill('vetoed', { set: { v: 'x' }, where: 'v IS NULL -- those', batchSize: 10 }),
    );
    expect(error).toMatchObject({ code: 'HF_DATA', count: 30, atLeast: false, left: '70 rows were changed and stay.' });
    expect(error.samples).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }]);
    expect(error.message).toMatchInlineSnapshot(`
      "backfill: public.vetoed: 30 rows match but cannot be changed: a trigger or a rule keeps every UPDATE from them.
        {"id":1}
        {"id":2}
        {"id":3}
        {"id":4}
        {"id":5}
      70 rows were changed and stay.
      Look at the BEFORE UPDATE triggers and the rules of the table, or leave these rows out with where, then run again."
    `);
    expect(await one(client, `SELECT count(v)::int FROM vetoed`)).toBe(70);
  });

  test('also stop the fill of safeSetNotNull', async () => {
    await db.run(`CREATE TABLE vetoed_fill ${SETUP.replaceAll('$t', 'vetoed_fill')}`);
    const client = await db.connect();
    const error = await errorOf(guard(client).safeSetNotNull('vetoed_fill', 'v', { backfill: 'x' }));
    expect(error).toMatchObject({ code: 'HF_DATA', count: 30 });
    expect(await one(client, `SELECT count(v)::int FROM vetoed_fill`)).toBe(70);
  });
});

test('follows a row without key that another session is moving', async () => {
  await db.run('CREATE TABLE moved (n integer, v text); INSERT INTO moved VALUES (1)');
  const [client, rival] = [await db.connect(), await db.connect()];
  await rival.query('BEGIN; UPDATE moved SET n = n + 1');
  const done = guard(client).backfill('moved', { set: { v: 'x' }, where: { v: null } });
  const waiting = `SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.datname = current_database()
    WHERE NOT l.granted AND l.pid IN (SELECT pid FROM pg_stat_activity a WHERE a.datid = d.oid)`;
  while ((await one<number>(rival, waiting)) === 0);
  await rival.query('COMMIT');
  expect(await done).toMatchObject({ status: 'applied', rows: 1 });
  expect(await one(client, 'SELECT v FROM moved')).toBe('x');
});

test.each(['PRIMARY KEY', ''])('misses nothing while others insert, update and delete; key "%s"', async (key) => {
  const table = key === '' ? 'busy_heap' : 'busy_keyed';
  await db.run(
    `CREATE TABLE ${table} (id integer ${key}, n integer DEFAULT 0, v text); INSERT INTO ${table} SELECT n * 2 FROM generate_series(1, 2000) n`,
  );
  const [client, rival] = [await db.connect(), await db.connect()];
  let ended = false;
  const done = guard(client)
    .backfill(table, { set: { v: 'x' }, where: { v: null }, batchSize: 10, targetBatchMs: 5 })
    .finally(() => {
      ended = true;
    });
  for (let i = 0; i < 300 && !ended; i += 1) {
    await rival.query(`INSERT INTO ${table} VALUES ($1)`, [i * 2 + 1]);
    await rival.query(`UPDATE ${table} SET n = n + 1 WHERE id % 50 = $1`, [i % 50]);
    await rival.query(`DELETE FROM ${table} WHERE id = $1`, [4000 - i * 2]);
  }
  expect(await done).toMatchObject({ status: 'applied' });
  // Only rows that came in while the last pass found nothing have none: the last ones.
  expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE v IS NULL AND id % 2 = 0`)).toBe(0);
  const late = `SELECT count(*)::int FROM ${table} a WHERE v IS NULL AND EXISTS (SELECT FROM ${table} b WHERE b.v IS NOT NULL AND b.id % 2 = 1 AND b.id > a.id)`;
  expect(await one(client, late)).toBe(0);
});

test('stopped by the signal it has not succeeded; run again it goes on', async () => {
  await db.run('CREATE TABLE long (id integer PRIMARY KEY, v text); INSERT INTO long SELECT generate_series(1, 100)');
  const stop = new AbortController();
  const g = guard(await db.connect());
  const stopped = g.backfill('long', {
    set: { v: 'x' },
    batchSize: 10,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  const error = await errorOf(stopped);
  expect(error).toMatchObject({ code: 'HF_FAILED', left: '10 rows were changed and stay.', cause: stop.signal.reason });
  const before = await errorOf(g.backfill('long', { set: { v: 'x' }, signal: stop.signal }));
  expect(before).toMatchObject({ code: 'HF_FAILED', left: 'Nothing was changed.' });
  expect(await g.backfill('long', { set: { v: 'x' } })).toMatchObject({ rows: 90 });
  expect(await g.backfill('long', { set: { v: 'x' }, signal: stop.signal })).toMatchObject({ status: 'unchanged' });
});

test('refuses before any change where row level security hides rows from the role', async () => {
  await db.run(`CREATE ROLE ${role};
    CREATE TABLE tenants (id integer PRIMARY KEY, tenant integer, v text);
    INSERT INTO tenants SELECT n, n % 2 FROM generate_series(1, 10) n;
    ALTER TABLE tenants OWNER TO ${role};
    ALTER TABLE tenants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY own ON tenants USING (tenant = 1)`);
  const client = await db.connect();
  await client.query(`SET ROLE ${role}`);
  const g = guard(client);
  for (const call of [
    () => g.backfill('tenants', { set: { v: 'x' } }),
    () => g.safeSetNotNull('tenants', 'v', { backfill: 'x' }),
  ]) {
    const error = await errorOf<Error & { hint: string }>(call());
    expect(error).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
    expect(error.hint).toContain('BYPASSRLS');
  }
  expect(await one(client, 'SELECT count(v)::int FROM tenants')).toBe(0);
  await client.query('ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY');
  expect(await g.backfill('tenants', { set: { v: 'x' } })).toMatchObject({ rows: 10 });
});

test.each([
  ['with a key', 'PRIMARY KEY', 'ANALYZE long_0', true],
  ['without a key', '', 'ANALYZE long_1', true],
  ['never analysed', 'PRIMARY KEY', '', false],
])('tells how many rows there will be: %s', async (name, key, analyze, known) => {
  const table = `long_${['with a key', 'without a key', 'never analysed'].indexOf(name)}`;
  await db.run(`CREATE TABLE ${table} (id integer ${key}, v text) WITH (autovacuum_enabled = off);
    INSERT INTO ${table} SELECT i FROM generate_series(1, 5000) i`);
  await db.run(analyze);
  const seen: { rows: number; total: number | null }[] = [];
  const g = guard(await db.connect(), {
    onEvent: (event) => {
      if (event.type === 'progress') seen.push({ rows: event.rows, total: event.total });
    },
  });
  await g.backfill(table, { set: { v: 'x' }, where: 'v IS NULL AND id % 5 = 0', batchSize: 250, targetBatchMs: 5 });
  expect(seen.at(-1)).toEqual({ rows: 1000, total: known ? 1000 : null });
  const halfway = seen[Math.floor(seen.length / 2)];
  if (known) expect(Math.abs((halfway?.total ?? 0) - 1000)).toBeLessThan(150);
  for (const { rows, total } of seen) expect(total ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(rows);
});

describe('the room that a change of all rows takes', () => {
  /** How many times as large the table is afterwards. */
  async function growth(name: string, change: (client: pg.Client, table: string) => Promise<unknown>): Promise<number> {
    const table = `room_${name}`;
    await db.run(`CREATE TABLE ${table} (id integer PRIMARY KEY, state text, pad text) WITH (autovacuum_enabled = false);
      INSERT INTO ${table} SELECT i, NULL, repeat('x', 200) FROM generate_series(1, 60000) i`);
    const client = await db.connect();
    const size = (): Promise<number> => one<number>(client, `SELECT pg_relation_size('${table}')::int`);
    const before = await size();
    await change(client, table);
    expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE state = 'open'`)).toBe(60_000);
    return (await size()) / before;
  }
  const set = { set: { state: 'open' }, where: 'state IS NULL', batchSize: 2_000, targetBatchMs: 50 };

  test.each([1, 2])('is less than that of one big UPDATE, with %i workers', async (workers) => {
    const walked = (client: pg.Client, table: string): Promise<unknown> =>
      guard(client).backfill(table, { ...set, workers });
    // Whoever reads in this database meanwhile, such as autovacuum for its statistics, keeps what is dead from being cleared away.
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5 && least >= 1.8; i += 1)
      least = Math.min(least, await growth(`walked_${workers}_${i}`, walked));
    expect(least).toBeLessThan(1.8);
  });

  test('is the same in a transaction, which clears nothing away before its end', async () => {
    const inside = async (client: pg.Client, table: string): Promise<void> => {
      await client.query('BEGIN');
      await guard(client).backfill(table, { ...set, allow: 'a test' });
      await client.query('COMMIT');
    };
    const update = (client: pg.Client, table: string): Promise<unknown> =>
      client.query(`UPDATE ${table} SET state = 'open' WHERE state IS NULL`);
    const big = await growth('update', update);
    expect(big).toBeGreaterThan(1.95);
    expect(await growth('inside', inside)).toBeCloseTo(big, 1);
  });
});

describe('where only some rows need it', () => {
  async function batches(name: string, needing: string, rows: number): Promise<readonly number[]> {
    await db.run(`CREATE TABLE ${name} (id integer PRIMARY KEY, state text, pad text);
      INSERT INTO ${name} SELECT i, CASE WHEN ${needing} THEN NULL ELSE 'open' END, repeat('x', 100) FROM generate_series(1, 200000) i`);
    const client = await db.connect();
    const seen: number[] = [];
    const onProgress = ({ rows: done }: { readonly rows: number }): void => {
      seen.push(done - seen.reduce((sum, each) => sum + each, 0));
    };
    const change = { set: { state: 'open' }, where: 'state IS NULL', batchSize: 500, targetBatchMs: 10, onProgress };
    expect(await guard(client).backfill(name, change)).toMatchObject({ rows });
    expect(await one(client, `SELECT count(*)::int FROM ${name} WHERE state IS NULL`)).toBe(0);
    return seen;
  }

  test('the first batch behind many that need nothing is no larger than others', async () => {
    expect(Math.max(...(await batches('half_done', 'i > 150000', 50_000)))).toBeLessThan(20_000);
  });

  test('a batch goes through a long stretch for the few in it', async () => {
    expect((await batches('rare', 'i % 1000 = 0', 200)).length).toBeLessThan(40);
  });
});
