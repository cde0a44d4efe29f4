import { type Guard, guard, type Outcome } from '@holdfast/core';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { one, useDatabase } from './support.js';

const AWKWARD = [
  'plain',
  'a'.repeat(64),
  `${'b'.repeat(61)}é and more`,
  `${'b'.repeat(60)}😀😀`,
  '😀'.repeat(20),
  `"; drop table public.canary; --`,
  `'); drop table public.canary; --`,
  `\\'; drop table public.canary; --`,
  'public.canary',
  '$1 $$ $x$ %s %I ?? ?',
  'a\\b\\',
  ' leading and trailing ',
  'line\nbreak\ttab\rreturn',
  'Mixed "Case" /* comment */ -- comment',
  'ÄÖ İı ß ﬁ 漢字 \u200b\u00a0',
  'select',
  'user',
  // aliases that statements of the engine use
  ...['picked', 'child', 'parent', 'changed', 'q', 'c', 'rows'],
];

const part = fc.constantFrom(
  ...['a', 'B', '"', '""', "'", "''", '.', '?', '$1', '$$', '\\', '\\\\', ' ', '\n', 'é', '😀', '漢', '%', ';', '--', '/*', '*/', ')', '(', '[]'],
  ...['drop table public.canary', 'select', 'null', 'E', 'x'.repeat(30), 'é'.repeat(20), '😀'.repeat(10)],
);
const randomBase = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));

/** Different names that all have the awkwardness of `base`, also after the server has cut them. */
function namesLike(base: string): (letter: string) => string {
  const [first = '', ...rest] = base;
  return (letter) => `${first}${letter}${rest.join('')}`;
}

const id = pg.escapeIdentifier;
const quoted = (object: ObjectName): string => `${id(object.schema)}.${id(object.name)}`;

describe.each(['on', 'off'])('with standard_conforming_strings %s', (setting) => {
  const db = useDatabase(`CREATE TABLE canary (id integer PRIMARY KEY); INSERT INTO canary VALUES (1), (2), (3)`);

  const live = async (base: string, transaction: boolean): Promise<void> => {
    const client = new pg.Client({ connectionString: db.url() });
    await client.connect();
    try {
      await client.query(`SET standard_conforming_strings = ${setting}; SET escape_string_warning = off; SET client_min_messages = error`);
      const before = await canary(client);
      if (transaction) await client.query('BEGIN');
      await walk(client, base);
      if (transaction) await client.query('ROLLBACK');
      expect(await canary(client)).toEqual(before);
    } finally {
      await client.end();
    }
  };

  test.each(AWKWARD)('every operation and check takes %j for a name', async (base) => {
    await live(base, false);
  });

  test.each(AWKWARD.slice(0, 12))('and inside a transaction: %j', async (base) => {
    await live(base, true);
  });

  test.each([false, true])('any name will do, in a transaction: %s', async (transaction) => {
    await fc.assert(
      fc.asyncProperty(randomBase, (base) => live(base, transaction)),
      { numRuns: 6, endOnFailure: true },
    );
  });
});

/** Rows of the table that nobody may touch, with what each change of them would change. */
function canary(client: pg.Client): Promise<unknown> {
  return one(client, `SELECT json_agg(json_build_object('id', id, 'xmin', xmin::text, 'table', tableoid::text)) FROM public.canary`);
}

