/** An index is known again whatever it is made of, also after a restore of a dump; and no two different ones are taken for each other. */
import { guard, type IndexColumn, type IndexOptions } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const SETUP = `
  CREATE SCHEMA app;
  CREATE COLLATION app."C" FROM "POSIX";
  CREATE TABLE app.t (id integer PRIMARY KEY, a text, b varchar(20), n integer, price numeric(10, 2), at timestamptz, doc jsonb, words tsvector, spot point,
    span int4range, c text COLLATE "C", "Mixed ""Case""" text);
  INSERT INTO app.t (id, a, b, n, at) SELECT i, 'a' || i, 'b' || i, i, '2024-01-01' FROM generate_series(1, 20) i`;

type Definition = readonly [columns: readonly IndexColumn[], options?: IndexOptions];

/** No two of them are the same. */
const DEFINITIONS: Readonly<Record<string, Definition>> = {
  column: [['a']],
  'another column': [['b']],
  columns: [['a', 'n']],
  'columns the other way round': [['n', 'a']],
  descending: [[{ column: 'a', order: 'desc' }]],
  'descending, NULLs last': [[{ column: 'a', order: 'desc', nulls: 'last' }]],
  'NULLs first': [[{ column: 'a', nulls: 'first' }]],
  unique: [['a'], { unique: true }],
  'another collation': [[{ column: 'a', collation: 'C' }]],
  'a collation of the same name': [[{ column: 'a', collation: 'app.C' }]],
  'an operator class': [[{ column: 'a', opclass: 'text_pattern_ops' }]],
  'an operator class for a varchar': [[{ column: 'b', opclass: 'varchar_pattern_ops' }]],
  carrying: [['a'], { include: ['n'] }],
  'carrying more': [['a'], { include: ['n', 'b'] }],
  'in quotes': [['Mixed "Case"']],
  'a fill factor': [['a', 'id'], { with: { fillfactor: 70 } }],
  'another fill factor': [['a', 'id'], { with: { FillFactor: '80' } }],
  'without deduplication': [['a', 'id'], { with: { deduplicate_items: false } }],
  expression: [[{ expression: 'lower(a)' }]],
  'another expression': [[{ expression: 'upper(a)' }]],
  'expression of a varchar': [[{ expression: 'lower(b)' }]],
  'expression, descending': [[{ expression: 'lower(a)', order: 'desc' }]],
  'expression, another collation': [[{ expression: 'lower(a)', collation: 'C' }]],
  'expression, an operator class': [[{ expression: 'lower(a)', opclass: 'text_pattern_ops' }]],
  arithmetic: [[{ expression: 'n * 2 + id' }]],
  'a cast': [[{ expression: "(doc ->> 'size')::integer" }]],
  'a case': [[{ expression: "CASE WHEN n > 5 THEN 'big' ELSE 'small' END" }]],
  partial: [['a'], { where: 'n > 5' }],
  'partial, another limit': [['a'], { where: 'n > 6' }],
  'partial, not null': [['a'], { where: 'at IS NOT NULL' }],
  'partial, a list': [['n'], { where: "b IN ('x', 'y')" }],
  'partial, a longer list': [['n'], { where: "b IN ('x', 'y', 'z')" }],
  'partial, a list of texts': [['n'], { where: "a IN ('x', 'y')" }],
  'partial, a list of numbers': [['a'], { where: 'n IN (1, 2, 3)' }],
  'partial, between': [['a'], { where: 'price BETWEEN 1 AND 2.5' }],
  'partial, like': [['n'], { where: "b LIKE 'x%' OR b IS NULL" }],
  'partial, a date': [['n'], { where: "at > '2024-02-03 00:00:00+00'" }],
  hash: [['a'], { method: 'hash' }],
  brin: [['at', 'n'], { method: 'brin' }],
  'brin, of ranges': [['at'], { method: 'brin', with: { pages_per_range: 16, autosummarize: 'on' } }],
  gin: [['doc'], { method: 'gin' }],
  'gin, an operator class': [[{ column: 'doc', opclass: 'jsonb_path_ops' }], { method: 'gin' }],
  'gin of words': [[{ expression: "to_tsvector('english', a)" }], { method: 'gin' }],
  'gin of words in another language': [[{ expression: "to_tsvector('simple', a)" }], { method: 'gin' }],
  gist: [['spot'], { method: 'gist' }],
  'gist of ranges': [['span'], { method: 'gist' }],
  spgist: [['a'], { method: 'spgist' }],
};
const SINCE_15: Readonly<Record<string, Definition>> = {
  'NULLs not distinct': [['a'], { unique: true, nullsNotDistinct: true }],
};

