/** TableIndex, TableForeignKey and TableCheck: the guard makes what TypeORM makes, and knows it again under the other major's names. */
import { guard } from '@holdfast/typeorm';
import type { TableForeignKeyOptions, TableIndexOptions } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { some } from '../support/breadth.js';
import { execute, readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, type Opened, open } from './majors.js';

afterAll(closeAll);

const SETUP = `
  CREATE TABLE orgs (id integer PRIMARY KEY, code text, country text, UNIQUE (code, country));
  CREATE TABLE users (id integer PRIMARY KEY, email text, "Org id" integer, code text, country text, at point);
  CREATE SCHEMA app; CREATE TABLE app.teams (id integer PRIMARY KEY)`;

const INDEXES: Readonly<Record<string, TableIndexOptions>> = {
  'one column': { columnNames: ['email'] },
  'columns in an order of their own': { columnNames: ['email', 'code'] },
  'a name': { name: 'By "email"', columnNames: ['email'] },
  unique: { columnNames: ['email'], isUnique: true },
  'a part of the rows': { columnNames: ['email'], where: `"code" <> 'x' AND email IS NOT NULL` },
  spatial: { columnNames: ['at'], isSpatial: true },
  concurrent: { columnNames: ['country'], isConcurrent: true },
};

const KEYS: Readonly<Record<string, TableForeignKeyOptions>> = {
  'one column': { columnNames: ['Org id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] },
  'two columns': {
    columnNames: ['code', 'country'],
    referencedTableName: 'orgs',
    referencedColumnNames: ['code', 'country'],
  },
  actions: {
    columnNames: ['Org id'],
    referencedTableName: 'orgs',
    referencedColumnNames: ['id'],
    onDelete: 'SET NULL',
    onUpdate: 'CASCADE',
  },
  deferred: {
    columnNames: ['Org id'],
    referencedTableName: 'orgs',
    referencedColumnNames: ['id'],
    deferrable: 'INITIALLY DEFERRED',
  },
  deferrable: {
    columnNames: ['Org id'],
    referencedTableName: 'orgs',
    referencedColumnNames: ['id'],
    deferrable: 'INITIALLY IMMEDIATE',
  },
  'a name': {
    name: 'users to orgs',
    columnNames: ['Org id'],
    referencedTableName: 'public.orgs',
    referencedColumnNames: ['id'],
  },
  'a table in another schema': {
    columnNames: ['Org id'],
    referencedTableName: 'app.teams',
    referencedColumnNames: ['id'],
  },
  'a schema apart from the table': {
    columnNames: ['Org id'],
    referencedSchema: 'app',
    referencedTableName: 'teams',
    referencedColumnNames: ['id'],
  },
};

describe.each(MAJORS)('TypeORM %s', (major, typeorm) => {
  const { TableCheck, TableForeignKey, TableIndex } = typeorm;
  const orgs = { columnNames: ['Org id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] };
  let urls: { readonly stock: string; readonly guarded: string };
  let stock: Opened;
  let guarded: Opened;

  beforeAll(async () => {
    urls = { stock: await makeDatabase(SETUP), guarded: await makeDatabase(SETUP) };
    stock = await open(typeorm, urls.stock);
    guarded = await open(typeorm, urls.guarded);
  });

  afterEach(async () => {
    if (guarded.runner.isTransactionActive) await guarded.runner.rollbackTransaction();
  });

  /** Each case starts from the same tables. */
  async function dropAll(): Promise<void> {
    for (const url of Object.values(urls))
      await execute(url, `DROP TABLE users, orgs, app.teams; DROP SCHEMA app; ${SETUP}`);
    await stock.runner.getTables([]);
  }

  describe.each(some(Object.entries(INDEXES), 6))('an index of %s', (_, options) => {
    it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
      await dropAll();
      await stock.runner.createIndex(
        'users',
        new TableIndex({ ...options, name: options.name?.replaceAll('"', '""') as string }),
      );
      const g = guard(guarded.runner);
      if (transaction) await guarded.runner.startTransaction();
      const first = await g.safeCreateIndex('users', new TableIndex(options));
      const second = await g.safeCreateIndex('users', new TableIndex(options));
      if (transaction) await guarded.runner.commitTransaction();
      expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
      expect(first.steps.at(-1)?.sql.includes('CONCURRENTLY')).toBe(!transaction);
      expect(await readCatalog(urls.guarded)).toEqual(await readCatalog(urls.stock));
    });
  });

  describe.each(some(Object.entries(KEYS), 5))('a foreign key of %s', (_, options) => {
    it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
      await dropAll();
      await stock.runner.createForeignKey('users', new TableForeignKey(options));
      const g = guard(guarded.runner);
      if (transaction) await guarded.runner.startTransaction();
      const first = await g.safeAddForeignKey('users', new TableForeignKey(options));
      const second = await g.safeAddForeignKey('users', new TableForeignKey(options));
      if (transaction) await guarded.runner.commitTransaction();
      expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
      expect(await readCatalog(urls.guarded)).toEqual(await readCatalog(urls.stock));
    });
  });

  describe.each([{ name: 'By "email"', expression: `"email" <> ''` }, { expression: `code IN ('a', 'b')` }])(
    'a check of %j',
    (options) => {
      it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
        await dropAll();
        await stock.runner.createCheckConstraint(
          'users',
          new TableCheck({ ...options, ...(options.name ? { name: options.name.replaceAll('"', '""') } : {}) }),
        );
        const g = guard(guarded.runner);
        if (transaction) await guarded.runner.startTransaction();
        const first = await g.safeCreateCheckConstraint('users', new TableCheck(options), { onViolation: 'warn' });
        const second = await g.safeCreateCheckConstraint('users', new TableCheck(options));
        if (transaction) await guarded.runner.commitTransaction();
        expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
        expect(await readCatalog(urls.guarded)).toEqual(await readCatalog(urls.stock));
      });
    },
  );

  it('takes no bare options for a check, and nothing without an expression', async () => {
    const g = guard(guarded.runner);
    for (const wrong of [{ name: 'a', expression: 'true' }, new TableCheck({ name: 'a' } as never)])
      await expect(g.safeCreateCheckConstraint('users', wrong as never)).rejects.toMatchObject({ code: 'HF_ARGUMENT' });
  });

  it('takes the access method of TypeORM 1', async () => {
    await dropAll();
    const index = Object.assign(new TableIndex({ columnNames: ['email'] }), { type: 'hash' });
    await guard(guarded.runner).safeCreateIndex('users', index);
    const [row] = await execute(urls.guarded, `SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'IDX_%'`);
    expect(row?.['indexdef']).toContain('USING hash');
  });

  it('knows an index again that the other major has named', async () => {
    await dropAll();
    const other = (MAJORS.find(([name]) => name !== major) as (typeof MAJORS)[number])[1];
    const index = { columnNames: ['email'], where: '"code" IS NOT NULL' };
    const theirs = await open(other, urls.guarded);
    await theirs.runner.createIndex('users', new other.TableIndex(index));
    const own = guarded.source.namingStrategy.indexName('users', index.columnNames, index.where);
    const [made] = await execute(urls.guarded, `SELECT indexname FROM pg_indexes WHERE indexname LIKE 'IDX_%'`);
    expect(made?.['indexname']).not.toBe(own);
    expect(await guard(guarded.runner).safeCreateIndex('users', new TableIndex(index))).toMatchObject({
      status: 'unchanged',
      reason: `there under the name ${made?.['indexname']}`,
    });
  });

  it('knows a foreign key again that has another name', async () => {
    await dropAll();
    await execute(
      urls.guarded,
      'ALTER TABLE users ADD CONSTRAINT own_name FOREIGN KEY ("Org id") REFERENCES orgs (id)',
    );
    expect(await guard(guarded.runner).safeAddForeignKey('users', new TableForeignKey(orgs))).toMatchObject({
      status: 'unchanged',
      reason: 'there under the name own_name',
    });
  });

  it.each([
    ['options of an index', { columnNames: ['email'] }, 'HF_ARGUMENT'],
    ['nothing', undefined, 'HF_ARGUMENT'],
    ['an index of no columns', new TableIndex({ columnNames: [] }), 'HF_ARGUMENT'],
    ['a full text index', new TableIndex({ columnNames: ['email'], isFulltext: true }), 'HF_UNSUPPORTED'],
    ['a parser', new TableIndex({ columnNames: ['email'], parser: 'ngram' }), 'HF_UNSUPPORTED'],
  ])('refuses %s', async (_, index, code) => {
    await expect(guard(guarded.runner).safeCreateIndex('users', index as never)).rejects.toMatchObject({ code });
  });

  it.each([
    ['options of a foreign key', orgs],
    ['no referenced columns', new TableForeignKey({ ...orgs, referencedColumnNames: [] })],
    ['an unknown action', new TableForeignKey({ ...orgs, onDelete: 'EXPLODE' })],
    ['an unknown kind of deferral', new TableForeignKey({ ...orgs, deferrable: 'SOMETIMES' })],
  ])('refuses %s', async (_, key) => {
    await expect(guard(guarded.runner).safeAddForeignKey('users', key as never)).rejects.toMatchObject({
      code: 'HF_ARGUMENT',
    });
  });
});
