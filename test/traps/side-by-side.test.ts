/** Promise.all of operations on one connection, and a pool that has no second one. */
import { guard as guardKnex } from '@holdfast/knex';
import { guard as guardTypeorm } from '@holdfast/typeorm';
import type { Knex } from 'knex';
import type pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { open as openKnex } from '../knex/open.js';
import { readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open as openTypeorm } from '../typeorm/majors.js';
import { codeOf, settled } from './support.js';

const db = useDatabase('CREATE TABLE users (id integer PRIMARY KEY); CREATE TABLE orgs (id integer PRIMARY KEY)');
const columns = async (url = db.url()): Promise<readonly string[]> =>
  (await readCatalog(url)).filter((line) => /^column \w+\.(a|b|c) /.test(line));

/** What a helper of a project looks like that isolates each statement. */
async function inSavepoint(client: pg.Client, name: string, sql: string): Promise<void> {
  await client.query(`SAVEPOINT ${name}`);
  await client.query(sql);
  await client.query(`RELEASE SAVEPOINT ${name}`);
}

describe('several operations at once in one transaction', () => {
  test('raw: their savepoints interleave, one ends the other, and the transaction is lost', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const ends = await Promise.all(
      ['a', 'b'].map((name) => settled(inSavepoint(client, name, `ALTER TABLE users ADD COLUMN ${name} integer`))),
    );
    expect(ends.filter((end) => 'error' in end)).toEqual([{ error: expect.objectContaining({ code: '3B001' }) }]);
    expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
    await client.query('ROLLBACK');
    expect(await columns()).toEqual([]);
  });

  test('guarded: they queue, all are done and the transaction goes on', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const other = watched(client).g;
    const outcomes = await Promise.all([
      g.safeAddColumn('users', 'a', 'integer'),
      other.safeAddColumn('users', 'b', 'integer'),
      g.attempt('c', (inner) => inner.safeAddColumn('orgs', 'c', 'integer')),
      other.safeCreateIndex('orgs', ['id'], { name: 'again' }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['applied', 'applied', 'applied', 'applied']);
    await client.query('COMMIT');
    expect(await columns()).toEqual(['column orgs.c integer', 'column users.a integer', 'column users.b integer']);
  });

  test('guarded: one that fails takes none of the others with it', async () => {
    const client = await db.connect();
    await client.query('ALTER TABLE users DROP a, DROP b; ALTER TABLE orgs DROP c; BEGIN');
    const { g } = watched(client);
    const [first, wrong, last] = await Promise.all([
      settled(g.safeAddColumn('users', 'a', 'integer')),
      settled(g.safeAddColumn('users', 'id', 'text')),
      settled(g.safeAddColumn('users', 'b', 'integer')),
    ]);
    expect([first, wrong, last]).toMatchObject([
      { value: { status: 'applied' } },
      { error: { code: 'HF_MISMATCH' } },
      { value: { status: 'applied' } },
    ]);
    await client.query('COMMIT');
    expect(await columns()).toEqual(['column users.a integer', 'column users.b integer']);
  });

  test('raw: what a failed savepoint takes back is also what others have done meanwhile', async () => {
    const client = await db.connect();
    await client.query('ALTER TABLE users DROP a, DROP b; BEGIN');
    const fails = async (): Promise<void> => {
      await client.query('SAVEPOINT fails');
      await settled(client.query('SELECT 1 / 0'));
      await client.query('ROLLBACK TO SAVEPOINT fails');
    };
    const ends = await Promise.all([
      fails(),
      settled(inSavepoint(client, 'a', 'ALTER TABLE users ADD COLUMN a integer')),
    ]);
    expect(ends[1]).toHaveProperty('error');
    await client.query('COMMIT');
    expect(await columns()).toEqual([]);
  });

  test('guarded: an attempt takes back its own part and nothing that was called beside it', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const outcomes = await Promise.all([
      g.attempt('fails', async (inner) => {
        await inner.safeAddColumn('users', 'c', 'integer');
        await client.query('SELECT 1 / 0');
      }),
      g.safeAddColumn('users', 'a', 'integer'),
      g.attempt('works', async (inner) => {
        await client.query('SELECT 1');
        await inner.safeAddColumn('users', 'b', 'integer');
      }),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['failed', 'applied', 'applied']);
    await client.query('COMMIT');
    expect(await columns()).toEqual(['column users.a integer', 'column users.b integer']);
  });
});

describe('a pool of one connection', () => {
  const nothing = (): void => {};
  // Knex prints every connection that it could not get.
  const SILENT = { debug: nothing, warn: nothing, error: nothing, deprecate: nothing };
  const brief = { acquireConnectionTimeout: 500 };

  test('raw: whoever keeps the connection to set a limit starves the next query, and destroy() hangs', async () => {
    const { db: pool } = await openKnex({ ...brief, log: SILENT });
    const pinned = await pool.client.acquireConnection();
    await pinned.query("SET lock_timeout = '2s'");
    expect(await settled(pool('users').select('id'))).toMatchObject({ error: { name: 'KnexTimeoutError' } });
    let destroyed = false;
    const destroying = pool.destroy().then(() => {
      destroyed = true;
    });
    // A round of the event loop that ends only when the timeout above has passed once more.
    expect(await settled(pool('users').select('id'))).toHaveProperty('error');
    expect(destroyed).toBe(false);
    await pool.client.releaseConnection(pinned);
    await destroying;
  });

  test('guarded: Knex answers between the operations, inside an attempt and in an event, and destroy() ends', async () => {
    const { db: pool, url } = await openKnex(brief);
    const seen: unknown[] = [];
    const queries: Promise<unknown>[] = [];
    const g = guardKnex(pool, {
      onEvent: (event) => {
        if (event.type === 'step:done')
          queries.push(
            pool('users')
              .select('id')
              .limit(1)
              .then((rows) => seen.push(rows)),
          );
      },
    });
    await Promise.all([
      g.safeAddColumn('users', (t: Knex.CreateTableBuilder) => t.integer('a')),
      pool('users').select('id'),
      g.safeCreateIndex('orgs', ['name']),
    ]);
    const outcome = await g.attempt('user code', async (inner) => {
      await pool('users').update({ name: 'x' });
      await inner.safeAddColumn('users', (t: Knex.CreateTableBuilder) => t.integer('b'));
    });
    expect(outcome.status).toBe('applied');
    await Promise.all(queries);
    expect(seen).toHaveLength(3);
    expect(await columns(url)).toEqual(['column users.a integer', 'column users.b integer']);
    await pool.destroy();
  });

  afterEach(closeAll);

  test.each(MAJORS)(
    'guarded: TypeORM %s answers on the runner meanwhile, and destroy() ends',
    async (_major, typeorm) => {
      const url = await makeDatabase('CREATE TABLE users (id integer PRIMARY KEY)');
      const { source, runner } = await openTypeorm(typeorm, url, { poolSize: 1 });
      const g = guardTypeorm(runner);
      const outcome = await g.attempt('user code', async (inner) => {
        await runner.query('INSERT INTO users VALUES (1)');
        await Promise.all([
          inner.safeAddColumn('users', new typeorm.TableColumn({ name: 'a', type: 'integer', isNullable: true })),
          runner.query('SELECT FROM users'),
          inner.safeAddColumn('users', new typeorm.TableColumn({ name: 'b', type: 'integer', isNullable: true })),
        ]);
      });
      expect(outcome.status).toBe('applied');
      expect(await columns(url)).toEqual(['column users.a integer', 'column users.b integer']);
      await runner.release();
      await source.destroy();
    },
  );
});
