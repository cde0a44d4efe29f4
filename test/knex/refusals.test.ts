import type { HoldfastError } from '@holdfast/core';
import { guard, type KnexForms } from '@holdfast/knex';
import knex, { type Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { open } from './open.js';

type Callback = KnexForms['column'];
type AnyTable = Knex.CreateTableBuilder & Record<string, (...args: unknown[]) => unknown>;

/** The error of a call; fails when there is none. */
async function errorOf(call: () => unknown): Promise<HoldfastError> {
  const error = await (async () => call())().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeDefined();
  return error as HoldfastError;
}

/** Callbacks that are refused, and what the message must name. */
const REFUSED: Readonly<Record<string, readonly [(db: Knex) => unknown, RegExp]>> = {
  'a column that is altered': [() => (t: AnyTable) => t.string('name', 50).alter(), /name: .*safeChangeColumn/s],
  'a column that is dropped': [() => (t: AnyTable) => t.dropColumn('name'), /dropColumn.*safeDropColumn/s],
  'a column that is dropped by itself': [
    () => (t: AnyTable) => (t.string('name') as unknown as AnyTable)['drop']?.(),
    /name: \.drop\(\).*safeDropColumn\(table, 'name'\)/s,
  ],
  'a column that is renamed': [() => (t: AnyTable) => t.renameColumn('name', 'title'), /safeRenameColumn/],
  'an index that is dropped': [() => (t: AnyTable) => t.dropIndex('name'), /safeDropIndex/],
  'a unique constraint that is dropped': [() => (t: AnyTable) => t.dropUnique(['name']), /safeDropConstraint/],
  'a NOT NULL that is dropped': [() => (t: AnyTable) => t.setNullable('name'), /safeDropNotNull/],
  'a NOT NULL that is set': [() => (t: AnyTable) => t.dropNullable('name'), /safeSetNotNull/],
  'an alteration beside a column': [
    () => (t: AnyTable) => {
      t.string('email');
      t.dropColumn('name');
    },
    /dropColumn/,
  ],
  'no column at all': [() => () => undefined, /adds no column/],
  'an index alone': [() => (t: AnyTable) => t.index(['name']), /safeCreateIndex/],
  'a comment of the table': [
    () => (t: AnyTable) => {
      t.string('email');
      t.comment('people');
    },
    /safeSetComment/,
  ],
  'an async callback': [() => async (t: AnyTable) => t.string('email'), /async/],
  'no callback': [() => undefined, /no callback/],
  'an enum label with a quote': [() => (t: AnyTable) => t.enu('kind', ["o'k"]), /kind: .*Write "o''k"/s],
  'a native enum label that ends its literal': [
    () => (t: AnyTable) => t.enu('kind', ["a', 'b"], { useNative: true, enumName: 'kind' }),
    /does not escape/,
  ],
  'a comment that ends its literal': [() => (t: AnyTable) => t.string('email').comment("a'''b"), /quote/],
  'a collation, which Knex drops': [
    () => (t: AnyTable) => t.string('email').collate('C'),
    /specificType\('email', 'text COLLATE "C"'\)/,
  ],
  'a check that Knex cannot compile': [
    () => (t: AnyTable) => (t.integer('age') as unknown as AnyTable)['check']?.('?? > 0', ['age']),
    /t\.check/,
  ],
  'a check without a name': [
    () => (t: AnyTable) => {
      t.integer('age');
      t.check('age > 0');
    },
    /Name it: t\.check\("age > 0", bindings, 'users_check'\)/,
  ],
  'a foreign key without a table': [() => (t: AnyTable) => t.integer('org_id').references('id'), /inTable\('orgs'\)/],
  'an index predicate whose values Knex loses': [
    (db) => (t: AnyTable) => t.string('email').index(undefined, { predicate: db.where('email', 'a') }),
    /whereRaw/,
  ],
  'an index of an expression with values': [
    (db) => (t: AnyTable) => {
      t.string('email');
      t.index(['email', db.raw('left(email, ?)', [3]) as unknown as string], 'by_start');
    },
    /values apart from its text/,
  ],
  'a foreign key that is deferrable in no way PostgreSQL knows': [
    () => (t: AnyTable) => t.integer('org_id').references('orgs.id').deferrable('not deferrable'),
    /does not read as expected/,
  ],
  'a column without a name': [() => (t: AnyTable) => (t['string'] as () => unknown)(), /Knex cannot compile/],
  'a name with a dot': [() => (t: AnyTable) => t.string('a.b'), /definition/],
};

describe('as a column', () => {
  test.each(Object.entries(REFUSED))('%s is refused before anything is sent', async (_name, [callback, names]) => {
    // No connection: whatever was sent would fail in another way.
    const db = knex({ client: 'pg' });
    const error = await errorOf(() => guard(db).safeAddColumn('users', callback(db) as Callback));
    expect(error.code).toBe('HF_ARGUMENT');
    expect(error.message).toMatch(names);
  });

  test.each([
    ['increments', (t: Knex.CreateTableBuilder) => t.increments('number')],
    ['a chained primary()', (t: Knex.CreateTableBuilder) => t.uuid('token').primary()],
    [
      'a primary key of the table',
      (t: Knex.CreateTableBuilder) => {
        t.uuid('token');
        t.primary(['id', 'token']);
      },
    ],
  ])('a primary key by %s is not supported, and nothing of it is left', async (_name, callback) => {
    const { db, url } = await open();
    const before = await readCatalog(url);
    expect((await errorOf(() => guard(db).safeAddColumn('users', callback))).code).toBe('HF_UNSUPPORTED');
    expect(await readCatalog(url)).toEqual(before);
  });

  test('what the callback itself throws is thrown on', async () => {
    const mine = new TypeError('mine');
    const error = await errorOf(() =>
      guard(knex({ client: 'pg' })).safeAddColumn('users', () => {
        throw mine;
      }),
    );
    expect(error).toBe(mine);
  });

  test('a Knex that keeps its statements otherwise is not supported', async () => {
    const callback: Callback = (t) => {
      (t as unknown as { _statements: unknown })._statements = new Set();
    };
    const error = await errorOf(() => guard(knex({ client: 'pg' })).safeAddColumn('users', callback));
    expect(error.code).toBe('HF_UNSUPPORTED');
    expect(error.message).toContain('npm ls knex');
  });
});

describe('as a host', () => {
  test.each([
    ['cockroachdb', 'cockroachdb'],
    ['redshift', 'redshift'],
    ['pgnative', 'pgnative'],
    ['mysql2', 'mysql'],
    ['better-sqlite3', 'sqlite3'],
    ['mssql', 'mssql'],
  ])('%s is not supported', async (client, named) => {
    const error = await errorOf(() => guard(knex({ client })));
    expect(error).toMatchObject({ code: 'HF_UNSUPPORTED', target: named });
  });

  test('a client class of a project is taken for what it extends', () => {
    const Client = knex({ client: 'pg' }).client.constructor as typeof Knex.Client;
    expect(() => guard(knex({ client: class extends Client {} }))).not.toThrow();
  });

  const db = knex({ client: 'pg' });
  test.each([
    ['nothing', undefined],
    ['the factory', knex],
    ['a query builder', db('users')],
    ['a schema builder', db.schema],
    ['a raw', db.raw('select 1')],
    ['a transaction provider', db.transactionProvider()],
    ['a transaction that nobody awaited', Promise.resolve(db)],
    ['a pg client', { query: () => undefined, connect: () => undefined }],
  ])('%s is refused', async (_name, host) => {
    const error = await errorOf(() => guard(host as unknown as Knex));
    expect(error.code).toBe('HF_ARGUMENT');
  });

  test('a transaction that has ended is refused, also by a guard made before', async () => {
    const { db: live, url } = await open();
    const before = await readCatalog(url);
    const trx = await live.transaction();
    const g = guard(trx);
    await trx.commit();
    for (const late of [() => guard(trx), () => g.safeAddColumn('users', (t) => t.string('email'))]) {
      const error = await errorOf(late);
      expect(error.code).toBe('HF_ARGUMENT');
      expect(error.message).toMatch(/ended already.*new guard for each transaction/s);
    }
    expect(await readCatalog(url)).toEqual(before);
    // Other databases of the server are those of other tests.
    const here = '(SELECT oid FROM pg_database WHERE datname = current_database())';
    const held = `SELECT 1 AS one FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND database = ${here}`;
    expect(await execute(url, held)).toEqual([]);
  });

  test('a starved pool is told with the cure', async () => {
    const { db: starved } = await open({ acquireConnectionTimeout: 200 });
    await starved.transaction(async () => {
      const error = await errorOf(() => guard(starved).tableExists('users'));
      expect(error.code).toBe('HF_REFUSED');
      expect(error.hint).toContain('guard(trx)');
    });
  });
});
