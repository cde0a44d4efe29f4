/** What safeConvertEnumToCheck, safeRenameEnum and safeRenameEnumValue keep, and what stops them. */
import { type DependencyError, type Guard, type GuardOptions, guard } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);

  async function fresh(setup = '', options: GuardOptions = {}): Promise<{ client: pg.Client; g: Guard }> {
    const client = await db.connect();
    await client.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app;
      SET search_path = app, public; CREATE TYPE kind AS ENUM ('b', 'a', 'it''s');${setup}`);
    return { client, g: guard(client, options) };
  }

  test('a column becomes text: values, NULLs, NOT NULL, default and indexes stay, and only the values are taken', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE t (id integer PRIMARY KEY, "The kind" kind NOT NULL DEFAULT 'it''s', UNIQUE ("The kind", id), past kind[] DEFAULT ARRAY['a'::kind], CONSTRAINT there CHECK ("The kind" IS NOT NULL));
      INSERT INTO t VALUES (1, 'it''s', '{a,NULL}'), (2, 'b', NULL), (3, 'a', '{{a,b},{b,NULL}}')`);
    expect(await g.safeConvertEnumToCheck('t', 'The kind')).toMatchObject({
      status: 'applied',
      target: 'app.t.The kind',
    });
    expect(await g.safeConvertEnumToCheck('t', 'The kind')).toMatchObject({ status: 'unchanged', steps: [] });
    expect(await g.safeConvertEnumToCheck('t', 'past')).toMatchObject({ status: 'applied' });
    expect(await g.safeConvertEnumToCheck('t', 'past')).toMatchObject({ status: 'unchanged' });
    expect(await one(client, 'SELECT json_agg(t ORDER BY id) FROM t')).toEqual([
      { id: 1, 'The kind': "it's", past: ['a', null] },
      { id: 2, 'The kind': 'b', past: null },
      {
        id: 3,
        'The kind': 'a',
        past: [
          ['a', 'b'],
          ['b', null],
        ],
      },
    ]);
    expect([await g.columnType('t', 'The kind'), await g.columnType('t', 'past')]).toEqual(['text', 'text[]']);
    await client.query('INSERT INTO t (id) VALUES (4)');
    expect(await one(client, 'SELECT json_build_array("The kind", past) FROM t WHERE id = 4')).toEqual(["it's", ['a']]);
    for (const wrong of [`("The kind") VALUES ('c')`, `(id, past) VALUES (5, '{a,c}')`])
      expect(
        await errorOf(
          client.query(`INSERT INTO t ${wrong.replace('("The', '(id, "The').replace("('c')", "(5, 'c')")}`),
        ),
      ).toMatchObject({ code: '23514' });
    expect(await errorOf(client.query('UPDATE t SET "The kind" = NULL'))).toMatchObject({ code: '23502' });
    // The default of the array is an expression of the type.
    expect(await errorOf(g.safeDropEnum('kind'))).toMatchObject({
      dependents: ['default value for column past of table t'],
    });
    await client.query("ALTER TABLE t ALTER past SET DEFAULT '{a}'");
    expect(await g.safeDropEnum('kind')).toMatchObject({ status: 'applied' });
    expect(await g.safeDropEnum('kind')).toMatchObject({ status: 'unchanged', roundTrips: 1 });
  });

  test('a column that is text already is finished with the values given, and not without', async () => {
    const { client, g } = await fresh("CREATE TABLE t (k text); INSERT INTO t VALUES ('a'), ('c'), (NULL)");
    expect(await errorOf(g.safeConvertEnumToCheck('t', 'k'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await errorOf(g.safeConvertEnumToCheck('t', 'k', { values: ['a', 'b'] }))).toMatchObject({
      code: 'HF_DATA',
      count: 1,
    });
    expect(await one(client, "SELECT count(*)::int FROM pg_constraint WHERE conrelid = 'app.t'::regclass")).toBe(0);
    expect(await g.safeConvertEnumToCheck('t', 'k', { values: ['a', 'c'] })).toMatchObject({ status: 'repaired' });
    expect(await g.safeConvertEnumToCheck('t', 'k')).toMatchObject({ status: 'unchanged' });
    expect(await errorOf(g.safeConvertEnumToCheck('t', 'k', { values: ['a'] }))).toMatchObject({ code: 'HF_MISMATCH' });
  });

  test('partitions go along; defaults of their own stop it', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE p (id integer, k kind DEFAULT 'a') PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p (k DEFAULT 'b') FOR VALUES FROM (0) TO (10);
      INSERT INTO p VALUES (1, 'a')`);
    expect(await errorOf(g.safeConvertEnumToCheck('p', 'k'))).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: ['table p1'],
    });
    expect(await errorOf(g.safeConvertEnumToCheck('p1', 'k'))).toMatchObject({ code: 'HF_REFUSED' });
    await client.query("ALTER TABLE p1 ALTER k SET DEFAULT 'a'");
    expect(await g.safeConvertEnumToCheck('p', 'k')).toMatchObject({ status: 'applied' });
    expect(await g.columnType('p1', 'k')).toBe('text');
    expect(await errorOf(client.query("INSERT INTO p VALUES (2, 'c')"))).toMatchObject({ code: '23514' });
  });

  test('whatever the column cannot be taken from is named', async () => {
    const { g } = await fresh(`
      CREATE TABLE t (id integer PRIMARY KEY, k kind UNIQUE CONSTRAINT not_b CHECK (k <> 'b')); CREATE TABLE r (k kind REFERENCES t (k));
      CREATE INDEX some_a ON t (id) WHERE k = 'a'; CREATE VIEW v AS SELECT k FROM t; CREATE TABLE x (k integer)`);
    const { dependents } = await errorOf<DependencyError>(g.safeConvertEnumToCheck('t', 'k'));
    expect(dependents).toEqual([
      'constraint not_b on table t',
      'constraint r_k_fkey on table r',
      'index some_a',
      'view v',
    ]);
    expect(await errorOf(g.safeConvertEnumToCheck('x', 'k'))).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'type' }],
    });
    expect(await errorOf(g.safeConvertEnumToCheck('x', 'kk'))).toMatchObject({ code: 'HF_PREREQUISITE' });
  });

  test('a large table is left alone, with a recipe', async () => {
    const { g } = await fresh("CREATE TABLE t (k kind); INSERT INTO t SELECT 'a' FROM generate_series(1, 300)", {
      largeTableBytes: 8_192,
    });
    const error = await errorOf<Error & { hint: string }>(g.safeConvertEnumToCheck('t', 'k'));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.hint).toContain("safeExpandColumn('app.t', 'k', 'text', { reverse: '\"k\"::kind' });");
    expect(await g.safeConvertEnumToCheck('t', 'k', { allow: 'nobody is there at night' })).toMatchObject({
      status: 'applied',
    });
  });

  test.each([
    ['k', 'kind', "'it''s'", ['a', "it's"]],
    ['The kind', 'kind', 'NULL', ['a', 'b']],
    ['k', 'kind[]', "ARRAY['b'::kind]", [['a'], ['a', 'b']]],
  ])('and what it says, pasted, does the same without downtime: %s %s', async (column, type, byDefault, values) => {
    const { client, g } = await fresh(
      `CREATE TABLE t (id integer PRIMARY KEY, "${column}" ${type} NOT NULL DEFAULT ${byDefault}); CREATE INDEX by_kind ON t ("${column}");`,
      { largeTableBytes: 8_192 },
    );
    await client.query(`INSERT INTO t SELECT i, $1 FROM generate_series(1, 300) i`, [values[0]]);
    await client.query('INSERT INTO t VALUES (0, $1)', [values[1]]);
    const { hint } = await errorOf<Error & { hint: string }>(g.safeConvertEnumToCheck('t', column));
    const calls = hint.split('\n').filter((line) => line.startsWith('  await g.'));
    expect(calls.length).toBeGreaterThan(4);
    const run = new Function('g', `return (async () => {\n${calls.join('\n')}\n})();`) as (g: Guard) => Promise<void>;
    await run(g);
    expect(await g.columnType('t', column)).toBe(type === 'kind' ? 'text' : 'text[]');
    expect(await one(client, `SELECT json_agg("${column}" ORDER BY id) FROM t WHERE id < 2`)).toEqual([
      values[1],
      values[0],
    ]);
    const wrong = type === 'kind' ? 'c' : ['a', 'c'];
    expect(await errorOf(client.query(`UPDATE t SET "${column}" = $1 WHERE id = 1`, [wrong]))).toMatchObject({
      code: '23514',
    });
    if (byDefault !== 'NULL') await client.query('INSERT INTO t (id) VALUES (400)');
    expect(await g.safeConvertEnumToCheck('t', column)).toMatchObject({ status: 'unchanged' });
    if (type === 'kind') expect(await g.safeDropEnum('kind')).toMatchObject({ status: 'applied' });
  });

  test('after the addition of a value in the same transaction it keeps that one, too', async () => {
    const { client, g } = await fresh("CREATE TABLE t (k kind DEFAULT 'a'); INSERT INTO t VALUES ('a')");
    await client.query('BEGIN');
    await g.safeAddEnumValue('kind', 'z');
    expect(await g.safeConvertEnumToCheck('t', 'k')).toMatchObject({ status: 'applied' });
    await client.query("INSERT INTO t VALUES ('z'); COMMIT");
    expect(await one(client, 'SELECT count(*)::int FROM t')).toBe(2);
  });

  test('what is renamed shows its new name in rows, defaults and checks', async () => {
    const { client, g } = await fresh(
      "CREATE TABLE t (k kind DEFAULT 'a' CHECK (k <> 'b'), ks kind[]); INSERT INTO t VALUES ('a', '{a,b}')",
    );
    expect(await g.safeRenameEnumValue('kind', 'a', "o'k\\")).toMatchObject({
      status: 'applied',
      target: "app.kind.a → o'k\\",
    });
    expect(await g.safeRenameEnumValue('kind', 'a', "o'k\\")).toMatchObject({ status: 'unchanged', roundTrips: 1 });
    expect(await g.safeRenameEnum('kind', 'Sort of')).toMatchObject({
      status: 'applied',
      target: 'app.kind → Sort of',
    });
    expect(await g.safeRenameEnum('kind', 'Sort of')).toMatchObject({ status: 'unchanged', roundTrips: 1 });
    expect(await g.safeRenameEnum('app.kind', 'app.Sort of')).toMatchObject({ status: 'unchanged' });
    await client.query('INSERT INTO t DEFAULT VALUES');
    expect(await one(client, 'SELECT json_agg(t) FROM t')).toEqual([
      { k: "o'k\\", ks: ["o'k\\", 'b'] },
      { k: "o'k\\", ks: null },
    ]);
  });

  test('names that are not there, or are there twice, stop a rename before any change', async () => {
    const { g } = await fresh(
      "CREATE SCHEMA IF NOT EXISTS elsewhere; CREATE TYPE other AS ENUM ('x'); CREATE TABLE taken ()",
    );
    expect(await errorOf(g.safeRenameEnumValue('kind', 'its', 'is'))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'enum value', name: 'app.kind.its', nearMisses: ["app.kind.it's"] }],
    });
    expect(await errorOf(g.safeRenameEnumValue('kid', 'a', 'c'))).toMatchObject({
      missing: [{ kind: 'type', nearMisses: ['app.kind'] }],
    });
    expect(await errorOf(g.safeRenameEnumValue('kind', 'a', 'b'))).toMatchObject({ code: 'HF_MISMATCH' });
    expect(await errorOf(g.safeRenameEnum('kin', 'sort'))).toMatchObject({
      missing: [{ kind: 'type', nearMisses: ['app.kind'] }],
    });
    for (const [to, found] of [
      ['other', 'enum app.other'],
      ['taken', 'table app.taken'],
      ['_other', 'array type app._other'],
    ] as const)
      expect(await errorOf(g.safeRenameEnum('kind', to))).toMatchObject({
        code: 'HF_MISMATCH',
        differences: [{ path: 'new name', expected: 'free', found }],
      });
    expect(await errorOf(g.safeRenameEnum('taken', 'sort'))).toMatchObject({
      differences: [{ path: 'kind', found: 'table' }],
    });
    expect(await errorOf(g.safeRenameEnum('kind', 'elsewhere.kind'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await errorOf(g.safeRenameEnum('kind', 'elsewhere.sort'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await g.enumValues('kind')).toEqual(['b', 'a', "it's"]);
  });

  test.each([
    ['a value', (g: Guard) => g.safeRenameEnumValue('app.kind', 'a', 'c')],
    ['a type', (g: Guard) => g.safeRenameEnum('app.kind', 'sort')],
    ['the lack of a type', (g: Guard) => g.safeDropEnum('app.kind')],
    ['the lack of a value', (g: Guard) => g.safeRemoveEnumValue('app.kind', 'a')],
  ])('two that make %s at once both succeed', async (_what, change) => {
    const { client, g } = await fresh('');
    const other = await db.connect();
    await client.query('BEGIN');
    expect(await change(g)).toMatchObject({ status: 'applied' });
    const texts = countQueries(other).texts;
    const second = change(guard(other, { lockTimeoutMs: 20_000 }));
    await expect.poll(() => texts.some((text) => /(ALTER|DROP) TYPE/.test(text))).toBe(true);
    await expect.poll(() => one(client, 'SELECT count(*)::int FROM pg_locks WHERE NOT granted')).toBe(1);
    await client.query('COMMIT');
    expect(await second).toMatchObject({ status: 'unchanged' });
  });
});
