import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { open } from './open.js';

type Make = (t: Knex.CreateTableBuilder, db: Knex) => unknown;

/** What Knex stores otherwise, if at all: the value that a new row gets must be the one that was written. */
const VALUES: readonly (readonly [string, Make, string])[] = [
  ['a question mark', (t) => t.text('v').defaultTo('a?b'), 'a?b'],
  ['a question mark behind a backslash', (t) => t.text('v').defaultTo('a\\?b'), 'a\\?b'],
  ['a question mark behind two backslashes', (t) => t.text('v').defaultTo('a\\\\?b'), 'a\\\\?b'],
  ['a question mark in a raw', (t, db) => t.text('v').defaultTo(db.raw("'a?b'")), 'a?b'],
  ['a question mark escaped in a raw', (t, db) => t.text('v').defaultTo(db.raw("'a\\?b'")), 'a?b'],
  ['a question mark escaped twice, as Knex needs it', (t, db) => t.text('v').defaultTo(db.raw("'a\\\\?b'")), 'a?b'],
  ['a question mark bound to a raw', (t, db) => t.text('v').defaultTo(db.raw('?', ['a?b'])), 'a?b'],
  ['a question mark in JSON', (t) => t.json('v').defaultTo({ a: '?' }), '{"a":"?"}'],
  ['a quote in JSON', (t) => t.json('v').defaultTo({ a: "o'k" }), '{"a":"o\'k"}'],
  ['quotes in JSON that would end the literal', (t) => t.json('v').defaultTo({ a: "' || '" }), '{"a":"\' || \'"}'],
  ['a quote and a backslash in JSON', (t) => t.json('v').defaultTo(["'", 'a\nb']), '["\'","a\\nb"]'],
  ['a question mark in a label', (t) => t.enu('v', ['a?', 'b']).defaultTo('a?'), 'a?'],
  [
    'a backslash in a label',
    (t) => t.enu('v', ['a\\b', 'c?'], { useNative: true, enumName: 'odd' }).defaultTo('a\\b'),
    'a\\b',
  ],
  ['a question mark in a check', (t) => t.text('v').defaultTo('?').checkIn(['?', '??']), '?'],
];

test.each(VALUES)('%s is stored as it is written', async (_name, make, wanted) => {
  const { db, url } = await open();
  const callback = (t: Knex.CreateTableBuilder): unknown => make(t, db);
  await guard(db).safeAddColumn('users', callback);
  expect(await execute(url, 'INSERT INTO users (id) VALUES (100) RETURNING v::text AS v')).toEqual([{ v: wanted }]);
  expect((await guard(db).safeAddColumn('users', callback)).status).toBe('unchanged');
});

test('a comment is stored as it is written', async () => {
  const { db, url } = await open();
  await guard(db).safeAddColumn('users', (t) => t.string('email').comment("why? it's \\d"));
  expect(await execute(url, "SELECT col_description('users'::regclass, 3) AS text")).toEqual([
    { text: "why? it's \\d" },
  ]);
});

test('the values of a check of the table, which Knex leaves out, are in it', async () => {
  const { db, url } = await open();
  await guard(db).safeAddColumn('users', (t) => {
    t.text('kind');
    t.check('?? <> ?', ['kind', "o'?"] as never, 'known_kind');
  });
  expect(
    await execute(url, "SELECT pg_get_expr(conbin, conrelid) AS text FROM pg_constraint WHERE conname = 'known_kind'"),
  ).toEqual([{ text: "(kind <> 'o''?'::text)" }]);
});
