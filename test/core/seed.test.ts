/** seed: what is inserted, what is compared, and what two deployers make of it. */
import { guard, type MismatchError, type SeedRow, sql } from '@holdfast/core';
import { expect, test } from 'vitest';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const db = useDatabase(`
  CREATE TYPE level AS ENUM ('low', 'high');
  CREATE DOMAIN short AS varchar(4);
  CREATE TABLE roles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code varchar(10) NOT NULL UNIQUE, label text, rank numeric(6, 2), level level,
    tags text[], data jsonb, raw json, born date, seen timestamptz, big bigint, bytes bytea, brief short, made timestamptz DEFAULT now());
  CREATE TABLE "Odd ""Names" ("the Key" text, "second-key" integer, "Val" text, UNIQUE ("second-key", "the Key"));
  CREATE TABLE loose (code text, label text);
  CREATE UNIQUE INDEX loose_some ON loose (code) WHERE label IS NOT NULL;
  CREATE TABLE changed (code text PRIMARY KEY, label text);
  CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.code = 'gone' THEN RETURN NULL; END IF;
    NEW.label := upper(NEW.label); RETURN NEW; END $$;
  CREATE TRIGGER shout BEFORE INSERT ON changed FOR EACH ROW EXECUTE FUNCTION shout();`);

const ROWS: readonly SeedRow[] = [
  {
    code: 'admin',
    label: "it's \\ $$ a 'label' -- ; DROP TABLE roles",
    rank: 1.239,
    level: 'high',
    tags: ['a,b', 'c"d', null],
    data: { list: [1, "o'clock"], nested: null },
    raw: { b: 1, a: 2 },
    born: '2020-02-29',
    seen: new Date('2024-05-06T07:08:09.123Z'),
    big: 9_007_199_254_740_993n,
    bytes: Buffer.from([0, 1, 255]),
    brief: 'abcd',
    made: sql`now()`,
  },
  { code: 'user', label: null, data: [1, 2], rank: sql`(SELECT 2.5)` },
];

test('inserts once what any type of column can hold, and finds the same again', async () => {
  const client = await db.connect();
  const g = guard(client);
  expect(await g.seed('roles', ROWS, { key: 'code' })).toMatchObject({ status: 'applied', rows: 2 });
  const { texts } = countQueries(client);
  expect(await g.seed('roles', ROWS, { key: ['code'] })).toMatchObject({ status: 'unchanged', steps: [] });
  expect(texts.filter((text) => text.includes('INSERT'))).toEqual([]);
  expect(await one(client, `SELECT to_jsonb(r) - '{made,big}'::text[] FROM roles r WHERE code = 'admin'`)).toEqual({
    id: 1,
    code: 'admin',
    label: "it's \\ $$ a 'label' -- ; DROP TABLE roles",
    rank: 1.24,
    level: 'high',
    tags: ['a,b', 'c"d', null],
    data: { list: [1, "o'clock"], nested: null },
    raw: { b: 1, a: 2 },
    born: '2020-02-29',
    seen: expect.stringContaining('2024-05-06'),
    bytes: '\\x0001ff',
    brief: 'abcd',
  });
  expect(await one(client, "SELECT big::text FROM roles WHERE code = 'admin'")).toBe('9007199254740993');
  const more = [...ROWS, { code: 'guest', label: 'Guest', data: null, rank: 0 }];
  expect(await g.seed('roles', more, { key: 'code' })).toMatchObject({ status: 'repaired', rows: 1 });
  // No number of the sequence was used up by rows that were there.
  expect(await one(client, "SELECT id::int FROM roles WHERE code = 'guest'")).toBe(3);
});

test('stops before any change when a row holds something else, and says what', async () => {
  const client = await db.connect();
  const g = guard(client);
  await db.run(`CREATE TABLE plans (code text PRIMARY KEY, price numeric(6, 2), note text);
    INSERT INTO plans VALUES ('free', 0, NULL), ('team', 12, 'old')`);
  const rows = [
    { code: 'new', price: 1, note: null },
    { code: 'free', price: '0.00', note: null },
    { code: 'team', price: 15, note: null },
  ];
  const error = await errorOf<MismatchError>(g.seed('plans', rows, { key: 'code' }));
  expect(error).toMatchObject({ code: 'HF_MISMATCH', left: 'Nothing was changed.' });
  expect(error.message).toMatchInlineSnapshot(`
    "seed: public.plans: it exists, but is not what is asked for:
      code = team: note: expected NULL, found old
      code = team: price: expected 15.00, found 12.00
    Nothing was changed.
    Change the migration to what the database has, or change the object first; onMismatch: 'warn' leaves it as it is and goes on."
  `);
  expect(await one(client, 'SELECT count(*)::int FROM plans')).toBe(2);
  const warned = guard(client, { onMismatch: 'warn', logger: { info: () => {}, warn: () => {}, error: () => {} } });
  expect(await warned.seed('plans', rows, { key: 'code' })).toMatchObject({ status: 'skipped' });
});

