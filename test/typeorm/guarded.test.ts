/** Ways 2 and 3 on TypeORM: around classes, and around the whole DataSource, with bodies written as ever. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError, type Outcome } from '@holdfast/core';
import { Guarded, type GuardedOptions, guard, guardedDataSource, guardedMigrations } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open, type Typeorm } from './majors.js';

afterEach(closeAll);

const SETUP = `CREATE TABLE orgs (id integer PRIMARY KEY); CREATE TABLE users (id integer PRIMARY KEY, org_id integer, name varchar(20) DEFAULT 'x');
  INSERT INTO orgs SELECT generate_series(1, 10); INSERT INTO users SELECT i, i % 10 + 1, 'user ' || i FROM generate_series(1, 100) i`;

type Body = (queryRunner: QueryRunner) => Promise<unknown>;
type MigrationClass = new () => MigrationInterface;

function migration(up: Body, down: Body = async () => {}): MigrationClass {
  return class Body1700000000001 implements MigrationInterface {
    up(queryRunner: QueryRunner): Promise<unknown> {
      return up(queryRunner);
    }
    down(queryRunner: QueryRunner): Promise<unknown> {
      return down(queryRunner);
    }
  };
}

interface Ran {
  readonly outcomes: readonly string[];
  readonly error: Record<string, unknown> | undefined;
}

/** Runs the body as if the ledger were lost each time. */
async function run(
  typeorm: Typeorm,
  url: string,
  up: Body,
  { transaction = 'all', ...options }: GuardedOptions & { readonly transaction?: 'all' | 'each' | 'none' } = {},
): Promise<Ran> {
  const outcomes: string[] = [];
  const note = ({ status, operation }: Outcome): void => void outcomes.push(`${status} ${operation}`);
  const own: GuardedOptions = {
    ...options,
    onEvent: (event) => {
      if (event.type === 'outcome') note(event.outcome);
    },
  };
  await execute(url, 'DROP TABLE IF EXISTS migrations');
  const { source, runner } = await open(typeorm, url, { migrations: guardedMigrations([migration(up)], own) });
  await runner.release();
  const error = await source.runMigrations({ transaction }).then(
    () => undefined,
    (thrown: unknown) => thrown as Record<string, unknown>,
  );
  await source.destroy();
  return { outcomes, error };
}

