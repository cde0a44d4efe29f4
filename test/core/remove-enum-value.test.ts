/** What must survive when another type takes the place of an enum, and what must stop it. */
import { randomBytes } from 'node:crypto';
import { type DependencyError, type Guard, type GuardOptions, guard } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const role = `hf_enum_${randomBytes(6).toString('hex')}`;

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase(`CREATE ROLE ${role}; CREATE ROLE ${role}_b`, major);
  afterAll(() =>
    db.run(`DROP SCHEMA IF EXISTS "My App" CASCADE; DROP OWNED BY ${role}, ${role}_b; DROP ROLE ${role}, ${role}_b`),
  );

  /** A schema of its own; the type has the values new, paid, gone, lost. */
  async function fresh(setup = '', options: GuardOptions = {}): Promise<{ client: pg.Client; g: Guard }> {
    const client = await db.connect();
    await client.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS "My App" CASCADE; CREATE SCHEMA "My App";
      SET search_path = "My App", public; CREATE TYPE "Order status" AS ENUM ('new', 'paid', 'gone', 'it''s lost');${setup}`);
    return { client, g: guard(client, options) };
  }

  test('rows get the other value; defaults, checks, indexes, comments, owner and rights stay', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE "A table" (id integer PRIMARY KEY, "The status" "Order status" NOT NULL DEFAULT 'new', past "Order status"[] DEFAULT '{new,paid}',
        grid "Order status"[][], CONSTRAINT early CHECK ("The status" <> 'it''s lost' OR id > 0), note text DEFAULT 'gone');
      ALTER TABLE "A table" ADD CONSTRAINT late CHECK ("The status" = ANY ('{new,paid}'::"Order status"[]) OR id < 100) NOT VALID;
      COMMENT ON CONSTRAINT late ON "A table" IS 'not yet'; COMMENT ON COLUMN "A table".past IS 'what it was';
      CREATE INDEX new_ones ON "A table" (id) WHERE "The status" = 'new'; COMMENT ON INDEX new_ones IS 'few';
      CREATE UNIQUE INDEX by_status ON "A table" ("The status", id);
      CREATE TABLE other (id integer, s "Order status" CHECK (s::text <> 'gone' OR id > 0));
      INSERT INTO "A table" VALUES (1, 'gone', '{gone,new,NULL,gone}', '{{gone,new},{paid,gone}}'), (2, 'paid', NULL, NULL), (3, 'it''s lost', '{}', NULL);
      INSERT INTO other VALUES (1, 'gone'), (2, NULL);
      GRANT USAGE, CREATE ON SCHEMA "My App" TO ${role};
      ALTER TYPE "Order status" OWNER TO ${role}; REVOKE ALL ON TYPE "Order status" FROM PUBLIC; GRANT USAGE ON TYPE "Order status" TO ${role}_b WITH GRANT OPTION;
      COMMENT ON TYPE "Order status" IS 'where it''s at'`);
    const before = await schema(client);
    expect(await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: "it's lost" })).toMatchObject({
      status: 'applied',
      target: 'My App.Order status.gone',
    });
    expect(await g.enumValues('Order status')).toEqual(['new', 'paid', "it's lost"]);
    expect(await schema(client)).toEqual(before);
    expect(
      await one(
        client,
        `SELECT json_agg(t ORDER BY id) FROM (SELECT id, "The status" AS s, past, grid FROM "A table") t`,
      ),
    ).toEqual([
      {
        id: 1,
        s: "it's lost",
        past: ["it's lost", 'new', null, "it's lost"],
        grid: [
          ["it's lost", 'new'],
          ['paid', "it's lost"],
        ],
      },
      { id: 2, s: 'paid', past: null, grid: null },
      { id: 3, s: "it's lost", past: [], grid: null },
    ]);
    expect(await one(client, 'SELECT json_agg(s ORDER BY id) FROM other')).toEqual(["it's lost", null]);
    expect(await g.safeRemoveEnumValue('Order status', 'gone')).toMatchObject({ status: 'unchanged', roundTrips: 1 });
    await client.query(`INSERT INTO "A table" (id) VALUES (9); UPDATE "A table" SET grid = NULL`);
    expect(await g.safeAddEnumValue('Order status', 'gone', { after: 'paid' })).toMatchObject({ status: 'applied' });
    expect(await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: null })).toMatchObject({
      status: 'applied',
    });
    expect(await schema(client)).toEqual(before);
  });

  test('null empties columns and takes elements out of arrays', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE t (s "Order status", past "Order status"[] NOT NULL); INSERT INTO t VALUES ('gone', '{gone,new}'), ('new', '{gone}')`);
    await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: null });
    expect(await one(client, 'SELECT json_agg(t) FROM t')).toEqual([
      { s: null, past: ['new'] },
      { s: 'new', past: [] },
    ]);
  });

  test('partitions and inheriting tables keep their own defaults and checks', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE p (id integer, s "Order status" DEFAULT 'new' CHECK (s <> 'it''s lost')) PARTITION BY RANGE (id);
      CREATE TABLE p1 PARTITION OF p (s DEFAULT 'paid') FOR VALUES FROM (0) TO (10);
      CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
      CREATE TABLE p21 PARTITION OF p2 (s DEFAULT NULL, CHECK (s <> 'paid' OR id > 0)) FOR VALUES FROM (10) TO (20);
      CREATE INDEX ON p (s);
      CREATE TABLE parent (s "Order status" DEFAULT 'new'); CREATE TABLE child (id integer) INHERITS (parent);
      ALTER TABLE child ALTER s SET DEFAULT 'paid';
      INSERT INTO p VALUES (1, 'gone'), (11, 'gone'); INSERT INTO child VALUES ('gone', 1); INSERT INTO parent VALUES ('gone')`);
    const before = await schema(client);
    await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'paid' });
    expect(await schema(client)).toEqual(before);
    expect(await one(client, 'SELECT json_agg(s) FROM (SELECT s FROM p UNION ALL SELECT s FROM parent) a')).toEqual(
      Array(4).fill('paid'),
    );
    expect(await one(client, "SELECT count(*)::int FROM pg_type WHERE typname LIKE '%holdfast%'")).toBe(0);
  });

  test('what the type cannot be taken from is named, all of it, before any change', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE t (id integer PRIMARY KEY, s "Order status" UNIQUE, twice "Order status", g text GENERATED ALWAYS AS (CASE twice WHEN 'new' THEN 'x' END) STORED,
        g2 "Order status" GENERATED ALWAYS AS ('new') STORED, x text DEFAULT ('new'::"Order status")::text);
      CREATE TABLE r (s "Order status" REFERENCES t (s));
      CREATE TABLE lists (s "Order status") PARTITION BY LIST (s); CREATE TABLE lists_new PARTITION OF lists FOR VALUES IN ('new');
      CREATE VIEW v AS SELECT s FROM t; CREATE MATERIALIZED VIEW mv AS SELECT twice FROM t; CREATE VIEW uses_label AS SELECT 1 AS one WHERE 'new'::"Order status" = 'paid';
      CREATE DOMAIN d AS "Order status"; CREATE TYPE ct AS (s "Order status"); CREATE FUNCTION f("Order status"[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
      ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY pol ON t USING (s = 'new');
      CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER tg BEFORE UPDATE OF twice ON t FOR EACH ROW EXECUTE FUNCTION tr();
      CREATE TABLE parts (id integer, s "Order status") PARTITION BY RANGE (id); CREATE INDEX parts_new ON parts (id) WHERE s = 'new'`);
    const before = await schema(client);
    const error = await errorOf<DependencyError>(g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'new' }));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', left: 'Nothing was changed.' });
    // Before 15 a generated column depends on the others by itself, not by its expression.
    const generated =
      major >= 15
        ? ['default value for column g of table t', 'default value for column g2 of table t']
        : ['column g of table t'];
    expect([...error.dependents].sort()).toEqual(
      [
        ...generated,
        'column g2 of table t',
        'column s of composite type ct',
        'constraint r_s_fkey on table r',
        'default value for column x of table t',
        'function f("Order status"[])',
        'index parts_new',
        'materialized view mv',
        'policy pol on table t',
        'the partition key of table lists',
        'trigger tg on table t',
        'type d',
        'view uses_label',
        'view v',
      ].sort(),
    );
    expect(await schema(client)).toEqual(before);
    const drop = await errorOf<DependencyError>(g.safeDropEnum('Order status'));
    expect(drop).toMatchObject({ code: 'HF_DEPENDENCY', left: 'Nothing was changed.' });
    expect(drop.dependents).toEqual(
      expect.arrayContaining([
        'column s of table t',
        'type d',
        'view v',
        'function f("Order status"[])',
        'policy pol on table t',
      ]),
    );
  });

  test.each([
    ['a default', `s "Order status" DEFAULT 'gone'`, `default of My App.t.s: 'gone'::"Order status"`],
    [
      'a default of an array',
      `s "Order status"[] DEFAULT '{new,gone}'`,
      `default of My App.t.s: '{new,gone}'::"Order status"[]`,
    ],
    [
      'a check',
      `s "Order status" CONSTRAINT k CHECK (s <> 'gone')`,
      `check k on My App.t: CHECK ((s <> 'gone'::"Order status"))`,
    ],
  ])('%s that names the value stops it', async (_what, column, named) => {
    const { g } = await fresh(`CREATE TABLE t (${column})`);
    expect(await errorOf(g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'new' }))).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: [named],
    });
  });

  test('rows that would lose the value stop it', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE t (id integer, s "Order status" NOT NULL, past "Order status"[]); INSERT INTO t SELECT i, 'gone', NULL FROM generate_series(1, 3) i`);
    const before = await schema(client);
    for (const options of [undefined, { replaceWith: null }])
      expect(await errorOf(g.safeRemoveEnumValue('Order status', 'gone', options))).toMatchObject({
        code: 'HF_DATA',
        count: 3,
        left: 'Nothing was changed.',
      });
    await client.query(`UPDATE t SET s = 'new', past = '{gone}' WHERE id = 1; DELETE FROM t WHERE id > 1`);
    expect(await errorOf(g.safeRemoveEnumValue('Order status', 'gone'))).toMatchObject({ code: 'HF_DATA', count: 1 });
    expect(await errorOf(g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'paied' }))).toMatchObject({
      code: 'HF_REFUSED',
    });
    expect(await schema(client)).toEqual(before);
    expect(await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: null })).toMatchObject({
      status: 'applied',
    });
  });

  test('a value that somebody adds at the same time is not lost', async () => {
    const { client, g } = await fresh(`CREATE TABLE t (s "Order status")`, { lockTimeoutMs: 100, lockRetries: 0 });
    const other = await db.connect();
    await other.query(`BEGIN; ALTER TYPE "My App"."Order status" ADD VALUE 'theirs'`);
    expect(await errorOf(g.safeRemoveEnumValue('Order status', 'gone'))).toMatchObject({
      code: 'HF_LOCK_TIMEOUT',
      left: 'Nothing was changed.',
    });
    const removing = guard(client, { lockTimeoutMs: 10_000 }).safeRemoveEnumValue('Order status', 'gone');
    await expect
      .poll(() => one(other, "SELECT count(*)::int FROM pg_locks WHERE locktype = 'object' AND NOT granted"))
      .toBe(1);
    await other.query('COMMIT');
    expect(await removing).toMatchObject({ status: 'applied' });
    expect(await g.enumValues('Order status')).toEqual(['new', 'paid', "it's lost", 'theirs']);
  });

  test('it may follow the addition of a value in one transaction', async () => {
    const { client, g } = await fresh(`
      CREATE TABLE t (s "Order status" DEFAULT 'new'); INSERT INTO t VALUES ('gone'); CREATE INDEX ON t (s) WHERE s = 'new'`);
    await client.query('BEGIN');
    await g.safeAddEnumValue('Order status', 'lost');
    await g.safeRenameEnumValue('Order status', 'lost', 'stolen');
    expect(await g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'stolen' })).toMatchObject({
      status: 'applied',
    });
    expect(await g.safeRemoveEnumValue('Order status', 'paid')).toMatchObject({ status: 'applied' });
    await g.safeRenameEnum('Order status', 'state');
    await client.query('COMMIT');
    expect(await one(client, 'SELECT s::text FROM t')).toBe('stolen');
    expect(await g.enumValues('state')).toEqual(['new', "it's lost", 'stolen']);
  });

  test('large tables are left alone, with a recipe', async () => {
    const { g } = await fresh(
      `CREATE TABLE a (s "Order status"); INSERT INTO a SELECT 'new' FROM generate_series(1, 300); CREATE TABLE b AS SELECT * FROM a`,
      { largeTableBytes: 20_000 },
    );
    const error = await errorOf<Error & { hint: string }>(
      g.safeRemoveEnumValue('Order status', 'gone', { replaceWith: 'new' }),
    );
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.message).toContain('all of My App.a, My App.b (');
    expect(error.hint).toContain(`safeCreateCheckConstraint('My App.b', 'b_s_values', "s <> 'gone'")`);
  });

  test('whoever does not own it is told so, and nothing is changed', async () => {
    const { client, g } = await fresh(
      `CREATE TABLE t (s "Order status"); GRANT ALL ON t TO ${role}; GRANT USAGE, CREATE ON SCHEMA "My App" TO ${role}`,
    );
    const before = await schema(client);
    await client.query(`SET ROLE ${role}`);
    for (const call of [
      () => g.safeRemoveEnumValue('Order status', 'gone'),
      () => g.safeRenameEnumValue('Order status', 'gone', 'lost'),
      () => g.safeRenameEnum('Order status', 'state'),
      () => g.safeConvertEnumToCheck('t', 's'),
    ])
      expect(await errorOf(call())).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
    await client.query('RESET ROLE');
    expect(await schema(client)).toEqual(before);
  });
});

/** All of the schema but the labels of its enums. */
function schema(client: pg.Client): Promise<unknown> {
  return one(
    client,
    `SELECT json_agg(line ORDER BY line) FROM (
      SELECT format('%s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid)) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = '"My App"'::regnamespace
      UNION ALL SELECT format('%s %s %s %s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.conislocal, k.coninhcount, obj_description(k.oid, 'pg_constraint'))
        FROM pg_constraint k WHERE k.connamespace = '"My App"'::regnamespace AND k.contype <> 'n'
      UNION ALL SELECT format('%s %s %s', pg_get_indexdef(i.indexrelid), i.indisvalid, obj_description(i.indexrelid, 'pg_class')) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = '"My App"'::regnamespace
      UNION ALL SELECT format('column %s %s', d.objsubid, d.description) FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = '"My App"'::regnamespace AND d.objsubid > 0
      UNION ALL SELECT format('type %s %s %s %s', t.typname, t.typowner::regrole, t.typacl, obj_description(t.oid, 'pg_type')) FROM pg_type t WHERE t.typnamespace = '"My App"'::regnamespace) all_of_it`,
  );
}
