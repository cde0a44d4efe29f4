import { type Guard, guard, type MismatchError, type RefusedError } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const TABLES = `
  CREATE TYPE status AS ENUM ('a', 'b', 'c');
  CREATE DOMAIN not_enum AS text;
  CREATE TABLE users (id integer PRIMARY KEY, status status, note text);
  INSERT INTO users VALUES (1, 'a', NULL), (2, NULL, 'x')`;
const FRESH = 'DROP TABLE IF EXISTS users; DROP TYPE IF EXISTS status, fresh; DROP DOMAIN IF EXISTS not_enum;';

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  const fresh = async (): Promise<{ client: pg.Client; g: Guard }> => {
    const client = await db.connect();
    await client.query(`SET client_min_messages = error; ${FRESH} ${TABLES}`);
    return { client, g: guard(client) };
  };

  test('a value goes to the end, or beside the one named, and stays there', async () => {
    const { g } = await fresh();
    expect(await g.safeAddEnumValue('status', 'z')).toMatchObject({ status: 'applied', target: 'public.status.z' });
    expect(await g.safeAddEnumValue('status', 'b2', { after: 'b' })).toMatchObject({ status: 'applied' });
    expect(await g.safeAddEnumValue('public.status', '0', { before: 'a' })).toMatchObject({ status: 'applied' });
    expect(await g.enumValues('status')).toEqual(['0', 'a', 'b', 'b2', 'c', 'z']);
    expect(await g.safeAddEnumValue('status', 'z')).toMatchObject({ status: 'unchanged', roundTrips: 1 });
    expect(await g.safeAddEnumValue('status', 'b2', { after: 'b' })).toMatchObject({ status: 'unchanged' });
    expect(await g.safeAddEnumValue('status', 'b2', { before: 'c' })).toMatchObject({ status: 'unchanged' });
    expect(await g.safeAddEnumValue('status', '0', { before: 'a' })).toMatchObject({ status: 'unchanged' });
    expect(await g.safeAddEnumValue('status', 'b')).toMatchObject({ status: 'unchanged' });
  });

  test.each(['after', 'before'] as const)(
    'several values put directly %s the same one are all in place',
    async (side) => {
      const { g } = await fresh();
      const values = ['x', 'y', 'z'];
      for (const value of values) await g.safeAddEnumValue('status', value, { [side]: 'b' });
      expect(await g.enumValues('status')).toEqual(
        side === 'after' ? ['a', 'b', 'z', 'y', 'x', 'c'] : ['a', 'x', 'y', 'z', 'b', 'c'],
      );
      for (const value of values)
        expect(await g.safeAddEnumValue('status', value, { [side]: 'b' })).toMatchObject({ status: 'unchanged' });
    },
  );

  test('several values come one outcome each', async () => {
    const { g } = await fresh();
    const outcomes = await g.safeAddEnumValues('status', ['c', 'd', 'e']);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['unchanged', 'applied', 'applied']);
    expect(await g.enumValues('status')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a value on the wrong side of its neighbour is a proved mismatch', async () => {
    const { g } = await fresh();
    const error = await errorOf<MismatchError>(g.safeAddEnumValue('status', 'a', { after: 'b' }));
    expect(error).toMatchObject({ code: 'HF_MISMATCH', target: 'public.status.a' });
    expect(error.differences).toEqual([
      { path: 'position', expected: "directly after 'b'", found: 'a, b, c', proved: true },
    ]);
    expect(await errorOf(g.safeAddEnumValue('status', 'c', { before: 'a' }))).toMatchObject({
      differences: [{ proved: true }],
    });
  });

  test('a value with older ones between it and its neighbour is an unproved mismatch', async () => {
    const { client, g } = await fresh();
    const error = await errorOf<MismatchError>(g.safeAddEnumValue('status', 'c', { after: 'a' }));
    expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'position', proved: false }] });
    const lenient = guard(client, { onUnproved: 'accept' });
    expect(await lenient.safeAddEnumValue('status', 'c', { after: 'a' })).toMatchObject({ status: 'unchanged' });
  });

  test('what stands in the way is said before any change', async () => {
    const { g } = await fresh();
    expect(await errorOf(g.safeAddEnumValue('status', 'd', { after: 'nowhere' }))).toMatchObject({
      code: 'HF_REFUSED',
    });
    expect(await errorOf(g.safeAddEnumValue('statu', 'd'))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'type', name: 'statu', nearMisses: ['public.status'] }],
    });
    expect(await errorOf(g.safeAddEnumValue('not_enum', 'd'))).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'kind', expected: 'enum', found: 'domain' }],
    });
    expect(await errorOf(g.safeCreateEnum('status', ['a', 'c', 'b']))).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'values', expected: 'a, c, b', found: 'a, b, c', proved: true }],
    });
    expect(await g.enumValues('status')).toEqual(['a', 'b', 'c']);
  });

  test('a label longer than 63 bytes is refused before anything is sent', async () => {
    const { client, g } = await fresh();
    const count = countQueries(client);
    const long = 'é'.repeat(32);
    for (const call of [
      () => g.safeAddEnumValue('status', long),
      () => g.safeAddEnumValue('status', 'd', { after: long }),
      () => g.safeAddEnumValues('status', ['d', long]),
      () => g.safeCreateEnum('fresh', ['a', long]),
    ])
      expect(await errorOf(call())).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(count.sent).toBe(0);
    expect(await g.safeAddEnumValue('status', `${'é'.repeat(31)}x`)).toMatchObject({ status: 'applied' });
  });

  describe('a label that this transaction has added', () => {
    const USES: readonly (readonly [string, (g: Guard) => Promise<unknown>])[] = [
      ['the default of a new column', (g) => g.safeAddColumn('users', 'next', "status DEFAULT 'new'")],
      ['a default with a cast', (g) => g.safeAddColumn('users', 'next', "status NOT NULL DEFAULT 'new'::status")],
      ['the predicate of an index', (g) => g.safeCreateIndex('users', ['id'], { where: "status = 'new'" })],
      [
        'the predicate of a unique index',
        (g) => g.safeCreateIndex('users', ['id'], { unique: true, where: "status = 'new'" }),
      ],
      ['an expression of an index', (g) => g.safeCreateIndex('users', [{ expression: "(status = 'new')" }])],
      ['a check', (g) => g.safeCreateCheckConstraint('users', 'old', "status <> 'new'")],
      ['the set of a backfill', (g) => g.backfill('users', { set: { status: 'new' }, where: { status: null } })],
      ['the where of a backfill', (g) => g.backfill('users', { set: { note: 'y' }, where: { status: 'new' } })],
      ['the fill of a NOT NULL', (g) => g.safeSetNotNull('users', 'status', { backfill: 'new' })],
    ];

    test.each(USES)('is not used in %s; the transaction goes on', async (_what, use) => {
      const { client, g } = await fresh();
      await client.query('BEGIN');
      await g.safeAddColumn('users', 'before', 'integer');
      await g.safeAddEnumValue('status', 'new');
      const before = await catalog(client);
      const error = await errorOf<RefusedError>(use(g));
      expect(error).toMatchObject({ code: 'HF_REFUSED' });
      expect(error.happened).toContain("'new'");
      expect(error.hint).toBe('COMMIT after adding the value, and use it in the next transaction.');
      expect(await catalog(client)).toEqual(before);
      expect(await g.safeAddColumn('users', 'after', 'integer')).toMatchObject({ status: 'applied' });
      await client.query('COMMIT');
      expect(await g.columnsExist('users', ['before', 'after'])).toBe(true);
      expect(await use(g)).toMatchObject({ status: expect.stringMatching(/applied|unchanged/) });
    });

    test.each([
      ["it's", "'it''s'"],
      ["it's", "$$it's$$"],
      ["it's", "E'it\\'s'"],
      ['a\\b', "'a\\b'"],
      ['a\\b', "E'a\\\\b'"],
      ["\\'", "E'\\\\\\''"],
    ])('is known as %j also where it is written %s', async (label, literal) => {
      const { client, g } = await fresh();
      await client.query('BEGIN');
      await g.safeAddEnumValue('status', label);
      const use = (): Promise<unknown> => g.safeAddColumn('users', 'next', `status DEFAULT ${literal}`);
      expect(await errorOf(use())).toMatchObject({ code: 'HF_REFUSED' });
      await client.query('COMMIT');
      expect(await use()).toMatchObject({ status: 'applied' });
      expect(await use()).toMatchObject({ status: 'unchanged' });
    });

    test('is not used in what a new column carries; the column stays and the error says so', async () => {
      const { client, g } = await fresh();
      await client.query('BEGIN');
      await g.safeAddEnumValue('status', 'new');
      const use = (): Promise<unknown> => g.safeAddColumn('users', 'next', "status CHECK (next <> 'new')");
      const error = await errorOf<RefusedError>(use());
      expect(error).toMatchObject({ code: 'HF_REFUSED', operation: 'safeCreateCheckConstraint' });
      expect(error.left).toContain('ADD COLUMN "next" status');
      await client.query('COMMIT');
      expect(await use()).toMatchObject({ status: 'repaired' });
    });

    test('may stand as a text where no enum is meant', async () => {
      const { client, g } = await fresh();
      await client.query('BEGIN');
      await g.safeAddEnumValue('status', 'new');
      expect(await g.safeAddColumn('users', 'word', "text NOT NULL DEFAULT 'new'")).toMatchObject({
        status: 'applied',
      });
      expect(await g.backfill('users', { set: { note: 'new' } })).toMatchObject({ status: 'applied', rows: 2 });
      expect(await g.safeCreateCheckConstraint('users', 'noted', "note = 'new'")).toMatchObject({ status: 'applied' });
      await client.query('COMMIT');
    });

    test.each([
      ['released', 'RELEASE outer_one', true],
      ['released inside another', 'SAVEPOINT inner_one; RELEASE outer_one', true],
      ['still open', 'SELECT 1', true],
      ['rolled back', 'ROLLBACK TO outer_one', false],
    ])('counts as its own when the savepoint it came in is %s', async (_what, end, added) => {
      const { client, g } = await fresh();
      await client.query('BEGIN; SAVEPOINT outer_one');
      await g.safeAddEnumValue('status', 'new');
      await client.query(end);
      expect(await g.enumValueExists('status', 'new')).toBe(added);
      if (added) {
        expect(await errorOf(g.safeAddColumn('users', 'next', "status DEFAULT 'new'"))).toMatchObject({
          code: 'HF_REFUSED',
        });
      }
      expect(await g.safeAddColumn('users', 'other', "status DEFAULT 'a'")).toMatchObject({ status: 'applied' });
      await client.query('COMMIT');
    });

    test('is usable at once in a type of the same transaction, where the server lets it', async () => {
      const { client, g } = await fresh();
      await client.query('BEGIN');
      await g.safeCreateEnum('fresh', ['one']);
      expect(await g.safeAddColumn('users', 'first', "fresh DEFAULT 'one'")).toMatchObject({ status: 'applied' });
      await g.safeAddEnumValue('fresh', 'two');
      const use = (): Promise<unknown> => g.safeAddColumn('users', 'second', "fresh DEFAULT 'two'");
      if (major >= 17) {
        expect(await use()).toMatchObject({ status: 'applied' });
        expect(await use()).toMatchObject({ status: 'unchanged' });
      } else {
        expect(await errorOf(use())).toMatchObject({ code: 'HF_REFUSED' });
      }
      await client.query('COMMIT');
      expect(await use()).toMatchObject({ status: major >= 17 ? 'unchanged' : 'applied' });
    });
  });

  test('labels that another session commits meanwhile are nobody else’s business', async () => {
    const { client: mine, g } = await fresh();
    const other = await db.connect();
    await mine.query('BEGIN');
    const own = await one<string>(mine, 'SELECT pg_current_xact_id()');
    await other.query("BEGIN; SAVEPOINT one; ALTER TYPE status ADD VALUE 'theirs'; RELEASE one; COMMIT");
    const theirs = await one<string>(mine, "SELECT xmin FROM pg_enum WHERE enumlabel = 'theirs'");
    expect(BigInt(theirs)).toBeGreaterThan(BigInt(own) % 2n ** 32n);
    const texts = countQueries(mine).texts;
    expect(await g.safeAddColumn('users', 'next', "status DEFAULT 'theirs'")).toMatchObject({ status: 'applied' });
    // not even tried out
    expect(texts.filter((text) => text.includes('holdfast_label'))).toEqual([]);
    await mine.query('COMMIT');
  });
});

/** What a refused operation must not have changed. */
function catalog(client: pg.Client): Promise<unknown> {
  return one(
    client,
    `SELECT json_build_object('rows', (SELECT json_agg(u ORDER BY id) FROM users u),
       'columns', (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'users'::regclass),
       'indexes', (SELECT count(*) FROM pg_index WHERE indrelid = 'users'::regclass),
       'constraints', (SELECT count(*) FROM pg_constraint WHERE conrelid = 'users'::regclass))`,
  );
}
