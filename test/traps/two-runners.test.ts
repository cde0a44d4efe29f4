/**
 * Two runners that apply the same migrations at once. Here is what happens without a lock around them; runner locks have tests of
 * their own.
 */
import knex, { type Knex } from 'knex';
import type pg from 'pg';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { execute, readCatalog, withClient } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open, type Typeorm } from '../typeorm/majors.js';
import { PATIENCE_MS, settled } from './support.js';

afterEach(closeAll);

const GATE = 4711;

/** Runs `act` while nobody passes the gate, and opens it when `count` sessions wait there. */
async function behindGate<T>(url: string, close: string, count: number, act: () => Promise<T>): Promise<T> {
  return withClient(url, async (gate) => {
    await gate.query(`BEGIN; ${close}`);
    const acting = act();
    await expect.poll(() => countWaiting(gate), { timeout: PATIENCE_MS, interval: 10 }).toBe(count);
    await gate.query('COMMIT');
    return acting;
  });
}

async function countWaiting(client: pg.Client): Promise<number | null> {
  return (
    await client.query(
      'SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())',
    )
  ).rowCount;
}

const closed = `SELECT pg_advisory_xact_lock(${GATE})`;
const passes = `SELECT pg_advisory_xact_lock_shared(${GATE})`;

describe.each(MAJORS)('two data sources of TypeORM %s', (_major, typeorm) => {
  function sources(url: string, up: readonly string[]): Promise<readonly DataSource[]> {
    class AddEmail1700000000001 implements MigrationInterface {
      name = 'AddEmail1700000000001';
      async up(queryRunner: QueryRunner): Promise<void> {
        for (const sql of up) await queryRunner.query(sql);
      }
      async down(): Promise<void> {}
    }
    return Promise.all([1, 2].map(() => source(typeorm, url, AddEmail1700000000001)));
  }

  const runBoth = (pair: readonly DataSource[]) => Promise.all(pair.map((each) => settled(each.runMigrations())));
  const ledger = (url: string) => execute(url, 'SELECT name FROM migrations');

  test('raw: both run the migration; the second one fails on what the first has made', async () => {
    const url = await makeDatabase('CREATE TABLE users (id integer)');
    const [first] = await sources(url, []);
    await first?.runMigrations();
    await execute(url, 'DELETE FROM migrations');
    const pair = await sources(url, [passes, 'ALTER TABLE users ADD COLUMN email text']);
    const ends = await behindGate(url, closed, 2, () => runBoth(pair));
    expect(ends.filter((end) => 'error' in end)).toEqual([{ error: expect.objectContaining({ code: '42701' }) }]);
  });

  test('raw: with IF NOT EXISTS both succeed, and the ledger has the migration twice', async () => {
    const url = await makeDatabase('CREATE TABLE users (id integer)');
    const [first] = await sources(url, []);
    await first?.runMigrations();
    await execute(url, 'DELETE FROM migrations');
    const pair = await sources(url, [passes, 'ALTER TABLE users ADD COLUMN IF NOT EXISTS email text']);
    const ends = await behindGate(url, closed, 2, () => runBoth(pair));
    expect(ends.filter((end) => 'error' in end)).toEqual([]);
    expect(await ledger(url)).toEqual([{ name: 'AddEmail1700000000001' }, { name: 'AddEmail1700000000001' }]);
  });

  test('raw: on a fresh database one fails before its first migration, on the ledger itself', async () => {
    const url = await makeDatabase('CREATE TABLE users (id integer)');
    const pair = await sources(url, ['ALTER TABLE users ADD COLUMN IF NOT EXISTS email text']);
    // Nobody can make a table meanwhile: both have seen by then that there is none.
    const ends = await behindGate(url, 'LOCK TABLE pg_catalog.pg_class IN SHARE MODE', 2, () => runBoth(pair));
    expect(ends.filter((end) => 'error' in end)).toEqual([
      { error: expect.objectContaining({ code: expect.stringMatching(/^(42P07|23505|42710)$/) }) },
    ]);
    expect(await ledger(url)).toHaveLength(1);
  });
});

describe('two Knex runners, transaction: false', () => {
  function runner(url: string, up: (db: Knex) => Promise<unknown>): () => Promise<unknown> {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 2 }, log: { warn() {}, error() {} } });
    onTestFinished(() => db.destroy());
    const migrationSource: Knex.MigrationSource<string> = {
      getMigrations: () => Promise.resolve(['1_email']),
      getMigrationName: (name) => name,
      getMigration: () => Promise.resolve({ up, down: () => Promise.resolve(), config: { transaction: false } }),
    };
    return () => db.migrate.latest({ migrationSource });
  }

  test('raw: the second one gets MigrationLocked before its migration has run', async () => {
    const url = await makeDatabase('CREATE TABLE users (id integer)');
    let ran = 0;
    const up = async (db: Knex): Promise<void> => {
      ran += 1;
      await db.raw(passes);
      await db.schema.alterTable('users', (t) => t.text('email'));
    };
    const [first, second] = [runner(url, up), runner(url, up)];
    let late: unknown;
    await withClient(url, async (gate) => {
      await gate.query(`BEGIN; ${closed}`);
      const running = first();
      await expect.poll(() => countWaiting(gate), { timeout: PATIENCE_MS }).toBe(1);
      late = await settled(second());
      await gate.query('COMMIT');
      await running;
    });
    expect(late).toMatchObject({ error: { name: 'MigrationLocked' } });
    expect(ran).toBe(1);
  });

  test('raw: a race on a fresh database leaves two rows in the table of the lock, and every later run fails', async () => {
    const url = await makeDatabase('CREATE TABLE users (id integer)');
    const up = (db: Knex): Promise<unknown> => db.raw('ALTER TABLE users ADD COLUMN IF NOT EXISTS email text');
    // The middle of the race: the tables are made, the row of the lock is not.
    await runner(url, () => Promise.resolve())();
    await execute(url, 'TRUNCATE knex_migrations, knex_migrations_lock');
    const pair = [runner(url, up), runner(url, up)];
    await behindGate(url, 'LOCK TABLE knex_migrations_lock IN SHARE MODE', 2, () =>
      Promise.all(pair.map((run) => settled(run()))),
    );
    expect(await execute(url, 'SELECT FROM knex_migrations_lock')).toHaveLength(2);
    await execute(url, 'UPDATE knex_migrations_lock SET is_locked = 0; DELETE FROM knex_migrations');
    for (let run = 0; run < 2; run += 1)
      expect(await settled(runner(url, up)())).toMatchObject({ error: { name: 'MigrationLocked' } });
    expect(await execute(url, 'SELECT FROM knex_migrations')).toEqual([]);
    expect(await readCatalog(url)).toContain('table knex_migrations_lock');
  });
});

async function source(typeorm: Typeorm, url: string, migration: new () => MigrationInterface): Promise<DataSource> {
  const { source: made, runner } = await open(typeorm, url, { migrations: [migration] });
  await runner.release();
  return made;
}
