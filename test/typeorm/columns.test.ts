/** Columns: what the guard makes of a TableColumn is what TypeORM itself makes of it. */
import { guard } from '@holdfast/typeorm';
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { some } from '../support/breadth.js';
import { execute, readCatalog } from '../support/catalog.js';
import { closeAll, MAJORS, makeDatabase, type Opened, open } from './majors.js';

afterAll(closeAll);

const SETUP = `
  CREATE TABLE users (id integer PRIMARY KEY, a integer, b integer);
  CREATE SCHEMA app; CREATE TABLE app.users ();
  CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';`;

const STATUS = { name: 'status', type: 'enum', enum: ['new', 'it’s', "o'k"] } as const;

const FORMS = {
  'a length and a default': { name: 'c', type: 'varchar', length: '100', default: "''" },
  'a plain nullable type': { name: 'c', type: 'text', isNullable: true },
  'precision and scale': { name: 'c', type: 'numeric', precision: 10, scale: 2, isNullable: true },
  'a number as default': { name: 'c', type: 'int', default: 3 },
  'a boolean as default': { name: 'c', type: 'boolean', default: false },
  'now() as default': { name: 'c', type: 'timestamp with time zone', precision: 3, default: 'now()' },
  'time without time zone': { name: 'c', type: 'time without time zone', isNullable: true },
  'an array': { name: 'c', type: 'text', isArray: true, default: "'{}'" },
  'json with a default': { name: 'c', type: 'jsonb', default: `'{"a": "x NOT NULL; y"}'` },
  'a collation': { name: 'c', type: 'varchar', collation: 'C', isNullable: true },
  'a unique constraint': { name: 'c', type: 'text', isNullable: true, isUnique: true },
  'a comment': { name: 'c', type: 'text', isNullable: true, comment: "it's; \\ a 'comment'" },
  'a serial': { name: 'c', type: 'integer', isGenerated: true, generationStrategy: 'increment' },
  'a bigserial': { name: 'c', type: 'bigint', isGenerated: true, generationStrategy: 'increment' },
  'an identity': {
    name: 'c',
    type: 'int',
    isGenerated: true,
    generationStrategy: 'identity',
    generatedIdentity: 'ALWAYS',
  },
  'a generated uuid': { name: 'c', type: 'uuid', isGenerated: true, generationStrategy: 'uuid' },
  'an enum': { ...STATUS, default: "'new'" },
  'an enum array': { ...STATUS, isArray: true, isNullable: true },
  'a simple-enum': { ...STATUS, type: 'simple-enum', isNullable: true },
  'an enum with a name': { ...STATUS, enumName: 'Status of users', isNullable: true },
  'an enum that exists': { name: 'c', type: 'enum', enum: ['sad', 'ok'], enumName: 'mood', isNullable: true },
  'an enum that exists, without its values': { name: 'c', type: 'enum', enumName: 'mood', isNullable: true },
  'a name with capitals, a space and a quote mark': { name: 'A "b" ADD c', type: 'text', isNullable: true },
} as const;

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  const column = (options: object) => new typeorm.TableColumn(options as TableColumnOptions);
  let urls: { readonly stock: string; readonly guarded: string };
  let stock: Opened;
  let guarded: Opened;

  beforeAll(async () => {
    urls = { stock: await makeDatabase(SETUP), guarded: await makeDatabase(SETUP) };
    stock = await open(typeorm, urls.stock);
    // With one connection, a second one that something waits for would never come.
    guarded = await open(typeorm, urls.guarded, { poolSize: 1 });
  });

  afterEach(async () => {
    if (guarded.runner.isTransactionActive) await guarded.runner.rollbackTransaction();
  });

  describe.each(some(Object.entries(FORMS), 12))('%s', (form, options) => {
    const number = Object.keys(FORMS).indexOf(form);

    it.each([false, true])('is made as by TypeORM and then left alone (transaction: %s)', async (transaction) => {
      const { runner } = guarded;
      const g = guard(runner);
      const table = `table_${number}_${transaction ? 'inside' : 'outside'}`;
      for (const url of Object.values(urls))
        await execute(url, `CREATE TABLE ${table} (id int PRIMARY KEY); DROP TYPE IF EXISTS "Status of users" CASCADE`);
      // TypeORM does not quote a quote mark itself.
      await stock.runner.addColumn(table, column({ ...options, name: options.name.replaceAll('"', '""') }));
      if (transaction) await runner.startTransaction();
      const first = await g.safeAddColumn(table, column(options));
      const second = await g.safeAddColumn(table, column(options));
      if (transaction) await runner.commitTransaction();

      expect([first.status, second.status]).toEqual(['applied', 'unchanged']);
      const seen = await linesOf(urls.guarded, table);
      expect(seen.length).toBeGreaterThan(3);
      expect(seen).toEqual(await linesOf(urls.stock, table));
      expect(runner.getMemorySql().upQueries).toEqual([]);
    });
  });

  async function linesOf(url: string, table: string): Promise<readonly string[]> {
    return (await readCatalog(url)).filter((line) => line.includes(table) || line.startsWith('enum Status of users'));
  }

  it('takes several columns in one call', async () => {
    const outcome = await guard(guarded.runner).safeAddColumn('users', [
      column({ name: 'c', type: 'text', isNullable: true }),
      column({ name: 'd', type: 'int', default: 1 }),
    ]);
    expect(outcome).toMatchObject({ target: 'public.users(c, d)', status: 'applied', children: [] });
    expect(outcome.steps.map((step) => step.sql)).toEqual([
      'ALTER TABLE "public"."users" ADD COLUMN "c" text, ADD COLUMN "d" int DEFAULT 1 NOT NULL',
    ]);
  });

  it('names an enum type in another schema by the table there', async () => {
    const types = `SELECT typnamespace::regnamespace::text AS schema, typname FROM pg_type WHERE typtype = 'e' AND typnamespace <> 'public'::regnamespace`;
    await stock.runner.addColumn('app.users', column(STATUS));
    await guard(guarded.runner).safeAddColumn('app.users', column(STATUS));
    const found = await execute(urls.guarded, types);
    expect(found).toEqual(await execute(urls.stock, types));
    expect(found).toHaveLength(1);
  });

  it('refuses an enum type that exists with other values, before any change', async () => {
    const before = await readCatalog(urls.guarded);
    await expect(
      guard(guarded.runner).safeAddColumn(
        'users',
        column({ name: 'e', type: 'enum', enum: ['sad', 'ok', 'happy'], enumName: 'mood', isNullable: true }),
      ),
    ).rejects.toMatchObject({ code: 'HF_MISMATCH', expected: 'values: sad, ok, happy', found: 'values: sad, ok' });
    expect(await readCatalog(urls.guarded)).toEqual(before);
  });

  it('refuses a column that exists with another type', async () => {
    await expect(
      guard(guarded.runner).safeAddColumn('users', column({ name: 'a', type: 'text', isNullable: true })),
    ).rejects.toMatchObject({ code: 'HF_MISMATCH' });
  });

  describe('what cannot be added is refused without a connection', () => {
    it.each([
      ['a primary key', { name: 'c', type: 'int', isPrimary: true }, /primary key/],
      ['a virtual column', { name: 'c', type: 'int', asExpression: 'a', generatedType: 'VIRTUAL' }, /STORED/],
      ['a schema in enumName', { name: 'c', type: 'enum', enum: ['a'], enumName: 'app.mood' }, /dot/],
      ['a number as enum value', { name: 'c', type: 'enum', enum: [1] }, /string/],
      ['an enum value twice', { name: 'c', type: 'enum', enum: ['a', 'a'] }, /twice/],
      ['no type', { name: 'c', type: '' }, /column definition/],
      ['a second statement', { name: 'c', type: 'int', default: '1; DROP TABLE users' }, /column definition/],
    ])('%s', async (_case, options, says) => {
      await expect(guard(unconnected()).safeAddColumn('users', column(options))).rejects.toMatchObject({
        code: 'HF_ARGUMENT',
        message: expect.stringMatching(says),
      });
    });

    it.each([
      ['options of a column', { name: 'c', type: 'text' }],
      ['null', null],
      ['a list with a hole', [undefined]],
      ['an empty list', []],
    ])('%s in place of a TableColumn', async (_case, definition) => {
      await expect(guard(unconnected()).safeAddColumn('users', definition as never)).rejects.toMatchObject({
        code: 'HF_ARGUMENT',
      });
    });

    function unconnected(): QueryRunner {
      return Object.assign(guarded.source.createQueryRunner(), {
        connect: () => Promise.reject(new Error('it has asked for the connection')),
      });
    }
  });
});
