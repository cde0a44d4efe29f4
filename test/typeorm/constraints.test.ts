/** TableUnique and TableExclusion: the guard makes what TypeORM makes, and leaves it alone then. */
import { guard } from '@holdfast/typeorm';
import type { TableExclusionOptions, TableUniqueOptions } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { some } from '../support/breadth.js';
import { execute, readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, type Opened, open } from './majors.js';

afterAll(closeAll);

const SETUP = `CREATE TABLE users (id integer PRIMARY KEY, email text, "Org id" integer, stay daterange);
  INSERT INTO users VALUES (1, 'a', 1, '[2030-01-01, 2030-01-02)'), (2, 'b', 1, '[2030-02-01, 2030-02-02)')`;

const UNIQUES: Readonly<Record<string, TableUniqueOptions>> = {
  'one column': { columnNames: ['email'] },
  'columns in an order of their own': { columnNames: ['Org id', 'email'] },
  'a name': { name: 'one_email', columnNames: ['email'] },
  deferred: { columnNames: ['email'], deferrable: 'INITIALLY DEFERRED' },
  deferrable: { columnNames: ['email'], deferrable: 'INITIALLY IMMEDIATE' },
};

const EXCLUSIONS: Readonly<Record<string, TableExclusionOptions>> = {
  'an expression': { expression: 'USING gist (stay WITH &&)' },
  'a name': { name: 'no_overlap', expression: 'USING gist (stay WITH &&)' },
  'a predicate': { expression: `USING gist (stay range_ops WITH &&) WHERE ("Org id" IN (1, 2))` },
  deferred: { expression: 'using gist ( stay with && )', deferrable: 'INITIALLY DEFERRED' },
};

describe.each(MAJORS)('TypeORM %s', (_major, typeorm) => {
  const { TableExclusion, TableUnique } = typeorm;
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

  async function dropAll(): Promise<void> {
    for (const url of Object.values(urls)) await execute(url, `DROP TABLE users; ${SETUP}`);
    await stock.runner.getTables([]);
  }

  describe.each(some(Object.entries(UNIQUES), 4))('a unique constraint of %s', (_, options) => {
    it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
      await dropAll();
      await stock.runner.createUniqueConstraint('users', new TableUnique(options));
      const g = guard(guarded.runner);
      if (transaction) await guarded.runner.startTransaction();
      const first = await g.safeCreateUniqueConstraint('users', new TableUnique(options));
      const second = await g.safeCreateUniqueConstraint('users', new TableUnique(options));
      if (transaction) await guarded.runner.commitTransaction();
      expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
      expect(await readCatalog(urls.guarded)).toEqual(await readCatalog(urls.stock));
    });
  });

  describe.each(some(Object.entries(EXCLUSIONS), 3))('an exclusion constraint of %s', (_, options) => {
    it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
      await dropAll();
      await stock.runner.createExclusionConstraint('users', new TableExclusion(options));
      const g = guard(guarded.runner);
      if (transaction) await guarded.runner.startTransaction();
      const first = await g.safeCreateExclusionConstraint('users', new TableExclusion(options));
      const second = await g.safeCreateExclusionConstraint('users', new TableExclusion(options));
      if (transaction) await guarded.runner.commitTransaction();
      expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
      expect(await readCatalog(urls.guarded)).toEqual(await readCatalog(urls.stock));
    });
  });

  it('names what conflicts with an exclusion that is taken word for word', async () => {
    await dropAll();
    await execute(urls.guarded, `INSERT INTO users VALUES (3, 'c', 1, '[2030-01-01, 2030-01-09)')`);
    const exclusion = new TableExclusion({ expression: 'USING gist (stay WITH &&)' });
    const ended = guard(guarded.runner).safeCreateExclusionConstraint('users', exclusion);
    await expect(ended).rejects.toMatchObject({
      code: 'HF_DATA',
      happened: expect.stringContaining('Key (stay)=([2030-01-01,2030-01-02)) conflicts with key'),
      left: 'Nothing was changed.',
    });
  });

  it('tells another exclusion from it', async () => {
    await dropAll();
    await execute(urls.guarded, 'ALTER TABLE users ADD CONSTRAINT x EXCLUDE USING gist (stay WITH =)');
    const exclusion = new TableExclusion({ name: 'x', expression: 'USING gist (stay WITH &&)' });
    await expect(guard(guarded.runner).safeCreateExclusionConstraint('users', exclusion)).rejects.toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'definition', expected: 'USING gist (stay WITH &&)', found: 'USING gist (stay WITH =)' }],
    });
  });

  it.each([
    ['options of a unique constraint', { columnNames: ['email'] }],
    ['nothing', undefined],
    ['no columns', new TableUnique({ columnNames: [] })],
    ['an unknown kind of deferral', new TableUnique({ columnNames: ['email'], deferrable: 'SOMETIMES' })],
  ])('refuses %s', async (_, unique) => {
    const ended = guard(guarded.runner).safeCreateUniqueConstraint('users', unique as never);
    await expect(ended).rejects.toMatchObject({ code: 'HF_ARGUMENT' });
  });

  it.each([
    ['options of an exclusion', { expression: 'USING gist (stay WITH &&)' }],
    ['no expression', new TableExclusion({})],
    // TypeORM 0.3 has none, and drops it.
    [
      'an unknown deferral',
      Object.assign(new TableExclusion({ expression: 'USING hash (id WITH =)' }), { deferrable: 'x' }),
    ],
  ])('refuses %s', async (_, exclusion) => {
    const ended = guard(guarded.runner).safeCreateExclusionConstraint('users', exclusion as never);
    await expect(ended).rejects.toMatchObject({ code: 'HF_ARGUMENT' });
  });
});
