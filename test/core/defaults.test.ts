import { type DependencyError, guard, type HoldfastError, sql } from '@holdfast/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { majors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const SETUP = `DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
  CREATE TABLE app.t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial, a integer NOT NULL, g integer GENERATED ALWAYS AS (a * 2) STORED,
    label text, at timestamptz, tags text[], doc jsonb, amount numeric(10, 2));
  CREATE TABLE app.parts (id integer NOT NULL, k integer, c text DEFAULT 'x') PARTITION BY RANGE (k);
  CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (0) TO (10);`;

describe.each(majors)('PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  beforeEach(() => db.run(SETUP));

  describe('safeSetDefault', () => {
    test.each([
      ['label', "'new'"],
      ['label', "'it''s' || lower('X')"],
      ['label', 'upper(CURRENT_USER::text) -- who'],
      ['at', 'now()'],
      ['at', 'CURRENT_TIMESTAMP'],
      ['at', "now() + interval '1 day'"],
      ['tags', "'{}'"],
      ['tags', "ARRAY['a', 'b']"],
      ['doc', "'{ }'"],
      ['amount', '0'],
      ['amount', '-1.5'],
      ['a', "nextval('app.t_n_seq')"],
      ['n', '5'],
    ])('%s DEFAULT %s is set once, and found again without a lock', async (column, expression) => {
      const client = await db.connect();
      const g = guard(client);
      expect(await g.safeSetDefault('app.t', column, expression)).toMatchObject({ status: 'applied' });
      const { texts } = countQueries(client);
      expect(await g.safeSetDefault('app.t', column, expression)).toMatchObject({ status: 'unchanged', steps: [] });
      expect(texts.filter((text) => text.includes('LOCK TABLE'))).toEqual([]);
    });

    test('another default is replaced, and stands in the reason', async () => {
      const g = guard(await db.connect());
      await g.safeSetDefault('app.t', 'label', "lower('A')");
      expect(await g.safeSetDefault('app.t', 'label', sql`upper(${"it's"})`)).toMatchObject({
        status: 'applied',
        reason: "was lower('A'::text)",
      });
      expect(await g.safeSetDefault('app.t', 'label', "upper('it''s')")).toMatchObject({ status: 'unchanged' });
    });

    test.each([
      ['a', "'many'", '22P02'],
      ['a', 'now()', '42804'],
      ['label', 'no_such_function()', '42883'],
      ['label', 'a + 1', '0A000'],
      ['label', '(SELECT 1)', '0A000'],
      ['label', 'lower(', null],
      ['label', "'a' 'b'", '42601'],
      ['label', "'a' NOT NULL", '42601'],
      ['label', 'NULL', undefined],
      ['label', 'NULL::text', undefined],
    ])('%s DEFAULT %s is refused before any change, also in a transaction', async (column, expression, state) => {
      const client = await db.connect();
      await client.query('BEGIN');
      const error = await errorOf<HoldfastError>(guard(client).safeSetDefault('app.t', column, expression));
      expect(error).toMatchObject({
        code: state === null ? 'HF_ARGUMENT' : 'HF_REFUSED',
        left: 'Nothing was changed.',
      });
      if (typeof state === 'string') expect(error).toMatchObject({ cause: { code: state } });
      if (state === undefined) expect(error.hint).toBe('Call safeDropDefault("app.t", "label").');
      expect(await one(client, 'SELECT 1')).toBe(1);
      await client.query('ROLLBACK');
    });

    test.each([
      ['id', 'it is an identity column'],
      ['g', 'it is generated from an expression, and has no default: (a * 2)'],
    ])('%s can have none', async (column, happened) => {
      const g = guard(await db.connect());
      for (const call of [g.safeSetDefault('app.t', column, '1'), g.safeDropDefault('app.t', column)]) {
        const error = await errorOf<HoldfastError>(call);
        expect(error).toMatchObject({ code: 'HF_REFUSED', happened: expect.stringContaining(happened) });
      }
    });

    test('an enum value of this transaction is refused with the cure, and works afterwards', async () => {
      const client = await db.connect();
      await client.query("CREATE TYPE app.mood AS ENUM ('sad'); ALTER TABLE app.t ADD COLUMN mood app.mood");
      await client.query('BEGIN');
      const g = guard(client);
      await g.safeAddEnumValue('app.mood', 'glad');
      expect(await errorOf(g.safeSetDefault('app.t', 'mood', "'glad'"))).toMatchObject({ code: 'HF_REFUSED' });
      await client.query('COMMIT');
      expect(await g.safeSetDefault('app.t', 'mood', "'glad'")).toMatchObject({ status: 'applied' });
    });

    test('partitions get it as well', async () => {
      const client = await db.connect();
      expect(await guard(client).safeSetDefault('app.parts', 'c', "'y'")).toMatchObject({ status: 'applied' });
      expect(
        await one(client, "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.parts_1'::regclass"),
      ).toBe("'y'::text");
    });
  });

  test('safeDropDefault says what it was, and that the sequence of a serial column stays', async () => {
    const client = await db.connect();
    const g = guard(client);
    expect(await g.safeDropDefault('app.t', 'n')).toMatchObject({
      status: 'applied',
      reason: "was nextval('app.t_n_seq'::regclass); the sequence app.t_n_seq stays, and still goes with the column",
    });
    expect(await one(client, "SELECT pg_get_serial_sequence('app.t', 'n')")).toBe('app.t_n_seq');
    const again = await g.safeDropDefault('app.t', 'n');
    expect(again).toMatchObject({ status: 'unchanged', steps: [] });
    expect(again.reason).toBeUndefined();
  });

  describe('safeDropNotNull', () => {
    test.each([
      ['app.t', 'id', ['primary key t_pkey on table app.t']],
      ['app.parts', 'id', ['replica identity parts_1_id on table app.parts_1']],
    ])('of %s.%s names what needs it', async (table, column, dependents) => {
      const client = await db.connect();
      await client.query(
        'CREATE UNIQUE INDEX parts_1_id ON app.parts_1 (id); ALTER TABLE app.parts_1 REPLICA IDENTITY USING INDEX parts_1_id',
      );
      const error = await errorOf<DependencyError>(guard(client).safeDropNotNull(table, column));
      expect(error).toMatchObject({ code: 'HF_DEPENDENCY', dependents });
      await errorOf(client.query(`ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL`));
    });

    test('of an identity column without a key is refused', async () => {
      const client = await db.connect();
      await client.query('ALTER TABLE app.t DROP CONSTRAINT t_pkey');
      expect(await errorOf(guard(client).safeDropNotNull('app.t', 'id'))).toMatchObject({
        code: 'HF_REFUSED',
        happened: 'it is an identity column, which is always NOT NULL.',
      });
    });

    test('of a partition is refused with its parent; of the parent it holds for the partitions', async () => {
      const client = await db.connect();
      const g = guard(client);
      const error = await errorOf<HoldfastError>(g.safeDropNotNull('app.parts_1', 'id'));
      expect(error).toMatchObject({ code: 'HF_REFUSED', happened: 'it inherits NOT NULL from table app.parts.' });
      expect(await g.safeDropNotNull('app.parts', 'id')).toMatchObject({ status: 'applied' });
      expect(await g.safeDropNotNull('app.parts_1', 'id')).toMatchObject({ status: 'unchanged' });
    });

    test('of a table that inherits does what the server does', async () => {
      const client = await db.connect();
      await client.query('CREATE TABLE app.kid () INHERITS (app.t)');
      const plain = client.query('BEGIN; ALTER TABLE app.kid ALTER COLUMN a DROP NOT NULL').then(
        () => 'applied',
        () => 'HF_REFUSED',
      );
      const server = await plain;
      await client.query('ROLLBACK');
      const guarded = await guard(client)
        .safeDropNotNull('app.kid', 'a')
        .then(
          (outcome) => outcome.status,
          (error: HoldfastError) => error.code,
        );
      expect(guarded).toBe(server);
    });

    if (major >= 18)
      test('takes a constraint that is not validated, by whatever name', async () => {
        const client = await db.connect();
        await client.query('ALTER TABLE app.t ADD CONSTRAINT "must have" NOT NULL label NOT VALID');
        const g = guard(client);
        expect(await g.safeDropNotNull('app.t', 'label')).toMatchObject({ status: 'applied' });
        expect(await g.safeDropNotNull('app.t', 'label')).toMatchObject({ status: 'unchanged', steps: [] });
      });
  });
});
