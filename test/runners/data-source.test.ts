/** guardedDataSource on both majors of TypeORM: it waits, it says so, it locks once, and it stays the DataSource that it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { guardedDataSource, type LockTimeoutError } from '@holdfast/typeorm';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { execute } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, type SourceOptions, type Typeorm } from '../typeorm/majors.js';
import { QUIET } from '../typeorm/quiet.js';
import { errorOf, eventually, holdLock, lines } from './support.js';

const sources: DataSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) if (source.isInitialized) await source.destroy();
  await closeAll();
});

/** Not initialised yet. */
function make({ DataSource }: Typeorm, url: string, options: SourceOptions = {}): DataSource {
  const source = new DataSource({ type: 'postgres', url, entities: [], logger: QUIET, ...options });
  sources.push(source);
  return source;
}

class Notes1700000000001 implements MigrationInterface {
  name = 'Notes1700000000001';
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE notes (id integer)');
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE notes');
  }
}

const ledger = (url: string) => execute(url, 'SELECT name FROM migrations');
const ONE = [{ name: 'Notes1700000000001' }];

describe.each(MAJORS)('TypeORM %s', (major, typeorm) => {
  it.each(['all', 'each', 'none'] as const)(
    'lets one of three migrate an empty database in mode %s, with a pool of one',
    async (mode) => {
      const url = await makeDatabase();
      const options = { migrations: [Notes1700000000001], migrationsTransactionMode: mode, poolSize: 1 };
      const three = [1, 2, 3].map(() => guardedDataSource(make(typeorm, url, options)));
      const runs = await Promise.all(three.map(async (source) => (await source.initialize()).runMigrations()));
      expect(runs.map((run) => run.length).sort()).toEqual([0, 0, 1]);
      expect(await ledger(url)).toEqual(ONE);
    },
  );

  it('migrates at boot with migrationsRun, in three processes at once', async () => {
    const url = await makeDatabase();
    const options = { migrations: [Notes1700000000001], migrationsRun: true };
    await Promise.all([1, 2, 3].map(() => guardedDataSource(make(typeorm, url, options)).initialize()));
    expect(await ledger(url)).toEqual(ONE);
  });

  it('undoes in turn, too', async () => {
    const url = await makeDatabase();
    const logger = lines();
    const source = guardedDataSource(make(typeorm, url, { migrations: [Notes1700000000001] }), { logger });
    await source.initialize();
    await source.runMigrations();
    const holder = await holdLock(url);
    const undone = source.undoLastMigration();
    await eventually(() => logger.said.length === 1);
    expect(await ledger(url)).toEqual(ONE);
    await holder.release();
    await undone;
    expect(await ledger(url)).toEqual([]);
  });

  it('gives up in time, names the holder, and has run nothing', async () => {
    const url = await makeDatabase();
    const holder = await holdLock(url);
    const source = guardedDataSource(make(typeorm, url, { migrations: [Notes1700000000001] }), {
      lock: { waitMs: 50 },
    });
    await source.initialize();
    const error = await errorOf<LockTimeoutError>(source.runMigrations());
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', blockers: [{ pid: holder.pid, mode: 'ExclusiveLock' }] });
    expect(error.message).toContain(`SELECT pg_terminate_backend(${holder.pid});`);
    expect(await execute(url, "SELECT to_regclass('migrations') AS ledger")).toEqual([{ ledger: null }]);
    await holder.release();
  });

  it('locks once when it is wrapped twice, and takes the options of the last time', async () => {
    const url = await makeDatabase();
    const inner = make(typeorm, url, { migrations: [Notes1700000000001] });
    const source = guardedDataSource(guardedDataSource(inner, { lock: { name: 'one' } }), { lock: { name: 'two' } });
    expect(source).toBe(inner);
    await source.initialize();
    const holder = await holdLock(url, 'one');
    expect(await source.runMigrations()).toHaveLength(1);
    await holder.release();
  });

  it('does not wait for itself inside a migration, also on another DataSource', async () => {
    const url = await makeDatabase();
    const inner = guardedDataSource(
      make(typeorm, url, { migrations: [Notes1700000000001], migrationsTableName: 'ledger_2' }),
      {
        lock: { waitMs: 5_000 },
      },
    );
    await inner.initialize();
    class Nested1700000000002 implements MigrationInterface {
      name = 'Nested1700000000002';
      async up(): Promise<void> {
        await inner.runMigrations();
      }
      async down(): Promise<void> {}
    }
    const outer = guardedDataSource(make(typeorm, url, { migrations: [Nested1700000000002] }));
    await outer.initialize();
    expect(await outer.runMigrations({ transaction: 'none' })).toHaveLength(1);
    expect(await execute(url, 'SELECT name FROM ledger_2')).toEqual(ONE);
  });

  it('frees the lock when a migration fails', async () => {
    const url = await makeDatabase('CREATE TABLE notes (id text)');
    const source = guardedDataSource(make(typeorm, url, { migrations: [Notes1700000000001] }), { lock: { waitMs: 0 } });
    await source.initialize();
    await expect(source.runMigrations()).rejects.toMatchObject({ code: 'HF_MISMATCH' });
    await execute(url, 'DROP TABLE notes');
    expect(await source.runMigrations()).toHaveLength(1);
  });

  it('says it in TypeORM’s own log by default', async () => {
    const url = await makeDatabase();
    const said: string[] = [];
    const logger = { ...QUIET, logMigration: (message: string) => said.push(message) };
    const source = guardedDataSource(make(typeorm, url, { migrations: [], logger }));
    await source.initialize();
    const holder = await holdLock(url);
    const run = source.runMigrations();
    await eventually(() => said.length === 1);
    await holder.release();
    await run;
    expect(said[0]).toMatch(
      /^guardedDataSource: waiting for the lock "migrations", at most 10 min more\. It is held by pid \d+ \(/,
    );
    expect(said[1]).toMatch(/^guardedDataSource: got the lock "migrations" after \d+ m?s\.$/);
  });

  it('takes a promise of a DataSource, too', async () => {
    const url = await makeDatabase();
    const inner = make(typeorm, url, { migrations: [Notes1700000000001] });
    const promise = guardedDataSource(Promise.resolve(inner));
    expect(promise).toBeInstanceOf(Promise);
    expect(await promise).toBe(inner);
    await inner.initialize();
    const holder = await holdLock(url);
    expect(guardedDataSource(inner, { lock: { waitMs: 0 } })).toBe(inner);
    await expect(inner.runMigrations()).rejects.toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    await holder.release();
  });

  it.each(['default', 'promise'])("is found by TypeORM's own command, exported as %s", async (exported) => {
    const url = await makeDatabase();
    const holder = await holdLock(url);
    const command = major === '1' ? 'typeorm' : 'typeorm-0.3';
    const cli = createRequire(import.meta.url).resolve(`${command}/cli.js`);
    const file = fileURLToPath(new URL('./deploy/data-source.mjs', import.meta.url));
    const env = { ...process.env, TYPEORM: command, EXPORTED: exported, DATABASE_URL: url };
    const run = spawn(process.execPath, [cli, 'migration:run', '-d', file], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    run.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const ended = once(run, 'close');
    await eventually(() =>
      out.includes(`waiting for the lock "migrations", at most 10 min more. It is held by pid ${holder.pid}`),
    );
    await holder.release();
    expect(await ended).toEqual([0, null]);
    expect(await execute(url, 'SELECT name FROM migrations')).toHaveLength(1);
  });

  it('leaves the words of TypeORM for a DataSource that is not initialised', async () => {
    const source = guardedDataSource(make(typeorm, 'postgres://localhost/none'));
    await expect(source.runMigrations()).rejects.toThrow(/connection is not yet established/i);
  });

  it('refuses other databases, other things and wrong options before any SQL', () => {
    const sqlite = new typeorm.DataSource({ type: 'cockroachdb', timeTravelQueries: false });
    expect(() => guardedDataSource(sqlite as never)).toThrow(expect.objectContaining({ code: 'HF_UNSUPPORTED' }));
    expect(() => guardedDataSource({} as never)).toThrow(expect.objectContaining({ code: 'HF_ARGUMENT' }));
    const source = make(typeorm, 'postgres://localhost/none');
    expect(() => guardedDataSource(source, { lock: { waitMs: -1, nme: 'x' } as never })).toThrow(
      /nme: no such option[\s\S]*waitMs/,
    );
  });
});
