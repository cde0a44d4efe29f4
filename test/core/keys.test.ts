/** Unique constraints and primary keys on tables that are not plain, and the rows that stand in their way. */
import { type DataViolationError, type Guard, guard, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const keyOf = `SELECT json_build_object('name', conname, 'definition', pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('p', 'u')`;
const notNull = `SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = $1::regclass AND attnotnull AND attnum > 0`;
const NOTHING = { left: 'Nothing was changed.' };

describe.each(majors)('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);

  /** A connection with these tables, gone after the test. */
  async function given(tables: string): Promise<{ client: pg.Client; g: Guard }> {
    const client = await db.connect();
    onTestFinished(() => db.run('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS app CASCADE'));
    await client.query(tables);
    return { client, g: guard(client) };
  }

  async function twice(operation: () => Promise<Outcome>): Promise<Outcome> {
    const first = await operation();
    expect(await operation()).toMatchObject({ status: 'unchanged', steps: [] });
    return first;
  }

  describe('rows that no key can have', () => {
    const ROWS = `CREATE TABLE t (a integer, b text);
      INSERT INTO t SELECT i / 2, 'x' || i / 2 FROM generate_series(2, 3) i; INSERT INTO t VALUES (NULL, 'n'), (9, NULL), (NULL, 'n')`;

    test('NULLs are counted before a primary key, in all of its columns, and nothing is changed', async () => {
      const { client, g } = await given(ROWS);
      const error = await errorOf<DataViolationError>(g.safeAddPrimaryKey('t', ['a', 'b']));
      expect(error).toMatchObject({ code: 'HF_DATA', operation: 'safeAddPrimaryKey', count: 3, ...NOTHING });
      expect(error.message).toMatchInlineSnapshot(`
        "safeAddPrimaryKey: public.t(a, b): 3 rows with NULL in a or b.
          {"ctid":"(0,3)","a":null,"b":"n"}
          {"ctid":"(0,4)","a":9,"b":null}
          {"ctid":"(0,5)","a":null,"b":"n"}
        Nothing was changed.
        Fill them first. Look at them:
          SELECT * FROM "public"."t" WHERE "a" IS NULL OR "b" IS NULL LIMIT 20;
        Then correct public.t and run again."
      `);
      expect(await one(client, notNull, ['t'])).toBeNull();
      expect(await one(client, `SELECT count(*)::int FROM pg_index WHERE indrelid = 't'::regclass`)).toBe(0);
    });

    test('duplicates are counted before a primary key, and no column is NOT NULL by then', async () => {
      const { client, g } = await given(`${ROWS}; DELETE FROM t WHERE a IS NULL OR b IS NULL`);
      const error = await errorOf<DataViolationError>(g.safeAddPrimaryKey('t', ['a', 'b']));
      expect(error).toMatchObject({ code: 'HF_DATA', count: 1, samples: [{ a: 1, b: 'x1', rows: 2 }] });
      expect(error.message).toMatchInlineSnapshot(`
        "safeAddPrimaryKey: public.t(a, b): 1 key held by more than one row of public.t.
          {"a":1,"b":"x1","rows":2}
        Nothing was changed.
        Look at them:
          SELECT "a", "b", count(*) AS rows FROM "public"."t" GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 20;
        Then correct the rows that share a key, and run again."
      `);
      expect(await one(client, notNull, ['t'])).toBeNull();
    });

    test('and in the transaction of a host, which goes on', async () => {
      const { client, g } = await given(ROWS);
      await client.query('BEGIN');
      expect(await errorOf(g.safeAddPrimaryKey('t', ['a', 'b']))).toMatchObject({ code: 'HF_DATA', ...NOTHING });
      expect(await one(client, 'SELECT 1')).toBe(1);
      await client.query('ROLLBACK');
    });

    test('duplicates are counted before a unique constraint, in its own name; NULLs are none', async () => {
      const { g } = await given(ROWS);
      const error = await errorOf<DataViolationError>(g.safeCreateUniqueConstraint('t', ['b', 'a']));
      expect(error).toMatchObject({ code: 'HF_DATA', operation: 'safeCreateUniqueConstraint', count: 1, ...NOTHING });
      expect(error.message).toMatchInlineSnapshot(`
        "safeCreateUniqueConstraint: public.t(b, a): 1 key held by more than one row of public.t.
          {"b":"x1","a":1,"rows":2}
        Nothing was changed.
        Look at them:
          SELECT "b", "a", count(*) AS rows FROM "public"."t" WHERE "b" IS NOT NULL AND "a" IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 20;
        Then correct the rows that share a key, and run again."
      `);
    });

    test.runIf(major >= 15)('unless they count as equal', async () => {
      const { g } = await given(`${ROWS}; DELETE FROM t WHERE a IS NOT NULL`);
      const error = await errorOf(g.safeCreateUniqueConstraint('t', ['a', 'b'], { nullsNotDistinct: true }));
      expect(error).toMatchObject({ count: 1, samples: [{ a: null, b: 'n', rows: 2 }] });
      expect(await g.safeCreateUniqueConstraint('t', ['a', 'b'])).toMatchObject({ status: 'applied' });
    });

    test.runIf(major < 15)('which servers before 15 cannot do', async () => {
      const { g } = await given(ROWS);
      const error = await errorOf(g.safeCreateUniqueConstraint('t', ['a'], { nullsNotDistinct: true }));
      expect(error).toMatchObject({ code: 'HF_UNSUPPORTED', ...NOTHING });
    });
  });

  describe('a table that is missing', () => {
    test.each<[string, (g: Guard, o?: { ifMissing: 'skip' }) => Promise<Outcome>]>([
      ['safeCreateUniqueConstraint', (g, o) => g.safeCreateUniqueConstraint('gone', ['a'], o)],
      ['safeAddPrimaryKey', (g, o) => g.safeAddPrimaryKey('gone', ['a'], o)],
      [
        'safeCreateExclusionConstraint',
        (g, o) => g.safeCreateExclusionConstraint('gone', 'x', { elements: [{ column: 'a', with: '=' }], ...o }),
      ],
    ])('is named by %s, or passed over', async (operation, call) => {
      const { g } = await given('');
      expect(await errorOf(call(g))).toMatchObject({
        code: 'HF_PREREQUISITE',
        operation,
        missing: [{ kind: 'table', name: 'gone' }],
      });
      expect(await call(g, { ifMissing: 'skip' })).toMatchObject({ status: 'skipped', reason: 'missing: table gone' });
    });

    test('and so is a column', async () => {
      const { g } = await given('CREATE TABLE t (a integer)');
      expect(await errorOf(g.safeAddPrimaryKey('t', ['a', 'b']))).toMatchObject({
        operation: 'safeAddPrimaryKey',
        missing: [{ kind: 'column', name: 'public.t.b' }],
      });
      expect(await errorOf(g.safeCreateUniqueConstraint('t', ['a'], { include: ['b'] }))).toMatchObject({
        operation: 'safeCreateUniqueConstraint',
        missing: [{ kind: 'column', name: 'public.t.b' }],
      });
    });
  });

  describe('a primary key that is there already', () => {
    test('is one under any name', async () => {
      const { g } = await given('CREATE TABLE t (a integer, b text, CONSTRAINT own PRIMARY KEY (a, b))');
      expect(await g.safeAddPrimaryKey('t', ['a', 'b'])).toMatchObject({
        status: 'unchanged',
        reason: 'there under the name own',
      });
      expect(await errorOf(g.safeAddPrimaryKey('t', ['b', 'a']))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'columns', expected: 'b, a', found: 'a, b', proved: true }],
      });
    });

    test.runIf(major >= 18)('is another one over periods', async () => {
      const { g } = await given('CREATE TABLE t (a int4range, b daterange, PRIMARY KEY (a, b WITHOUT OVERLAPS))');
      const error = await errorOf(g.safeAddPrimaryKey('t', ['a', 'b']));
      expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'WITHOUT OVERLAPS' }] });
    });

    test('of a partitioned table is none while a partition lacks its index', async () => {
      const { g } = await given(`CREATE TABLE t (a integer NOT NULL) PARTITION BY RANGE (a);
        CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (10); ALTER TABLE ONLY t ADD PRIMARY KEY (a)`);
      expect(await errorOf(g.safeAddPrimaryKey('t', ['a']))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'index', expected: 'valid', found: 'INVALID' }],
      });
    });
  });

  describe('what a column may be', () => {
    test.each([
      ['a domain', 'CREATE DOMAIN whole AS integer; CREATE DOMAIN d AS whole; CREATE TABLE t (a d)'],
      ['a varchar', 'CREATE TABLE t (a varchar(5))'],
      ['an enum', "CREATE TYPE e AS ENUM ('x'); CREATE TABLE t (a e)"],
      ['an array', 'CREATE TABLE t (a integer[])'],
      ['a range', 'CREATE TABLE t (a daterange)'],
      ['a composite type', 'CREATE TYPE c AS (x integer); CREATE TABLE t (a c)'],
      ['jsonb', 'CREATE TABLE t (a jsonb)'],
      ['a name', 'CREATE TABLE t (a name)'],
      ['an identity', 'CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY)'],
      ['generated', 'CREATE TABLE t (b integer, a integer GENERATED ALWAYS AS (b + 1) STORED)'],
    ])('%s can be a key', async (_, tables) => {
      const { g } = await given(tables);
      expect(await twice(() => g.safeCreateUniqueConstraint('t', ['a']))).toMatchObject({ status: 'applied' });
      expect(await twice(() => g.safeAddPrimaryKey('t', ['a']))).toMatchObject({ status: 'applied' });
    });

    test.each([
      ['json', 'CREATE TABLE t (a json)', 'which has no order'],
      ['point', 'CREATE TABLE t (a point)', 'which has no order'],
      ['a domain over xml', 'CREATE DOMAIN d AS xml; CREATE TABLE t (a d)', 'which has no order'],
      ...(major >= 18
        ? [['virtual', 'CREATE TABLE t (b integer, a integer GENERATED ALWAYS AS (b + 1) VIRTUAL)', 'not stored']]
        : []),
    ])('%s cannot, and nothing is changed', async (_, tables = '', reason) => {
      const { client, g } = await given(tables);
      for (const refused of [g.safeCreateUniqueConstraint('t', ['a']), g.safeAddPrimaryKey('t', ['a'])]) {
        const error = await errorOf(refused);
        expect(error).toMatchObject({
          code: 'HF_REFUSED',
          happened: expect.stringContaining(reason ?? ''),
          ...NOTHING,
        });
      }
      expect(await one(client, notNull, ['t'])).toBeNull();
    });
  });

  describe('a partitioned table', () => {
    const PARTS = `CREATE TABLE t (a integer, b text) PARTITION BY LIST (a);
      CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
      INSERT INTO t VALUES (1, 'x'), (2, 'x')`;

    test.each([false, true])('gets both, with its partition key (transaction: %s)', async (transaction) => {
      const { client, g } = await given(PARTS);
      if (transaction) await client.query('BEGIN');
      expect(await twice(() => g.safeAddPrimaryKey('t', ['b', 'a']))).toMatchObject({ status: 'applied' });
      const unique = () => g.safeCreateUniqueConstraint('t', ['a', 'b'], { deferrable: true });
      expect(await twice(unique)).toMatchObject({ status: 'applied' });
      if (transaction) await client.query('COMMIT');
      expect(
        await one(
          client,
          `SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid IN ('t'::regclass, 't1'::regclass)`,
        ),
      ).toBe(true);
      expect(await one(client, notNull, ['t2'])).toEqual(['a', 'b']);
    });

    test('gets none without it, and is told why', async () => {
      const { client, g } = await given(PARTS);
      const error = await errorOf(g.safeAddPrimaryKey('t', ['b']));
      expect(error.message).toMatchInlineSnapshot(`
        "safeAddPrimaryKey: public.t(b): the table is partitioned by a: each partition has an index of its own, so that a key of the whole must contain it. Missing: a.
        Nothing was changed.
        Name all of them: ['b', 'a']."
      `);
      expect(await errorOf(g.safeCreateUniqueConstraint('t', ['b']))).toMatchObject({ code: 'HF_REFUSED' });
      expect(await one(client, notNull, ['t'])).toBeNull();
    });

    test('over an expression gets none at all', async () => {
      const { g } = await given('CREATE TABLE t (a integer, b text) PARTITION BY LIST (lower(b))');
      expect(await errorOf(g.safeCreateUniqueConstraint('t', ['b']))).toMatchObject({
        code: 'HF_REFUSED',
        hint: 'Over an expression no key of the whole table is possible: give one to each partition.',
      });
    });

    test('has its duplicates counted, and its name may be taken', async () => {
      const { g } = await given(`${PARTS}; INSERT INTO t VALUES (1, 'x'); CREATE INDEX t_a_key ON t (a)`);
      expect(await errorOf(g.safeCreateUniqueConstraint('t', ['a', 'b']))).toMatchObject({
        operation: 'safeCreateUniqueConstraint',
        samples: [{ a: 1, b: 'x', rows: 2 }],
      });
      expect(await errorOf(g.safeCreateUniqueConstraint('t', ['a'], { name: 't1' }))).toMatchObject({
        code: 'HF_REFUSED',
        happened: 'the name t1 is taken.',
      });
    });

    test('lets one of its partitions have a key of its own', async () => {
      const { client, g } = await given(PARTS);
      expect(await twice(() => g.safeAddPrimaryKey('t1', ['b']))).toMatchObject({ status: 'applied' });
      expect(await one(client, keyOf, ['t1'])).toMatchObject({ definition: 'PRIMARY KEY (b)' });
    });
  });

  describe('a table that others inherit from', () => {
    const FAMILY = `CREATE TABLE t (a integer); CREATE TABLE kid () INHERITS (t); INSERT INTO t VALUES (1); INSERT INTO kid VALUES (1)`;

    test('compares its own rows only, as the index does, and its NOT NULL holds for all', async () => {
      const { client, g } = await given(FAMILY);
      expect(await g.safeCreateUniqueConstraint('t', ['a'])).toMatchObject({ status: 'applied' });
      expect(await twice(() => g.safeAddPrimaryKey('t', ['a']))).toMatchObject({ status: 'applied' });
      expect(await one(client, notNull, ['kid'])).toEqual(['a']);
      expect(await one(client, keyOf, ['kid'])).toBeUndefined();
    });

    test('counts the NULLs of its children', async () => {
      const { client, g } = await given(`${FAMILY}; INSERT INTO kid VALUES (NULL)`);
      expect(await errorOf(g.safeAddPrimaryKey('t', ['a']))).toMatchObject({ code: 'HF_DATA', count: 1, ...NOTHING });
      expect(await one(client, notNull, ['t'])).toBeNull();
    });
  });

  describe('a NOT NULL constraint', () => {
    test.runIf(major >= 18)('that is not validated is validated', async () => {
      const { client, g } = await given(
        'CREATE TABLE t (a integer); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID',
      );
      expect(await g.safeAddPrimaryKey('t', ['a'])).toMatchObject({ status: 'repaired' });
      expect(await one(client, `SELECT convalidated FROM pg_constraint WHERE conname = 'n'`)).toBe(true);
    });

    test.runIf(major >= 18)('that is NO INHERIT is in the way, before anything is changed', async () => {
      const { client, g } = await given('CREATE TABLE t (a integer CONSTRAINT n NOT NULL NO INHERIT, b integer)');
      const error = await errorOf(g.safeAddPrimaryKey('t', ['b', 'a']));
      expect(error).toMatchObject({ code: 'HF_REFUSED', ...NOTHING });
      expect(await errorOf(client.query('ALTER TABLE t ADD PRIMARY KEY (a)'))).toMatchObject({ code: '55000' });
      await client.query(/ALTER TABLE .*;/.exec(error.message)?.[0] ?? '');
      expect(await g.safeAddPrimaryKey('t', ['b', 'a'])).toMatchObject({ status: 'applied' });
    });

    test('that was there before does not make it a repair', async () => {
      const { g } = await given('CREATE TABLE t (a integer NOT NULL)');
      expect(await g.safeAddPrimaryKey('t', ['a'])).toMatchObject({ status: 'applied' });
    });
  });

  test('what refers to the table, and what it shows to replicas, stays', async () => {
    const { client, g } = await given(`CREATE TABLE t (a integer NOT NULL, b integer, CONSTRAINT u UNIQUE (a));
      CREATE TABLE kid (a integer REFERENCES t (a)); ALTER TABLE t REPLICA IDENTITY USING INDEX u`);
    expect(await g.safeAddPrimaryKey('t', ['a'])).toMatchObject({ status: 'applied' });
    const refers = `SELECT conindid::regclass::text FROM pg_constraint WHERE conrelid = 'kid'::regclass AND contype = 'f'`;
    expect(await one(client, refers)).toBe('u');
    expect(await one(client, `SELECT relreplident FROM pg_class WHERE oid = 't'::regclass`)).toBe('i');
  });

  test('the name of the server is kept for a long table, and an awkward one is quoted', async () => {
    const long = 't'.repeat(63);
    const { client, g } = await given(
      `CREATE SCHEMA app; CREATE TABLE app.${long} (a integer); CREATE TABLE app."We ""ird" ("C d" integer)`,
    );
    await twice(() => g.safeAddPrimaryKey(`app.${long}`, ['a']));
    await twice(() => g.safeAddPrimaryKey('app.We "ird', ['C d'], { name: 'a "key"' }));
    expect(await one(client, keyOf, ['app."We ""ird"'])).toEqual({
      name: 'a "key"',
      definition: 'PRIMARY KEY ("C d")',
    });
  });

  test('a view has no key', async () => {
    const { g } = await given('CREATE VIEW t AS SELECT 1 AS a');
    expect(await errorOf(g.safeAddPrimaryKey('t', ['a']))).toMatchObject({ code: 'HF_PREREQUISITE' });
  });

  test('a unique index of the same definition is no constraint, and is said', async () => {
    const { client, g } = await given('CREATE TABLE t (a integer, b integer); CREATE UNIQUE INDEX by_hand ON t (a)');
    expect(await g.safeCreateUniqueConstraint('t', ['a'])).toMatchObject({
      status: 'applied',
      reason: 'the unique index by_hand has the same keys, but an index is no constraint',
    });
    expect(await one(client, keyOf, ['t'])).toEqual({ name: 't_a_key', definition: 'UNIQUE (a)' });
    const other = await g.safeCreateUniqueConstraint('t', ['a'], { name: 'other', include: ['b'] });
    expect(other.reason).toBeUndefined();
  });

  test('planned, each step stands with its lock, whatever the table holds', async () => {
    const { client } = await given('CREATE TABLE t (a integer); INSERT INTO t VALUES (NULL)');
    const plan = await guard(client, { mode: 'plan' }).safeAddPrimaryKey('t', ['a']);
    expect(plan).toMatchObject({ status: 'planned', children: [{ operation: 'keyRows' }, {}, {}] });
    const again = await guard(client, { mode: 'plan' }).safeAddPrimaryKey('t', ['a'], { name: 'other' });
    expect(again.steps.map((step) => step.sql)).toEqual([
      'ALTER TABLE "public"."t" ADD CONSTRAINT "other" PRIMARY KEY USING INDEX "other"',
    ]);
  });
});
