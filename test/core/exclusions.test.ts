/** Exclusion constraints: what conflicts, what is the same in other words, what must be there before. */
import { type DataViolationError, type ExclusionOptions, type Guard, guard } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const BOOKINGS = `CREATE TABLE bookings (id integer PRIMARY KEY, room text, during tsrange, cancelled boolean NOT NULL DEFAULT false);
  INSERT INTO bookings VALUES (1, 'a', '[2030-01-01, 2030-01-03)'), (2, 'b', '[2030-01-02, 2030-01-04)'), (3, 'a', '[2030-01-05, 2030-01-06)'), (4, 'c', NULL), (5, 'c', NULL)`;
const overlap = { column: 'during', with: '&&' };
const sameRoom = { column: 'room', with: '=' };
const NOTHING = { left: 'Nothing was changed.' };

describe.each(majors)('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);

  async function given(tables = BOOKINGS): Promise<{ client: pg.Client; g: Guard }> {
    const client = await db.connect();
    onTestFinished(() => db.run('DROP SCHEMA public CASCADE; CREATE SCHEMA public; DROP SCHEMA IF EXISTS app CASCADE'));
    await client.query(tables);
    return { client, g: guard(client) };
  }

  test('a missing operator class is refused with the extension that brings it, planned as well', async () => {
    const { client, g } = await given();
    const options = { elements: [sameRoom, overlap] };
    const error = await errorOf(g.safeCreateExclusionConstraint('bookings', 'x', options));
    expect(error).toMatchObject({ code: 'HF_REFUSED', ...NOTHING });
    expect(error.message).toMatchInlineSnapshot(`
      "safeCreateExclusionConstraint: public.bookings.x: the column room is of type text, for which the access method gist has no default operator class.
      Nothing was changed.
      For numbers, texts, dates, uuids and the like an extension brings them:
        CREATE EXTENSION btree_gist;
      Then run again. For other types name an { opclass }."
    `);
    const planned = guard(client, { mode: 'plan' }).safeCreateExclusionConstraint('bookings', 'x', options);
    expect(await errorOf(planned)).toMatchObject({ code: 'HF_REFUSED' });
    await client.query(/CREATE EXTENSION \w+;/.exec(error.message)?.[0] ?? '');
    expect(await g.safeCreateExclusionConstraint('bookings', 'x', options)).toMatchObject({ status: 'applied' });
    expect(await g.safeCreateExclusionConstraint('bookings', 'x', options)).toMatchObject({ status: 'unchanged' });
    await errorOf(client.query(`INSERT INTO bookings VALUES (6, 'a', '[2030-01-02, 2030-01-03)')`));
  });

  describe('rows that conflict', () => {
    const CLASH = `${BOOKINGS}; INSERT INTO bookings VALUES (6, 'a', '[2030-01-02, 2030-01-03)')`;

    test.each([false, true])(
      'are shown in pairs, each once, before anything is changed (transaction: %s)',
      async (transaction) => {
        const { client, g } = await given(`CREATE EXTENSION btree_gist; ${CLASH}`);
        if (transaction) await client.query('BEGIN');
        const elements = [sameRoom, overlap];
        const error = await errorOf<DataViolationError>(g.safeCreateExclusionConstraint('bookings', 'x', { elements }));
        expect(error).toMatchObject({ code: 'HF_DATA', count: 1, ...NOTHING });
        expect(error.message).toMatchInlineSnapshot(`
          "safeCreateExclusionConstraint: public.bookings.x: 1 pair of rows of public.bookings in conflict with each other.
            {"row":{"id":1,"room":"a","during":"[\\"2030-01-01 00:00:00\\",\\"2030-01-03 00:00:00\\")"},"conflicts_with":{"id":6,"room":"a","during":"[\\"2030-01-02 00:00:00\\",\\"2030-01-03 00:00:00\\")"}}
          Nothing was changed.
          Look at the pairs:
            SELECT a.shown AS row, b.shown AS conflicts_with FROM (SELECT tableoid AS place, ctid AS spot, "room" AS e1, "during" AS e2, pg_catalog.json_build_object('id', "id", 'room', "room", 'during', "during") AS shown FROM "public"."bookings") a JOIN (SELECT tableoid AS place, ctid AS spot, "room" AS e1, "during" AS e2, pg_catalog.json_build_object('id', "id", 'room', "room", 'during', "during") AS shown FROM "public"."bookings") b ON a.e1 = b.e1 AND a.e2 && b.e2 AND (a.place, a.spot) < (b.place, b.spot) LIMIT 20;
          Then change or remove one of each, and run again."
        `);
        expect(await one(client, 'SELECT 1')).toBe(1);
        await client.query('ROLLBACK');
        const where = { elements, where: 'id <> 6' };
        expect(await g.safeCreateExclusionConstraint('bookings', 'x', where)).toMatchObject({ status: 'applied' });
      },
    );

    test('are those of the table alone where others inherit from it', async () => {
      const { g } = await given(
        `${BOOKINGS}; CREATE TABLE old () INHERITS (bookings); INSERT INTO old SELECT * FROM bookings; DELETE FROM bookings WHERE id = 2`,
      );
      expect(await g.safeCreateExclusionConstraint('bookings', 'x', { elements: [overlap] })).toMatchObject({
        status: 'applied',
      });
    });

    test('are looked for no longer than is allowed: then the statement finds them', async () => {
      const SLOW = `CREATE FUNCTION slow(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
        IF current_query() LIKE '%conflicts_with%' THEN PERFORM pg_sleep(60); END IF; RETURN true; END $$`;
      const { client, g } = await given(`${CLASH}; ${SLOW}; SET statement_timeout = '1s'`);
      const options = { elements: [overlap], where: 'slow(id)' };
      const error = await errorOf<DataViolationError>(g.safeCreateExclusionConstraint('bookings', 'x', options));
      expect(error).toMatchObject({ code: 'HF_DATA', cause: { code: '23P01' }, ...NOTHING });
      await client.query('DELETE FROM bookings WHERE id IN (2, 6)');
      expect(await g.safeCreateExclusionConstraint('bookings', 'x', options)).toMatchObject({ status: 'applied' });
    });
  });

  describe('one that is there', () => {
    const add = (tail: string): string =>
      `${BOOKINGS}; DELETE FROM bookings WHERE id IN (2, 4, 5); ALTER TABLE bookings ADD CONSTRAINT x EXCLUDE ${tail}`;
    const rooms = { expression: "tsrange(lower(during), upper(during) + interval '1 hour')", with: '&&' };

    test.each<[string, string, ExclusionOptions]>([
      ['the same', 'USING gist (during WITH &&)', { elements: [overlap] }],
      ['its method in words', 'USING gist (during WITH &&)', { elements: [overlap], method: 'gist' }],
      [
        'the schema of the operator',
        'USING gist (during WITH &&)',
        { elements: [{ ...overlap, with: 'pg_catalog.&&' }] },
      ],
      [
        'the operator class in words',
        'USING gist (during WITH &&)',
        { elements: [{ ...overlap, opclass: 'range_ops' }] },
      ],
      [
        'another spelling of the predicate',
        'USING gist (during WITH &&) WHERE (NOT cancelled)',
        { elements: [overlap], where: '(not "cancelled")' },
      ],
      [
        'a predicate that only the server knows again',
        "USING gist (during WITH &&) WHERE (room IN ('a', 'b'))",
        { elements: [overlap], where: "room IN ('a', 'b')" },
      ],
      [
        'an expression that only the server knows again',
        "USING gist (tsrange(lower(during), upper(during) + '1 hour') WITH &&)",
        { elements: [rooms] },
      ],
      ['hash', 'USING hash (id WITH =)', { elements: [{ column: 'id', with: '=' }], method: 'hash' }],
      [
        'btree',
        'USING btree (id WITH =) DEFERRABLE INITIALLY DEFERRED',
        { elements: [{ column: 'id', with: '=' }], method: 'btree', deferrable: 'deferred' },
      ],
    ])('is left alone: %s', async (_, tail, options) => {
      const { g } = await given(add(tail));
      expect(await g.safeCreateExclusionConstraint('bookings', 'x', options)).toMatchObject({
        status: 'unchanged',
        steps: [],
      });
    });

    test('but not proved equal by the text alone is a mismatch that says so', async () => {
      const { client, g } = await given(add('USING gist (during WITH &&) WHERE (id > 2)'));
      const options = { elements: [overlap], where: 'id > 3' };
      expect(await errorOf(g.safeCreateExclusionConstraint('bookings', 'x', options))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'predicate', expected: 'id > 3', found: '(id > 2)', proved: false }],
      });
      const plan = await guard(client, { mode: 'plan' }).safeCreateExclusionConstraint('bookings', 'x', options);
      expect(plan).toMatchObject({ status: 'planned', steps: [] });
    });

    test('by another operator class is another one', async () => {
      const { g } = await given(`CREATE TABLE bookings (at inet, EXCLUDE USING gist (at inet_ops WITH &&))`);
      const options = { elements: [{ column: 'at', opclass: 'inet_ops', with: '&&' }] };
      expect(await g.safeCreateExclusionConstraint('bookings', 'bookings_at_excl', options)).toMatchObject({
        status: 'unchanged',
      });
      const other = { elements: [{ column: 'at', with: '&&' }] };
      expect(await errorOf(g.safeCreateExclusionConstraint('bookings', 'bookings_at_excl', other))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'key 1 opclass', expected: 'the default', found: 'inet_ops' }],
      });
    });
  });

  test('the name may be taken by an index', async () => {
    const { g } = await given(`${BOOKINGS}; CREATE INDEX x ON bookings (room)`);
    expect(await errorOf(g.safeCreateExclusionConstraint('bookings', 'x', { elements: [overlap] }))).toMatchObject({
      code: 'HF_REFUSED',
      happened: 'the name x is taken.',
    });
  });

  test('a partitioned table has one where the server can, and is told where it cannot', async () => {
    const { g } = await given(
      'CREATE TABLE t (a integer, b integer) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); INSERT INTO t VALUES (1, 1), (1, 2)',
    );
    const options = {
      elements: [
        { column: 'a', with: '=' },
        { column: 'b', with: '=' },
      ],
      method: 'btree',
    };
    if (major < 17)
      expect(await errorOf(g.safeCreateExclusionConstraint('t', 'x', options))).toMatchObject({ code: 'HF_REFUSED' });
    else expect(await g.safeCreateExclusionConstraint('t', 'x', options)).toMatchObject({ status: 'applied' });
  });

  test('awkward names, columns and texts are quoted', async () => {
    const { client, g } = await given(
      `CREATE SCHEMA app; CREATE TABLE app."It's" ("C d" int4range, "spot" integer PRIMARY KEY); INSERT INTO app."It's" VALUES ('[1,3]', 1), ('[2,4]', 2)`,
    );
    const options = {
      elements: [
        { column: 'C d', with: '&&' },
        { expression: `int4range("spot", 9) -- '`, with: '&&' },
      ],
    };
    const error = await errorOf<DataViolationError>(g.safeCreateExclusionConstraint("app.It's", 'x "y"', options));
    expect(error).toMatchObject({
      count: 1,
      samples: [{ row: { 'C d': '[1,4)', spot: 1 }, conflicts_with: { spot: 2 } }],
    });
    await client.query(`DELETE FROM app."It's" WHERE spot = 2`);
    expect(await g.safeCreateExclusionConstraint("app.It's", 'x "y"', options)).toMatchObject({ status: 'applied' });
    expect(await g.safeCreateExclusionConstraint("app.It's", 'x "y"', options)).toMatchObject({ status: 'unchanged' });
  });
});
