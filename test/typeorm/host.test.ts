/** The runner as a host: what is taken and refused, where names point, what the log and the cache of the runner see. */
import { guard } from '@holdfast/typeorm';
import type { Logger } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { execute } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, open } from './majors.js';
import { QUIET } from './quiet.js';

afterEach(closeAll);

const SETUP =
  'CREATE TABLE users (id integer PRIMARY KEY); CREATE SCHEMA app; CREATE TABLE app.users (id integer PRIMARY KEY)';

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const { DataSource, TableColumn } = typeorm;
  const email = new TableColumn({ name: 'email', type: 'text', isNullable: true });

  describe('a mistaken argument', () => {
    it('a DataSource: told to make a runner', async () => {
      const { source } = await open(typeorm, await makeDatabase());
      expect(() => guard(source as never)).toThrowErrorMatchingSnapshot();
    });

    it('an EntityManager: told to take its runner', async () => {
      const { source, runner } = await open(typeorm, await makeDatabase());
      expect(() => guard(source.manager as never)).toThrowErrorMatchingSnapshot();
      expect(() => guard(runner.manager as never)).toThrowErrorMatchingSnapshot();
    });

    it.each([[undefined], [null], ['users'], [{}], [{ query: () => Promise.resolve() }]])('%j', (value) => {
      expect(() => guard(value as never)).toThrowError(expect.objectContaining({ code: 'HF_ARGUMENT' }));
    });

    it('wrong options', async () => {
      const { runner } = await open(typeorm, await makeDatabase());
      expect(() => guard(runner, { lockTimeout: 1 } as never)).toThrowError(
        expect.objectContaining({ code: 'HF_ARGUMENT', message: expect.stringContaining('lockTimeout') }),
      );
    });
  });

  it.each(['cockroachdb', 'mysql', 'mariadb', 'better-sqlite3', 'aurora-postgres', 'mssql'])(
    'refuses %s by name',
    (type) => {
      const runner = {
        connect: () => Promise.resolve(),
        dataSource: { options: { type }, createQueryRunner: () => {} },
      };
      expect(() => guard(runner as never)).toThrowError(
        expect.objectContaining({ code: 'HF_UNSUPPORTED', target: type }),
      );
    },
  );

  it('refuses a released runner, also when it was released later', async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    const g = guard(runner);
    await runner.release();
    await expect(g.safeAddColumn('users', email)).rejects.toThrowErrorMatchingSnapshot();
    await expect(g.tableExists('users')).rejects.toMatchObject({ code: 'HF_ARGUMENT' });
    expect(() => guard(runner)).toThrowError(expect.objectContaining({ code: 'HF_ARGUMENT' }));
  });

  it('works on a runner that has not connected yet, and leaves the connection to it', async () => {
    const { source } = await open(typeorm, await makeDatabase(SETUP));
    const runner = source.createQueryRunner();
    expect((await guard(runner).safeAddColumn('users', email)).status).toBe('applied');
    expect(runner.isReleased).toBe(false);
    expect(await runner.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await runner.release();
  });

  it("works inside the runner's transaction", async () => {
    const url = await makeDatabase(SETUP);
    const { runner } = await open(typeorm, url);
    await runner.startTransaction();
    await guard(runner).safeAddColumn('users', email);
    expect(await runner.hasColumn('users', 'email')).toBe(true);
    expect(runner.isTransactionActive).toBe(true);
    await runner.rollbackTransaction();
    expect(await runner.hasColumn('users', 'email')).toBe(false);
  });

  it('works in a transaction of an EntityManager', async () => {
    const { source, runner } = await open(typeorm, await makeDatabase(SETUP));
    await source.transaction(async (manager) => {
      if (manager.queryRunner !== undefined) await guard(manager.queryRunner).safeAddColumn('users', email);
    });
    expect(await runner.hasColumn('users', 'email')).toBe(true);
  });

  it('refuses a transaction that has failed, with the cure', async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    await runner.startTransaction();
    await expect(runner.query('SELECT nonsense')).rejects.toThrow();
    await expect(guard(runner).safeAddColumn('users', email)).rejects.toThrowErrorMatchingSnapshot();
    await runner.rollbackTransaction();
  });

  describe('the schema of names without one', () => {
    it.each([
      ['that of the guard', { schema: 'public' }, { schema: 'app' }, 'app.users.email'],
      ['else that of the DataSource', { schema: 'app' }, {}, 'app.users.email'],
      ['else the one of the search path', {}, {}, 'public.users.email'],
    ])('is %s', async (_case, source, options, target) => {
      const { runner } = await open(typeorm, await makeDatabase(SETUP), source);
      expect((await guard(runner, options).safeAddColumn('users', email)).target).toBe(target);
    });

    it('is where TypeORM puts it with the same DataSource', async () => {
      const { runner } = await open(typeorm, await makeDatabase(SETUP), { schema: 'app' });
      await runner.addColumn('users', email);
      expect((await guard(runner).safeAddColumn('users', email)).status).toBe('unchanged');
    });
  });

  it("shows in TypeORM's own log what changes something, once and with the runner", async () => {
    const url = await makeDatabase(SETUP);
    const logged: { readonly text: string; readonly runner: unknown }[] = [];
    const logger: Logger = { ...QUIET, logQuery: (text, _params, runner) => logged.push({ text, runner }) };
    const { runner } = await open(typeorm, url, { logger, logging: true });
    logged.length = 0;
    const g = guard(runner);
    await g.safeAddColumn('users', email);
    await g.safeAddColumn('users', email);
    expect(logged).toEqual([{ text: expect.stringContaining('ALTER TABLE "public"."users" ADD'), runner }]);
  });

  it('lets the runner see what it has changed', async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    const g = guard(runner);
    const cached = await runner.getTables(['users']);
    await g.safeAddColumn('users', email);
    expect(cached).toHaveLength(1);
    await runner.dropColumn('users', 'email');
    expect(await g.columnExists('users', 'email')).toBe(false);
  });

  it("leaves the runner's SQL memory alone", async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    await runner.addColumn('users', new TableColumn({ name: 'a', type: 'int', isNullable: true }));
    const before = [...runner.getMemorySql().upQueries];
    await guard(runner).safeAddColumn('users', email);
    expect(runner.getMemorySql().upQueries).toEqual(before);
  });

  it.each([
    ['migrations', {}],
    ['done', { migrationsTableName: 'done' }],
    ['app.migrations', { schema: 'app' }],
    ['app.done', { migrationsTableName: 'app.done' }],
  ])('reads finished migrations from %s', async (table, options) => {
    const url = await makeDatabase(
      `${SETUP}; CREATE TABLE ${table} (id serial, timestamp bigint, name text); INSERT INTO ${table} (name) VALUES ('First1')`,
    );
    const { runner } = await open(typeorm, url, options);
    const g = guard(runner);
    await g.validatePrerequisites({ migrations: ['First1'] });
    await expect(g.validatePrerequisites({ migrations: ['Second2'] })).rejects.toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ name: 'Second2' }],
    });
  });

  it('tells the commands of TypeORM when something is missing', async () => {
    const { runner } = await open(typeorm, await makeDatabase(SETUP));
    await expect(guard(runner).validatePrerequisites({ tables: ['orders'] })).rejects.toThrow(/npx typeorm migration:/);
    await expect(guard(runner).safeAddColumn('orders', email)).rejects.toThrow(
      /npx typeorm migration:show -d <data-source>/,
    );
  });

  it('works for both majors with definitions of the other one', async () => {
    const url = await makeDatabase(SETUP);
    const { runner } = await open(typeorm, url);
    for (const [major, other] of MAJORS) {
      const name = `by_${major.replace('.', '')}`;
      await guard(runner).safeAddColumn(
        'users',
        new other.TableColumn({ name, type: 'enum', enum: ['a'], isNullable: true }),
      );
    }
    expect(await execute(url, `SELECT 1 FROM pg_type WHERE typname LIKE 'users_by_%_enum'`)).toHaveLength(2);
    expect(runner.connection).toBeInstanceOf(DataSource);
  });
});