/** Every operation twice, every check, in a schema of awkward names. The schema is gone afterwards. */
async function walk(client: pg.Client, base: string): Promise<void> {
  const name = namesLike(base);
  const schema = name('s');
  const [table, parent] = [
    { schema, name: name('t') },
    { schema, name: name('p') },
  ];
  const key = name('k');
  const [text, number, status] = [name('x'), name('y'), name('z')];
  await client.query(`CREATE SCHEMA ${id(schema)};
    CREATE TABLE ${quoted(parent)} (${id(key)} integer PRIMARY KEY);
    CREATE TABLE ${quoted(table)} (${id(key)} integer PRIMARY KEY);
    INSERT INTO ${quoted(parent)} VALUES (1);
    INSERT INTO ${quoted(table)} VALUES (1), (2)`);
  const g = guard(client);

  await twice(() => g.safeAddColumn(table, text, `text DEFAULT ${pg.escapeLiteral(base)}`));
  await twice(() =>
    g.safeAddColumn(
      table,
      number,
      `integer CONSTRAINT ${id(name('f'))} REFERENCES ${quoted(parent)} (${id(key)}) ON DELETE CASCADE
        CONSTRAINT ${id(name('d'))} CHECK (${id(number)} < 100) CONSTRAINT ${id(name('u'))} UNIQUE`,
    ),
  );
  await twice(() => g.safeSetComment(table, undefined, base));
  await twice(() => g.safeSetComment(table, text, `${base} of a column`));
  await twice(() => g.safeSetNotNull(table, text));
  await client.query(`ALTER TABLE ${quoted(table)} ALTER ${id(text)} DROP NOT NULL; UPDATE ${quoted(table)} SET ${id(text)} = NULL`);
  await twice(() => g.safeSetNotNull(table, text, { backfill: base }));
  await twice(() => g.safeCreateIndex(table, [text], { name: name('i') }));
  await twice(() => g.safeCreateIndex(table, [text, { column: number, order: 'desc' }]));
  await twice(() =>
    g.safeCreateIndex(table, [{ expression: `lower(${id(text)})` }], { name: name('j'), include: [number], where: `${id(number)} > 0` }),
  );
  await twice(() => g.safeCreateUniqueConstraint(table, [key, text], { name: name('v') }));
  await twice(() => g.safeCreateCheckConstraint(table, name('w'), `${id(text)} <> ${pg.escapeLiteral(`${base}!`)}`));
  await orphans(g, table, parent, key);
  await client.query(`INSERT INTO ${quoted(parent)} VALUES (2)`);
  await twice(() => g.safeAddForeignKey(table, [key], { references: { table: parent, columns: [key] }, name: name('g') }));
  await enums(g, { schema, name, table, status });
  await twice(() => g.backfill(table, { set: { [text]: `${base} set` }, where: { [key]: 1, [text]: base } }));
  await twice(() => g.backfill(table, { set: { [text]: `${base} all` } }));
  await checks(g, client, { schema, name, table, parent, key, text, number });
  await twice(() => g.safeDropColumn(table, status));
  expect(await g.columnsExist(table, [key, text, number])).toBe(true);
  const found = await client.query(CATALOG, [schema, table.name]);
  const names = [key, text, number, ...['i', 'j', 'u', 'v'].map(name), ...['f', 'd', 'u', 'v', 'w', 'g'].map(name)];
  const kept = await one(client, 'SELECT json_agg(x::name) FROM json_array_elements_text($1) x', [JSON.stringify(names)]);
  expect(found.rows[0]).toEqual({ names: kept, table_comment: base, column_comment: `${base} of a column` });
  expect(await one(client, `SELECT array_agg(DISTINCT ${id(text)}) FROM ${quoted(table)}`)).toEqual([`${base} all`]);
  await client.query(`DROP SCHEMA ${id(schema)} CASCADE`);
}

/** What stands in the catalog, in the order in which it was made. Default names of indexes are left out. */
const CATALOG = `
  SELECT (SELECT json_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
    AS names, obj_description(c.oid, 'pg_class') AS table_comment, col_description(c.oid, 2) AS column_comment
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

interface ObjectName {
  readonly schema: string;
  readonly name: string;
}

/** Runs an operation, then again: the second time there is nothing to do. */
async function twice(operation: () => Promise<Outcome>): Promise<void> {
  const { status } = await operation();
  expect(status).toBe('applied');
  const again = await operation();
  expect(again).toMatchObject({ status: 'unchanged', steps: [] });
}

async function orphans(g: Guard, table: ObjectName, parent: ObjectName, key: string): Promise<void> {
  const options = { references: { table: parent, column: key }, select: [key], where: { [key]: 2 } };
  const found = await g.findOrphans(table, key, options);
  expect(found).toEqual({ count: 1, atLeast: false, samples: [{ [cut(key)]: 2 }] });
}

/** Text cut to the 63 bytes that a label may have, between characters. */
function cut(text: string): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > 63) break;
    kept += character;
  }
  return kept;
}
