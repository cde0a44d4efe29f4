/** LOCK TABLE takes tables and views only: what has no LOCK is waited for by the statement itself, and no longer than a lock. */
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { codeOf, stateOfIndex } from './support.js';

const db = useDatabase(`
  CREATE TABLE users (id serial PRIMARY KEY, name text);
  INSERT INTO users (name) SELECT 'user ' || i FROM generate_series(1, 20) i;
  CREATE MATERIALIZED VIEW names AS SELECT id, name FROM users;
`);
const quick = { lockTimeoutMs: 50, lockRetries: 1, lockRetryBaseMs: 5 };

async function rival(sql: string): Promise<pg.Client> {
  const client = await db.connect();
  await client.query(`BEGIN; ${sql}`);
  return client;
}

test.each(['users_id_seq', 'names', 'users_pkey'])(
  'raw: LOCK TABLE refuses %s and takes the transaction with it',
  async (name) => {
    const client = await rival('SELECT 1');
    expect(await codeOf(client.query(`LOCK TABLE ${name} IN SHARE MODE`))).toBe('42809');
    expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
  },
);

describe('an index on a materialized view that is being refreshed', () => {
  const create = (client: pg.Client): Promise<unknown> =>
    watched(client, quick).g.safeCreateIndex('names', ['name'], { name: 'names_name' });

  test('raw: CREATE INDEX waits until the refresh has ended', async () => {
    const other = await rival('REFRESH MATERIALIZED VIEW names');
    const client = await db.connect();
    await client.query("SET statement_timeout = '200ms'");
    expect(await codeOf(client.query('CREATE INDEX names_name ON names (name)'))).toBe('57014');
    await other.query('ROLLBACK');
  });

  test.each(['SELECT 1', 'BEGIN'])(
    'guarded: waits no longer than lockTimeoutMs and names the refresh (%s)',
    async (form) => {
      const other = await rival('REFRESH MATERIALIZED VIEW names');
      const client = await db.connect();
      await client.query(form);
      const error = await errorOf<Error & { left: string }>(create(client));
      await other.query('ROLLBACK');
      expect(error).toMatchObject({
        code: 'HF_LOCK_TIMEOUT',
        target: 'public.names(name)',
        left: 'Nothing was changed.',
      });
      expect(error.message).toContain('REFRESH MATERIALIZED VIEW');
      await client.query('ROLLBACK');
      expect(await stateOfIndex(client, 'names_name')).toBeNull();
      expect(await create(client)).toMatchObject({ status: 'applied' });
      expect(await stateOfIndex(client, 'names_name')).toBe('valid');
      await client.query('DROP INDEX names_name');
    },
  );

  test('guarded: a lock that only the statement itself can wait for costs the transaction, and the error says so', async () => {
    const other = await rival('LOCK TABLE users IN ACCESS SHARE MODE');
    // SHARE UPDATE EXCLUSIVE lets the look pass and stops the build.
    await other.query('ALTER MATERIALIZED VIEW names ALTER COLUMN name SET STATISTICS 50');
    const client = await db.connect();
    await client.query('BEGIN');
    const error = await errorOf<Error & { left: string; hint: string }>(create(client));
    await other.query('ROLLBACK');
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', cause: { code: '55P03' } });
    expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
    expect(error.left).toContain("The migration's transaction has failed");
    await client.query('ROLLBACK');
    expect(await create(client)).toMatchObject({ status: 'applied' });
    expect(await stateOfIndex(client, 'names_name')).toBe('valid');
    await client.query('DROP INDEX names_name');
  });
});

test('guarded: a column with a sequence is dropped without a LOCK of the sequence', async () => {
  const client = await rival('CREATE TABLE seats (id serial, n integer)');
  await client.query('COMMIT; BEGIN');
  expect(await watched(client).g.safeDropColumn('seats', 'id')).toMatchObject({ status: 'applied' });
  await client.query('COMMIT');
  expect(await one(client, "SELECT to_regclass('seats_id_seq')")).toBeNull();
});