const IN_FULL = "b::text = ANY ((ARRAY['x'::varchar, 'y'::varchar])::text[])";

/** What may be written otherwise and still be the same. */
const SPELLINGS: readonly (readonly [first: Definition, then: Definition])[] = [
  [
    [['a'], { with: { fillfactor: 70 } }],
    [['a'], { with: { FILLFACTOR: '70' } }],
  ],
  [
    [['doc'], { method: 'gin', with: { fastupdate: false } }],
    [['doc'], { method: 'gin', with: { fastupdate: 'OFF' } }],
  ],
  [
    [['a'], { where: 'n > 5' }],
    [['a'], { where: '(n>5)' }],
  ],
  [
    [['n'], { where: "b IN ('x', 'y')" }],
    [['n'], { where: IN_FULL }],
  ],
  [
    [['n'], { where: "b <> 'x'" }],
    [['n'], { where: "b != 'x'" }],
  ],
  [[[{ expression: 'lower(a)' }]], [[{ expression: 'LOWER( "a" )' }]]],
  [[[{ column: 'c', collation: 'C' }]], [['c']]],
  [[['c']], [[{ column: 'c', collation: 'pg_catalog.C' }]]],
  [
    [[{ column: 'a', opclass: 'text_ops' }]],
    [[{ column: 'a', opclass: 'pg_catalog.text_ops', order: 'asc', nulls: 'last' }]],
  ],
  [[['a'], { method: 'btree', include: [] }], [['a']]],
];

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);
  const definitions = { ...DEFINITIONS, ...(major >= 15 ? SINCE_15 : {}) };
  const all = Object.entries(definitions);
  /** What stands around it in the list, where those are that look alike. */
  const neighbours = (name: string): typeof all => {
    const at = all.findIndex(([each]) => each === name);
    return major === 18 ? all.filter((_, i) => i !== at && Math.abs(i - at) <= 5) : [];
  };
  const ask = (client: pg.Client, [columns, options = {}]: Definition): Promise<{ status: string }> =>
    guard(client).safeCreateIndex('app.t', columns, { name: 'i', ...options });

  test.each(all)('%s: is known again, and as nothing else', async (name, definition) => {
    const client = await db.connect();
    await client.query("DROP INDEX IF EXISTS app.i; SET TimeZone = 'UTC'");
    expect(await ask(client, definition)).toMatchObject({ status: 'applied' });
    expect(await ask(client, definition)).toMatchObject({ status: 'unchanged' });
    // As pg_dump writes it and psql restores it.
    const dumped = await one<string>(client, "SELECT pg_get_indexdef('app.i'::regclass)");
    await client.query(`DROP INDEX app.i; SET search_path = ''; ${dumped}; RESET search_path`);
    expect(await ask(client, definition)).toMatchObject({ status: 'unchanged' });
    const taken: string[] = [];
    for (const [other, wanted] of neighbours(name)) {
      const end = await ask(client, wanted).catch((error: { code: string }) => error.code);
      if (end !== 'HF_MISMATCH') taken.push(other);
    }
    expect(taken).toEqual([]);
  });

  test.each(SPELLINGS.map(([first, then]) => ({ first, then, title: JSON.stringify(then) })))(
    'in other words the same: $title',
    async ({ first, then }) => {
      const client = await db.connect();
      await client.query('DROP INDEX IF EXISTS app.i');
      await ask(client, first);
      expect(await ask(client, then)).toMatchObject({ status: 'unchanged' });
    },
  );

  test('what cannot be proved is said, unless it is accepted', async () => {
    const client = await db.connect();
    await client.query('DROP INDEX IF EXISTS app.i; CREATE INDEX i ON app.t (a) WHERE n + 1 > 5');
    const error = await errorOf(ask(client, [['a'], { where: 'n > 4' }]));
    expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'predicate', proved: false }] });
    const accepting = guard(client, { onUnproved: 'accept' });
    expect(await accepting.safeCreateIndex('app.t', ['a'], { name: 'i', where: 'n > 4' })).toMatchObject({
      status: 'unchanged',
    });
  });

  test('the same under another name is found, also in other words', async () => {
    const client = await db.connect();
    await client.query("DROP INDEX IF EXISTS app.i; CREATE INDEX other ON app.t (n) WHERE b IN ('x', 'y')");
    expect(await ask(client, [['n'], { where: IN_FULL }])).toMatchObject({
      status: 'unchanged',
      reason: 'there under the name other',
    });
    await client.query('DROP INDEX app.other');
  });
});