const statuses = ({ outcomes }: Ran): readonly string[] => [
  ...new Set(outcomes.map((each) => each.split(' ')[0] as string)),
];
const own = async (url: string): Promise<readonly string[]> =>
  (await readCatalog(url)).filter((line) => !/\bmigrations/.test(line));

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const { Table, TableColumn, TableForeignKey, TableIndex, TableUnique, TableCheck } = typeorm;

  const everything: Body = async (queryRunner) => {
    await queryRunner.createTable(
      new Table({
        name: 'posts',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          { name: 'user_id', type: 'integer', isNullable: true },
          { name: 'kind', type: 'enum', enum: ['a', 'b'], default: "'a'" },
        ],
        indices: [{ columnNames: ['user_id'] }],
      }),
    );
    await queryRunner.addColumn('users', new TableColumn({ name: 'email', type: 'varchar', isNullable: true }));
    await queryRunner.createIndex('users', new TableIndex({ name: 'users_email', columnNames: ['email'] }));
    await queryRunner.createForeignKey(
      'posts',
      new TableForeignKey({
        columnNames: ['user_id'],
        referencedTableName: 'users',
        referencedColumnNames: ['id'],
      }),
    );
    await queryRunner.createUniqueConstraint('users', new TableUnique({ name: 'users_u', columnNames: ['email'] }));
    await queryRunner.createCheckConstraint('users', new TableCheck({ name: 'users_c', expression: 'id > 0' }));
    await queryRunner.query('ALTER TABLE users ADD COLUMN a integer; ALTER TABLE orgs ADD COLUMN a integer');
    await queryRunner.manager.query('ALTER TABLE orgs ADD COLUMN b integer');
    await queryRunner.manager.createQueryBuilder().select('1').from('users', 'u').getRawMany();
    await queryRunner.startTransaction();
    await queryRunner.query('ALTER TABLE orgs ADD COLUMN c integer');
    await queryRunner.commitTransaction();
  };

  const goingAway: Body = async (queryRunner) => {
    await queryRunner.dropForeignKey('posts', 'posts_user');
    await queryRunner.dropIndex('users', 'users_name');
    await queryRunner.dropUniqueConstraint('users', 'users_u');
    await queryRunner.dropCheckConstraint('users', 'users_c');
    await queryRunner.dropColumn('users', 'name');
    await queryRunner.dropColumns('users', ['org_id', 'a']);
    await queryRunner.dropView('v');
    await queryRunner.dropTable('posts');
  };
  const TO_GO = `${SETUP}; CREATE TABLE posts (id integer, user_id integer CONSTRAINT posts_user REFERENCES users); CREATE INDEX users_name ON users (name);
    ALTER TABLE users ADD a integer, ADD CONSTRAINT users_u UNIQUE (name), ADD CONSTRAINT users_c CHECK (id > 0); CREATE VIEW v AS SELECT 1 AS one;
    CREATE TABLE typeorm_metadata (type varchar NOT NULL, database varchar, schema varchar, "table" varchar, name varchar, value text);
    INSERT INTO typeorm_metadata (type, schema, name, value) VALUES ('VIEW', 'public', 'v', 'SELECT 1 AS one')`;

  it.each(['all', 'each', 'none'] as const)(
    'is as stock, and unchanged a second time, in mode %s',
    async (transaction) => {
      const stock = await makeDatabase(SETUP);
      const { runner } = await open(typeorm, stock);
      await everything(runner);
      const url = await makeDatabase(SETUP);
      const first = await run(typeorm, url, everything, { transaction });
      expect(first.error).toBeUndefined();
      expect(statuses(first)).toEqual(['applied']);
      expect(await own(url)).toEqual(await own(stock));
      const second = await run(typeorm, url, everything, { transaction });
      expect(second.error).toBeUndefined();
      expect(statuses(second)).toEqual(['unchanged']);
      expect(await own(url)).toEqual(await own(stock));
    },
  );

  it('takes away what is there, and finds it gone the second time, whatever TypeORM looks for first', async () => {
    const url = await makeDatabase(TO_GO);
    const first = await run(typeorm, url, goingAway);
    expect(first.error).toBeUndefined();
    const after = await own(url);
    const second = await run(typeorm, url, goingAway);
    expect(second.error).toBeUndefined();
    expect(statuses(second)).toEqual(['unchanged']);
    expect(await own(url)).toEqual(after);
  });

  it('changes a column in place, also one that TypeORM has read before it was there', async () => {
    const url = await makeDatabase(SETUP);
    const body: Body = async (queryRunner) => {
      await queryRunner.getTable('users');
      await queryRunner.query("ALTER TABLE users ADD COLUMN late varchar(5) DEFAULT 'abc'");
      await queryRunner.changeColumn('users', 'late', new TableColumn({ name: 'late', type: 'varchar', length: '50' }));
      await queryRunner.changeColumn(
        'users',
        'name',
        new TableColumn({ name: 'name', type: 'varchar', length: '200', isNullable: true, default: "'x'" }),
      );
      await queryRunner.getTable('orgs');
      await queryRunner.query('ALTER TABLE orgs ADD COLUMN stale integer');
      await queryRunner.dropColumn('orgs', 'stale');
    };
    expect((await run(typeorm, url, body)).error).toBeUndefined();
    expect(
      await execute(url, "SELECT count(*)::int AS n FROM users WHERE name LIKE 'user %' AND late = 'abc'"),
    ).toEqual([{ n: 100 }]);
    const columns = await execute(
      url,
      "SELECT attname FROM pg_attribute WHERE attrelid = 'orgs'::regclass AND attnum > 0 AND NOT attisdropped",
    );
    expect(columns).toEqual([{ attname: 'id' }]);
  });

  it('reads and writes rows with values, and carries the guarded operations', async () => {
    const url = await makeDatabase(SETUP);
    const { error } = await run(typeorm, url, async (queryRunner) => {
      // biome-ignore lint/suspicious/noExplicitAny: without the types of /register
      const own = queryRunner as any;
      expect('safeAddColumn' in queryRunner).toBe(true);
      await own.safeAddColumn('users', new TableColumn({ name: 'email', type: 'varchar', isNullable: true }));
      await guard(queryRunner).safeSetNotNull('users', 'name');
      expect(await queryRunner.query('SELECT id FROM users WHERE id = $1', [7])).toEqual([{ id: 7 }]);
      await queryRunner.query('UPDATE users SET email = $1 WHERE id = $2', ['a@b', 7]);
      await queryRunner.startTransaction();
      await queryRunner.query('UPDATE users SET email = NULL');
      await queryRunner.query('ALTER TABLE users ADD COLUMN gone integer');
      await queryRunner.rollbackTransaction();
      const found = await queryRunner.manager
        .createQueryBuilder()
        .select('u.email', 'email')
        .from('users', 'u')
        .where('u.id = :id', { id: 7 })
        .getRawMany();
      expect(found).toEqual([{ email: 'a@b' }]);
    });
    expect(error).toBeUndefined();
    expect((await own(url)).filter((line) => line.includes('users.gone'))).toEqual([]);
  });

  it('records SQL in memory as stock', async () => {
    const record = async (queryRunner: QueryRunner): Promise<readonly string[]> => {
      queryRunner.enableSqlMemory();
      await queryRunner.addColumn('users', new TableColumn({ name: 'm', type: 'integer', isNullable: true }));
      await queryRunner.changeColumn(
        'users',
        'name',
        new TableColumn({ name: 'name', type: 'text', isNullable: true }),
      );
      await queryRunner.dropIndex('users', 'nope').catch((error: Error) => expect(error.message).toMatch(/not found/));
      const { upQueries } = queryRunner.getMemorySql();
      queryRunner.disableSqlMemory();
      queryRunner.clearSqlMemory();
      return upQueries.map(({ query }) => query);
    };
    const url = await makeDatabase(SETUP);
    const { runner } = await open(typeorm, url);
    const stock = await record(runner);
    const before = await own(url);
    let recorded: readonly string[] = [];
    const { error } = await run(typeorm, url, async (queryRunner) => {
      recorded = await record(queryRunner);
    });
    expect(error).toBeUndefined();
    expect(recorded).toEqual(stock);
    expect(await own(url)).toEqual(before);
  });

  it('shows the body the error of the server, and explains what escapes', async () => {
    const url = await makeDatabase(SETUP);
    const codes: unknown[] = [];
    const { error } = await run(
      typeorm,
      url,
      async (queryRunner) => {
        await queryRunner
          .query('ALTER TABLE nowhere ADD a integer')
          .catch((e) => codes.push(e.code, e.constructor.name));
        await queryRunner.query('ALTER TABEL users').catch((e) => codes.push(e.driverError.code));
        await queryRunner.query('INSERT INTO users (id) VALUES ($1)', [1]);
      },
      { transaction: 'none' },
    );
    expect(codes).toEqual(['42P01', 'QueryFailedError', '42601']);
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ cause: { code: '23505' } });
  });

  it('is a decorator by both standards, under the name of the class', async () => {
    const Body = migration((queryRunner) => queryRunner.query('ALTER TABLE users ADD COLUMN a integer'));
    const Legacy = Guarded()(Body);
    const Standard = Guarded()(Body, { kind: 'class', name: 'Body1700000000001', addInitializer: () => undefined });
    for (const Class of [Legacy, Standard]) {
      expect(Class.name).toBe('Body1700000000001');
      expect(new Class()).toBeInstanceOf(Body);
      const url = await makeDatabase(SETUP);
      const { source } = await open(typeorm, url, { migrations: [Class] });
      await source.runMigrations();
      await execute(url, 'DELETE FROM migrations');
      await source.runMigrations();
      expect(await execute(url, 'SELECT name FROM migrations')).toEqual([{ name: 'Body1700000000001' }]);
    }
    expect(guardedMigrations([Legacy])[0]).toBe(Legacy);
    expect(() => Guarded()(class {} as never)).toThrow(HoldfastError);
    expect(() => Guarded({ lockTimeoutMs: -1 })).toThrow(HoldfastError);
    expect(() => guardedMigrations('src/*.ts' as never)).toThrow(HoldfastError);
    expect(() => guardedMigrations(['src/*.ts'] as never)).toThrow(/guardedDataSource/);
  });

  it('reverts through the guard, and goes on where a part was reverted', async () => {
    const url = await makeDatabase(SETUP);
    const Class = migration(
      async (queryRunner) => {
        await queryRunner.addColumn('users', new TableColumn({ name: 'a', type: 'integer', isNullable: true }));
        await queryRunner.addColumn('users', new TableColumn({ name: 'b', type: 'integer', isNullable: true }));
      },
      async (queryRunner) => {
        await queryRunner.dropColumn('users', 'b');
        await queryRunner.dropColumn('users', 'a');
      },
    );
    const before = await own(url);
    const opened = await open(typeorm, url, { migrations: [Class] });
    const source = guardedDataSource(opened.source);
    await source.runMigrations();
    await execute(url, 'ALTER TABLE users DROP COLUMN b');
    await source.undoLastMigration();
    expect(await own(url)).toEqual(before);
  });

  it('takes migrations that nobody may run alone: transaction = false, and a released runner is refused', async () => {
    const url = await makeDatabase(SETUP);
    let kept: QueryRunner | undefined;
    class Outside1700000000001 implements MigrationInterface {
      transaction = false as const;
      async up(queryRunner: QueryRunner): Promise<void> {
        kept = queryRunner;
        expect(queryRunner.isTransactionActive).toBe(false);
        await queryRunner.query('CREATE INDEX CONCURRENTLY users_name ON users (name)');
      }
      async down(): Promise<void> {}
    }
    const { source } = await open(typeorm, url, { migrations: [Outside1700000000001] });
    await guardedDataSource(source).runMigrations({ transaction: 'each' });
    await execute(url, 'DELETE FROM migrations');
    await source.runMigrations({ transaction: 'each' });
    expect((await own(url)).filter((line) => line.includes('users_name'))).toHaveLength(1);
    const late = new (guardedMigrations([Outside1700000000001])[0] as MigrationClass)();
    await expect(late.up(kept as QueryRunner)).rejects.toMatchObject({ code: 'HF_ARGUMENT' });
  });

  it('fails over a query that nobody awaits', async () => {
    const url = await makeDatabase(SETUP);
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection');
    try {
      const { error } = await run(
        typeorm,
        url,
        async (queryRunner) => {
          void queryRunner.query('ALTER TABLE users ADD COLUMN late integer');
          void queryRunner.query('ALTER TABLE users ADD COLUMN wrong nosuchtype');
        },
        { transaction: 'none' },
      );
      expect(error).toMatchObject({ code: 'HF_FAILED', cause: { code: '42704' } });
    } finally {
      for (const other of others) process.on('unhandledRejection', other);
    }
    expect((await own(url)).filter((line) => line.includes('users.late'))).toHaveLength(1);
  });

  it('does not write rows again behind a column that TypeORM does not find any more', async () => {
    const url = await makeDatabase(SETUP);
    const body: Body = async (queryRunner) => {
      await queryRunner.dropColumn('users', 'name');
      await queryRunner.query('UPDATE users SET org_id = org_id + 1');
    };
    expect((await run(typeorm, url, body)).error).toBeUndefined();
    const [before] = await execute(url, 'SELECT sum(org_id)::int AS n FROM users');
    expect((await run(typeorm, url, body)).error).toMatchObject({ code: 'HF_REFUSED' });
    expect(await execute(url, 'SELECT sum(org_id)::int AS n FROM users')).toEqual([before]);
  });

  it('guards classes that TypeORM finds by a pattern', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-classes-'));
    await writeFile(
      join(folder, '1700000000001-Pattern.cjs'),
      `exports.Pattern1700000000001 = class Pattern1700000000001 {
        async up(queryRunner) { await queryRunner.query('ALTER TABLE users ADD COLUMN a integer'); }
        async down(queryRunner) { await queryRunner.query('ALTER TABLE users DROP COLUMN a'); }
      };`,
    );
    const url = await makeDatabase(SETUP);
    const { source } = await open(typeorm, url, { migrations: [`${folder}/*.cjs`] });
    const statuses: string[] = [];
    const wrapped = guardedDataSource(source, {
      onEvent: (event) => event.type === 'outcome' && statuses.push(event.outcome.status),
    });
    await wrapped.runMigrations();
    await execute(url, 'DELETE FROM migrations');
    await wrapped.runMigrations();
    await wrapped.undoLastMigration();
    await rm(folder, { recursive: true });
    expect(statuses).toEqual(['applied', 'unchanged', 'applied']);
  });
});