test('a text that is too long is an error, not a shorter text', async () => {
  const g = guard(await db.connect());
  for (const row of [{ code: 'longer than ten' }, { code: 'brief', brief: 'abcde' }])
    expect(await errorOf(g.seed('roles', [row], { key: 'code' }))).toMatchObject({ cause: { code: '22001' } });
  expect(await g.seed('roles', [{ code: 'brief', brief: 'abcd' }], { key: 'code' })).toMatchObject({ rows: 1 });
  expect(await errorOf(g.seed('roles', [{ code: 'brief', brief: 'abcde' }], { key: 'code' }))).toMatchObject({
    code: 'HF_MISMATCH',
    found: 'code = brief: brief: abcd',
  });
});

test('refuses a key that no unique index holds, and a column that the server alone fills', async () => {
  const g = guard(await db.connect());
  for (const key of ['code', ['code', 'label']])
    expect(await errorOf(g.seed('loose', [{ code: 'a', label: 'b' }], { key }))).toMatchObject({ code: 'HF_REFUSED' });
  expect(await errorOf(g.seed('roles', [{ id: 7, code: 'x' }], { key: 'id' }))).toMatchObject({ code: 'HF_REFUSED' });
});

test('names a missing table or column, or is skipped', async () => {
  const g = guard(await db.connect());
  expect(await errorOf(g.seed('role', [{ code: 'a' }], { key: 'code' }))).toMatchObject({
    code: 'HF_PREREQUISITE',
    missing: [{ name: 'role', nearMisses: ['public.roles'] }],
  });
  expect(await errorOf(g.seed('roles', [{ code: 'a', lable: 'b' }], { key: 'code' }))).toMatchObject({
    code: 'HF_PREREQUISITE',
    missing: [{ name: 'public.roles.lable', nearMisses: ['public.roles.label'] }],
  });
  const skipped = await g.seed('role', [{ code: 'a' }], { key: 'code', ifMissing: 'skip' });
  expect(skipped).toMatchObject({ status: 'skipped' });
});

test('finds awkward names, and a key of two columns in any order', async () => {
  const g = guard(await db.connect());
  const rows = [1, 2].map((n) => ({ 'the Key': 'k', 'second-key': n, Val: `v${n}` }));
  const key = ['the Key', 'second-key'];
  expect(await g.seed('Odd "Names', rows, { key })).toMatchObject({ status: 'applied', rows: 2 });
  expect(await g.seed('Odd "Names', rows, { key })).toMatchObject({ status: 'unchanged' });
});

test.each([
  ['changes', { code: 'low', label: 'a' }, 'HF_MISMATCH'],
  ['leaves out', { code: 'gone', label: 'A' }, 'HF_FAILED'],
])('takes back what a trigger %s', async (_what, row, code) => {
  const client = await db.connect();
  expect(await errorOf(guard(client).seed('changed', [row], { key: 'code' }))).toMatchObject({ code });
  expect(await one(client, 'SELECT count(*)::int FROM changed')).toBe(0);
});

test.each(['none', 'transaction'])('two deployers at once insert once: %s', async (form) => {
  const table = `race_${form}`;
  await db.run(
    `CREATE TABLE ${table} (id integer GENERATED BY DEFAULT AS IDENTITY, code integer PRIMARY KEY, label text)`,
  );
  const rows = Array.from({ length: 1200 }, (_, i) => ({ code: i, label: `label ${i}` }));
  const deploy = async (): Promise<number> => {
    const client = await db.connect();
    if (form === 'transaction') await client.query('BEGIN');
    const outcome = await guard(client).seed(table, rows, { key: 'code' });
    if (form === 'transaction') await client.query('COMMIT');
    return outcome.rows ?? 0;
  };
  const inserted = await Promise.all([deploy(), deploy()]);
  expect(inserted.reduce((sum, each) => sum + each, 0)).toBe(1200);
  expect(await one(await db.connect(), `SELECT count(*)::int FROM ${table}`)).toBe(1200);
});

test('a plan inserts nothing and shows the statement', async () => {
  await db.run('CREATE TABLE planned (code bigint PRIMARY KEY, at timestamptz)');
  const client = await db.connect();
  const outcome = await guard(client, { mode: 'plan' }).seed('planned', [{ code: 5n, at: sql`now()` }], {
    key: 'code',
  });
  expect(outcome).toMatchObject({ status: 'planned' });
  expect(outcome.steps[0]?.sql).toMatchInlineSnapshot(
    `"INSERT INTO "public"."planned" ("at", "code") SELECT w."at", w."code" FROM (VALUES (1, (now())::timestamp with time zone, (5)::bigint)) w (holdfast_row, "at", "code") WHERE NOT EXISTS (SELECT FROM "public"."planned" t WHERE t."code" = w."code"::bigint) ORDER BY w.holdfast_row ON CONFLICT ("code") DO NOTHING"`,
  );
  expect(await one(client, 'SELECT count(*)::int FROM planned')).toBe(0);
});
