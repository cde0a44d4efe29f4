/** What a backfill writes and compares: values of every kind, and conditions as people write them. */
import { type Condition, guard, sql } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from './support.js';

const db = useDatabase();

describe('a where', () => {
  test.each([
    ['undefined', undefined],
    ['an array', ['a']],
    ['of type object', { a: 1 }],
    ['of type object', sql`now()`],
    ['of type function', () => 1],
  ])('with a value that is %s is refused before any SQL', async (what, s) => {
    const g = guard(await db.connect());
    const where: Condition = { s };
    const orphans = { references: { table: 'b', column: 'c' }, where };
    for (const call of [
      () => g.backfill('no_table', { set: { a: 1 }, where }),
      () => g.findOrphans('a', 'b', orphans),
    ]) {
      const error = await errorOf(call());
      expect(error).toMatchObject({ code: 'HF_ARGUMENT' });
      expect(error.message).toContain(`the value is ${what}:`);
    }
  });

  test.each([
    ['text', "v IS NULL OR v = '-- no' -- why"],
    ['fragment', sql`v IS NULL -- why`],
  ])('of %s may end in a comment', async (name, where) => {
    await db.run(`CREATE TABLE remarked_${name} (id integer PRIMARY KEY, v text);
      INSERT INTO remarked_${name} VALUES (1), (2), (3)`);
    const g = guard(await db.connect());
    const change = { set: { v: sql`'x' -- a value` }, where, batchSize: 1 };
    expect(await g.backfill(`remarked_${name}`, change)).toMatchObject({ rows: 3 });
    expect(await g.backfill(`remarked_${name}`, { set: { v: sql`'y' -- a value` } })).toMatchObject({ rows: 3 });
    const found = { references: { table: `remarked_${name}`, column: 'id' }, where: 'id > 1 -- not the first' };
    expect(await g.findOrphans(`remarked_${name}`, 'id', found)).toMatchObject({ count: 0 });
  });
});

test.each([
  ['a function', () => 'lower(t)'],
  ['a function', async () => 'lower(t)'],
  ['a symbol', Symbol('x')],
  ['a promise or a query', Promise.resolve('x')],
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['an invalid Date', new Date(Number.NaN)],
  ['a function', ['a', () => 1]],
])('%s is no new value: refused before any SQL', async (what, v) => {
  const g = guard(await db.connect());
  for (const call of [
    () => g.backfill('no_table', { set: { v } }),
    () => g.safeSetNotNull('no_table', 'v', { backfill: v }),
    () => g.seed('no_table', [{ id: 1, v }], { key: 'id' }),
  ]) {
    const error = await errorOf(call());
    expect(error).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(error.message).toContain(`v: its new value is ${what}`);
  }
  const nested = await errorOf(g.backfill('no_table', { set: { v: sql`lower(${v})` } }));
  expect(nested).toMatchObject({ code: 'HF_ARGUMENT' });
});

describe('a set without where', () => {
  test.each([
    ['json', { a: [1, "it's"] }, `'{"a": 1}'`],
    ['json', ['a', 1], 'NULL'],
    ['jsonb', ['a', 1], `'[1]'`],
    ['point', '(1, 2)', `'(0,0)'`],
    ['xml', '<a/>', 'NULL'],
    ['json[]', ['{"a": 1}', null], 'NULL'],
    ['text[]', ['a', 'b "c" \\ {d}', '', 'NULL', null], `'{a}'`],
    ['text[]', [], 'NULL'],
    [
      'integer[]',
      [
        [1, 2],
        [3, 4],
      ],
      `'{1}'`,
    ],
    ['boolean[]', [true, false], 'NULL'],
    ['bytea[]', [Buffer.from([0, 92, 255])], 'NULL'],
    ['timestamptz[]', [new Date(0)], 'NULL'],
    ['jsonb[]', [{ a: 'it"s' }], 'NULL'],
    ['tags', ['x'], 'NULL'],
    ['document', { a: 1 }, 'NULL'],
  ])('%s = %j changes what differs, once', async (type, value, old) => {
    const client = await db.connect();
    await client.query(`DO $$ BEGIN
      IF to_regtype('tags') IS NULL THEN CREATE DOMAIN tags AS text[]; CREATE DOMAIN paper AS json; CREATE DOMAIN document AS paper; END IF; END $$;
      DROP TABLE IF EXISTS typed; CREATE TABLE typed (id integer PRIMARY KEY, v ${type}); INSERT INTO typed VALUES (1, ${old}), (2, NULL)`);
    const g = guard(client);
    expect(await g.backfill('typed', { set: { v: value } })).toMatchObject({ status: 'applied', rows: 2 });
    expect(await g.backfill('typed', { set: { v: value } })).toMatchObject({ status: 'unchanged', rows: 0 });
    if (type === 'point' || type === 'xml' || type === 'json[]') return;
    const stored = await one(client, 'SELECT to_jsonb(v) FROM typed WHERE id = 1');
    const plain: unknown = type === 'timestamptz[]' || type === 'bytea[]' ? stored : value;
    expect(stored).toEqual(plain);
  });

  test('an expression in a JavaScript array is refused with the cure', async () => {
    await db.run('CREATE TABLE tagged (id integer PRIMARY KEY, v text[])');
    const g = guard(await db.connect());
    const error = await errorOf(g.backfill('tagged', { set: { v: [sql`now()`] } }));
    expect(error).toMatchObject({
      code: 'HF_ARGUMENT',
      hint: 'Write the whole array as an expression: sql`ARRAY[…]`.',
    });
  });

  test('safeSetNotNull fills a column of arrays', async () => {
    await db.run('CREATE TABLE filled (id integer PRIMARY KEY, v text[]); INSERT INTO filled VALUES (1), (2)');
    const client = await db.connect();
    expect(await guard(client).safeSetNotNull('filled', 'v', { backfill: ['a', 'b'] })).toMatchObject({ rows: 2 });
    expect(await one(client, 'SELECT v FROM filled LIMIT 1')).toEqual(['a', 'b']);
  });
});
