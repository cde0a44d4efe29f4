import { type DataViolationError, type GuardOptions, guard, type HoldfastError } from '@holdfast/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

describe.each(majors)('PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  beforeEach(() =>
    db.run(`DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; CREATE TABLE app.orgs (id integer PRIMARY KEY);
      CREATE TABLE app.t (id integer PRIMARY KEY); INSERT INTO app.t SELECT i FROM generate_series(1, 500) i`),
  );

  const COLUMNS = {
    org: 'integer REFERENCES app.orgs (id)',
    code: "text NOT NULL DEFAULT 'x'",
    n: 'integer CHECK (n > 0)',
  };

  test('the missing ones are added by one statement, then what each carries', async () => {
    const client = await db.connect();
    const g = guard(client);
    await client.query("ALTER TABLE app.t ADD COLUMN code text NOT NULL DEFAULT 'x'");
    const outcome = await g.safeAddColumn('app.t', COLUMNS);
    expect(outcome).toMatchObject({ status: 'repaired', target: 'app.t(org, code, n)' });
    expect(outcome.steps.map((step) => step.sql)).toEqual([
      'ALTER TABLE "app"."t" ADD COLUMN "org" integer, ADD COLUMN "n" integer',
    ]);
    expect(outcome.children.map((each) => [each.operation, each.target, each.status])).toEqual([
      ['safeAddForeignKey', 'app.t(org)', 'applied'],
      ['safeCreateCheckConstraint', 'app.t.t_n_check', 'applied'],
    ]);
    const again = await g.safeAddColumn('app.t', COLUMNS);
    expect(again).toMatchObject({ status: 'unchanged', steps: [] });
    expect(again.children.map((each) => each.status)).toEqual(['unchanged', 'unchanged']);
  });

  test('one that contradicts stops all of them, also when its default is only proved by the server', async () => {
    const client = await db.connect();
    await client.query(
      "ALTER TABLE app.t ADD COLUMN code varchar(5), ADD COLUMN n text DEFAULT lower('A'), ADD COLUMN d text DEFAULT lower('B')",
    );
    const columns = { fresh: 'text', n: "text DEFAULT lower('A')", d: "text DEFAULT lower('C')" };
    const unproved = await errorOf(guard(client).safeAddColumn('app.t', columns));
    expect(unproved).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'd: default', expected: "lower('C')", found: "lower('B'::text)", proved: false }],
    });
    const different = await errorOf(guard(client).safeAddColumn('app.t', { fresh: 'text', code: 'text' }));
    expect(different).toMatchObject({ differences: [{ path: 'code: type', expected: 'text', proved: true }] });
    expect(await guard(client).columnExists('app.t', 'fresh')).toBe(false);
    const accepted = guard(client, { onUnproved: 'accept' }).safeAddColumn('app.t', columns);
    expect(await accepted).toMatchObject({ status: 'repaired' });
  });

  test('NOT NULL without a default is refused where rows are, before the others are added', async () => {
    const client = await db.connect();
    const error = await errorOf<DataViolationError>(
      guard(client).safeAddColumn('app.t', { a: 'text', b: 'integer NOT NULL', c: 'text NOT NULL' }),
    );
    expect(error).toMatchObject({ code: 'HF_DATA', count: 500, left: 'Nothing was changed.' });
    expect(error.happened).toBe(
      'the columns are NOT NULL and have no default, but app.t has rows: each would hold NULL.',
    );
    expect(error.hint).toContain('add b, c without NOT NULL');
    expect(await guard(client).columnExists('app.t', 'a')).toBe(false);
  });

  const refused: readonly (readonly [string, Record<string, string>, GuardOptions, string])[] = [
    [
      'a volatile default on a large table',
      { a: 'text', b: 'uuid DEFAULT gen_random_uuid()' },
      { largeTableBytes: 8192 },
      'it rewrites all of app.t',
    ],
    ['a missing type', { a: 'text', b: 'app.nothing' }, {}, 'type app.nothing does not exist'],
    ['the same column twice', { ['a'.repeat(70)]: 'text', ['a'.repeat(80)]: 'text' }, {}, 'none of them twice'],
    ['a text that is no definition', { a: 'text', b: '' }, {}, 'does not read as a column definition'],
    ['no column', {}, {}, 'SQL text'],
  ];
  test.each(refused)('%s is refused as a whole', async (_what, columns, options, message) => {
    const client = await db.connect();
    const error = await errorOf<HoldfastError>(guard(client, options).safeAddColumn('app.t', columns));
    expect(error.message).toContain(message);
    expect(
      await one(client, "SELECT count(*)::int FROM pg_attribute WHERE attrelid = 'app.t'::regclass AND attnum > 0"),
    ).toBe(1);
  });

  test('a table that may be missing is skipped as a whole; a view is none', async () => {
    const client = await db.connect();
    await client.query('CREATE VIEW app.v AS SELECT 1 AS x');
    const g = guard(client);
    const columns = { a: 'text', b: 'text' };
    expect(await g.safeAddColumn('app.none', columns, { ifMissing: 'skip' })).toMatchObject({ status: 'skipped' });
    expect(await errorOf(g.safeAddColumn('app.none', columns))).toMatchObject({ missing: [{ kind: 'table' }] });
    expect(await errorOf(g.safeAddColumn('app.v', columns))).toMatchObject({ code: 'HF_REFUSED' });
  });

  test('a label of this transaction is refused before any of them is added', async () => {
    const client = await db.connect();
    await client.query("CREATE TYPE app.mood AS ENUM ('sad')");
    await client.query('BEGIN');
    const g = guard(client);
    await g.safeAddEnumValue('app.mood', 'glad');
    const columns = { a: 'text', mood: "app.mood DEFAULT 'glad'" };
    expect(await errorOf(g.safeAddColumn('app.t', columns))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await g.columnExists('app.t', 'a')).toBe(false);
    await client.query('COMMIT');
    expect(await g.safeAddColumn('app.t', columns)).toMatchObject({ status: 'applied' });
  });

  test('a plan tells the one statement and what comes after it', async () => {
    const plan = await guard(await db.connect(), { mode: 'plan' }).safeAddColumn('app.t', COLUMNS);
    expect(plan.status).toBe('planned');
    expect(plan.steps).toHaveLength(1);
    expect(plan.children.map((each) => each.status)).toEqual(['planned', 'planned']);
  });
});
