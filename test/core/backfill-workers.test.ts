/** A backfill by several connections: each row once, the first error stops all, and what cannot be is said before any change. */
import { randomBytes } from 'node:crypto';
import { type DataViolationError, guard, type RefusedError, type StepFailedError, sql } from '@holdfast/core';
import pg from 'pg';
import { expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();

const sessions = `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'holdfast: worker' AND datname = current_database()`;

test.each([
  ['a key', 'CREATE TABLE $t (id integer PRIMARY KEY, n integer DEFAULT 0, v integer)'],
  ['no key', 'CREATE TABLE $t (id integer, n integer DEFAULT 0, v integer)'],
])('changes each row once, with %s', async (name, create) => {
  const table = name.replace(' ', '_');
  await db.run(`${create.replace('$t', table)};
    CREATE FUNCTION ${table}_count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.n := old.n + 1; RETURN new; END $$;
    CREATE TRIGGER counting BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_count();
    INSERT INTO ${table} (id) SELECT generate_series(1, 20000)`);
  const client = await db.connect();
  let told = 0;
  const outcome = await guard(client).backfill(table, {
    onProgress: ({ rows }) => {
      told = rows;
    },
    set: { v: sql`id * 2` },
    where: 'v IS NULL',
    workers: 3,
    batchSize: 500,
    targetBatchMs: 5,
  });
  expect(outcome).toMatchObject({ status: 'applied', rows: 20_000 });
  expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE n = 1 AND v = id * 2`)).toBe(20_000);
  expect(told).toBe(20_000);
  await expect.poll(() => one(client, sessions)).toBe(0);
});

test('stops all of them at a row that cannot take the change, and says what was left', async () => {
  await db.run(`CREATE TABLE spoilt (id integer PRIMARY KEY, n integer, v integer);
    INSERT INTO spoilt SELECT i, i - 7777 FROM generate_series(1, 20000) i`);
  const client = await db.connect();
  const change = { set: { v: sql`100 / n` }, where: 'v IS NULL', workers: 3, batchSize: 200, targetBatchMs: 5 };
  const error = await errorOf<DataViolationError>(guard(client).backfill('spoilt', change));
  expect(error).toMatchObject({ code: 'HF_DATA', samples: [{ id: 7777 }], cause: { code: '22012' } });
  const changed = await one<number>(client, 'SELECT count(v)::int FROM spoilt');
  expect(error.left).toBe(`${changed} rows were changed and stay.`);
  expect(await one(client, 'SELECT count(v)::int FROM spoilt WHERE id < 7777 - 1000')).toBe(6776);
  expect(changed).toBeLessThan(19_999);
  await client.query('UPDATE spoilt SET n = 1 WHERE id = 7777');
  expect(await guard(client).backfill('spoilt', change)).toMatchObject({ rows: 20_000 - changed });
});

test('carries settings and role of the session over', async () => {
  const client = await db.connect();
  await client.query(`CREATE SCHEMA elsewhere; CREATE FUNCTION elsewhere.twice(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE TABLE carried (id integer PRIMARY KEY, v integer, by text);
    INSERT INTO carried SELECT generate_series(1, 2000); GRANT ALL ON carried TO pg_monitor; GRANT USAGE ON SCHEMA elsewhere TO pg_monitor;
    CREATE FUNCTION sign() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.by := current_user; PERFORM pg_sleep(0.0002); RETURN new; END $$;
    CREATE TRIGGER sign BEFORE UPDATE ON carried FOR EACH ROW EXECUTE FUNCTION sign();
    SET search_path = public, elsewhere; SET ROLE pg_monitor`);
  const change = { set: { v: sql`twice(id)` }, where: 'v IS NULL', workers: 2, batchSize: 100, targetBatchMs: 5 };
  expect(await guard(client).backfill('carried', change)).toMatchObject({ rows: 2000 });
  expect(await one(client, `SELECT count(*)::int FROM carried WHERE v = id * 2 AND by = 'pg_monitor'`)).toBe(2000);
});

test('says which worker has lost its connection, and what stays', async () => {
  await db.run(`CREATE TABLE cut (id integer PRIMARY KEY, v integer); INSERT INTO cut SELECT generate_series(1, 2000);
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN new; END $$;
    CREATE TRIGGER slow BEFORE UPDATE ON cut FOR EACH ROW EXECUTE FUNCTION slow()`);
  const [client, rival] = [await db.connect(), await db.connect()];
  let killed: Promise<unknown> | undefined;
  const error = await errorOf<StepFailedError>(
    guard(client).backfill('cut', {
      set: { v: 1 },
      workers: 2,
      batchSize: 100,
      targetBatchMs: 50,
      onProgress: () => {
        killed ??= rival.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holdfast: worker' AND datname = current_database()`,
        );
      },
    }),
  );
  await killed;
  expect(error).toMatchObject({ code: 'HF_FAILED' });
  expect(error.message).toContain('worker 2 of 2 has lost its connection: ');
  const changed = await one<number>(client, 'SELECT count(v)::int FROM cut');
  expect(error.left).toBe(`${changed} rows were changed and stay.`);
  expect(await guard(client).backfill('cut', { set: { v: 1 } })).toMatchObject({ rows: 2_000 - changed });
});

test('are refused before any change where there cannot be so many', async () => {
  await db.run('CREATE TABLE few (id integer PRIMARY KEY, v integer); INSERT INTO few SELECT generate_series(1, 100)');
  const client = await db.connect();
  const change = { set: { v: 1 }, workers: 4 };
  await client.query('BEGIN');
  const inside = await errorOf<RefusedError>(guard(client).backfill('few', change));
  expect(inside).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
  expect(inside.message).toMatchInlineSnapshot(`
    "backfill: public.few: 4 workers: a transaction has one connection.
    Nothing was changed.
    Run it outside of a transaction: call it before BEGIN or after COMMIT, on the same client.
    Or pass workers: 1."
  `);
  await client.query('ROLLBACK');
  await client.query('CREATE TEMP TABLE own (id integer PRIMARY KEY, v integer); INSERT INTO own VALUES (1)');
  const own = await errorOf(guard(client).backfill('own', change));
  expect(own.message).toContain('4 workers: a temporary table is seen by its own connection alone.');
  const role = `few_${randomBytes(6).toString('hex')}`;
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'few' CONNECTION LIMIT 2; GRANT ALL ON few TO ${role}`);
  const url = new URL(db.url());
  [url.username, url.password] = [role, 'few'];
  const limited = new pg.Client({ connectionString: url.href });
  await limited.connect();
  const error = await errorOf<RefusedError>(guard(limited).backfill('few', change));
  await limited.end();
  expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.', cause: { code: '53300' } });
  expect(error.message.replaceAll(role, 'few')).toMatchInlineSnapshot(`
    "backfill: public.few: only 2 of 4 workers can connect: too many connections for role "few" (SQLSTATE 53300)
    Nothing was changed.
    Pass workers: 2, or make room: see SHOW max_connections and SELECT count(*) FROM pg_stat_activity."
  `);
  await expect.poll(() => one(client, `SELECT count(*)::int FROM pg_stat_activity WHERE usename = '${role}'`)).toBe(0);
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  expect(await one(client, 'SELECT count(v)::int FROM few')).toBe(0);
});
