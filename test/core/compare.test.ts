import { type Guard, guard, type MismatchError, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

type Ask = (g: Guard) => Promise<Outcome>;

/** What exists, what is asked for, and the path of the difference; null: it is the same. The last is the oldest server that has it. */
type Row = readonly [what: string, exists: string, ask: Ask, path: string | null, since?: number];

const twice =
  (ask: Ask): Ask =>
  async (g) => {
    await ask(g);
    return ask(g);
  };
const T = 'CREATE TABLE t (id integer PRIMARY KEY, a text, b integer, c tsvector);';
const PAIRS = 'CREATE TABLE orgs (a integer, b integer, PRIMARY KEY (a, b));';
const PERIODS = 'CREATE TABLE orgs (a int4range, b daterange, PRIMARY KEY (a, b WITHOUT OVERLAPS));';
const key = { references: { table: 'orgs', columns: ['a', 'b'] } };
const column =
  (definition: string): Ask =>
  (g) =>
    g.safeAddColumn('t', 'x', definition);
const check: Ask = (g) => g.safeCreateCheckConstraint('t', 'positive', 'b > 0');
const identity = (options: string): string => `bigint GENERATED ALWAYS AS IDENTITY${options}`;
const withColumn = (definition: string): string => `${T} ALTER TABLE t ADD COLUMN x ${definition};`;

const ROWS: readonly Row[] = [
  [
    'a foreign key that empties some columns only',
    `${PAIRS} CREATE TABLE t (a integer, b integer, FOREIGN KEY (a, b) REFERENCES orgs ON DELETE SET NULL (b))`,
    (g) => g.safeAddForeignKey('t', ['a', 'b'], { ...key, onDelete: 'set null' }),
    'ON DELETE columns',
    15,
  ],
  [
    'a foreign key that is not enforced',
    `${PAIRS} CREATE TABLE t (a integer, b integer, FOREIGN KEY (a, b) REFERENCES orgs NOT ENFORCED)`,
    (g) => g.safeAddForeignKey('t', ['a', 'b'], key),
    'enforced',
    18,
  ],
  [
    'a foreign key over periods',
    `${PERIODS} CREATE TABLE t (a int4range, b daterange, FOREIGN KEY (a, PERIOD b) REFERENCES orgs (a, PERIOD b))`,
    (g) => g.safeAddForeignKey('t', ['a', 'b'], { ...key, name: 't_a_b_fkey' }),
    'PERIOD',
    18,
  ],
  [
    'a check for one table only',
    `${T} ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0) NO INHERIT`,
    check,
    'inheritance',
  ],
  [
    'a check that is not enforced',
    `${T} ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0) NOT ENFORCED`,
    check,
    'enforced',
    18,
  ],
  [
    'a unique constraint that takes NULLs for equal',
    `${T} ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)`,
    (g) => g.safeCreateUniqueConstraint('t', ['a'], { name: 'u' }),
    'NULLs',
    15,
  ],
  [
    'a unique constraint that carries a column along',
    `${T} ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) INCLUDE (b)`,
    (g) => g.safeCreateUniqueConstraint('t', ['a'], { name: 'u' }),
    'included columns',
  ],
  [
    'a unique constraint over periods',
    PERIODS.replace('PRIMARY KEY', 'CONSTRAINT u UNIQUE'),
    (g) => g.safeCreateUniqueConstraint('orgs', ['a', 'b'], { name: 'u' }),
    'WITHOUT OVERLAPS',
    18,
  ],
  [
    'virtual for stored',
    withColumn('integer GENERATED ALWAYS AS (b + 1) VIRTUAL'),
    column('integer GENERATED ALWAYS AS (b + 1) STORED'),
    'generated',
    18,
  ],
  [
    'stored for virtual',
    withColumn('integer GENERATED ALWAYS AS (b + 1) STORED'),
    column('integer GENERATED ALWAYS AS (b + 1) VIRTUAL'),
    'generated',
    18,
  ],
  [
    'the same, virtual',
    withColumn('integer GENERATED ALWAYS AS (b + 1) VIRTUAL'),
    column('integer GENERATED ALWAYS AS (1 + b - 1 + 1)'),
    'generated expression',
    18,
  ],
  [
    'virtual and virtual',
    withColumn('integer GENERATED ALWAYS AS (b + 1) VIRTUAL'),
    column('integer GENERATED ALWAYS AS (b + (1))'),
    null,
    18,
  ],
  [
    'NOT NULL that is not validated',
    `${withColumn('integer')} ALTER TABLE t ADD CONSTRAINT n NOT NULL x NOT VALID`,
    column('integer NOT NULL'),
    'nullability',
    18,
  ],
  [
    'NOT NULL for one table only',
    `${withColumn('integer')} ALTER TABLE t ADD CONSTRAINT n NOT NULL x NO INHERIT`,
    column('integer NOT NULL'),
    'nullability',
    18,
  ],
  ['NOT NULL', withColumn('integer NOT NULL'), column('integer NOT NULL'), null],
  [
    'a serial without its default',
    `${withColumn('serial')} ALTER TABLE t ALTER COLUMN x SET DEFAULT 7`,
    column('serial'),
    'default',
  ],
  [
    'a serial of another sequence',
    `${withColumn('serial')} CREATE SEQUENCE s; ALTER TABLE t ALTER COLUMN x SET DEFAULT nextval('s')`,
    column('serial'),
    'default',
  ],
  ['a serial', withColumn('serial'), column('serial'), null],
  [
    'an identity that starts elsewhere',
    withColumn(identity('')),
    column(identity(' (START WITH 1000)')),
    'identity start',
  ],
  [
    'an identity of other steps',
    withColumn(identity(' (START 1000)')),
    column(identity(' (START 1000 INCREMENT BY 10)')),
    'identity increment',
  ],
  ['an identity with an end', withColumn(identity('')), column(identity(' (MAXVALUE 99)')), 'identity maxvalue'],
  [
    'an identity with another beginning',
    withColumn(identity('')),
    column(identity(' (MINVALUE -5 START 1)')),
    'identity minvalue',
  ],
  ['an identity with a cache', withColumn(identity('')), column(identity(' (CACHE 20)')), 'identity cache'],
  ['an identity that goes round', withColumn(identity('')), column(identity(' (CYCLE)')), 'identity cycle'],
  [
    'an identity with options that nobody reads',
    withColumn(identity('')),
    column(identity(' (SEQUENCE NAME s)')),
    'identity options',
  ],
  [
    'an identity with all its options',
    withColumn(identity(' (START 5 INCREMENT -1 MINVALUE -9 MAXVALUE 9 CACHE 2 NO CYCLE)')),
    column(identity(' (start with 5 increment by -1 minvalue -9 maxvalue 9 cache 2 no cycle)')),
    null,
  ],
  ['an identity without limits', withColumn(identity('')), column(identity(' (NO MINVALUE NO MAXVALUE)')), null],
  [
    'an expression with a collation of its own',
    `${T} CREATE INDEX i ON t (lower(a) COLLATE "C")`,
    (g) => g.safeCreateIndex('t', [{ expression: 'lower(a)' }], { name: 'i' }),
    'key 1 collation',
  ],
  [
    'an expression with the collation asked for',
    `${T} CREATE INDEX i ON t (lower(a) COLLATE "C")`,
    (g) => g.safeCreateIndex('t', [{ expression: 'lower(a) COLLATE "C"' }], { name: 'i' }),
    null,
  ],
  [
    'the index of a deferrable constraint',
    `${T} ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) DEFERRABLE`,
    (g) => g.safeCreateIndex('t', ['a'], { unique: true, name: 'u' }),
    'uniqueness checked',
  ],
  [
    'an operator class with parameters',
    `${T} CREATE INDEX i ON t USING gist (c tsvector_ops (siglen = 100))`,
    (g) => g.safeCreateIndex('t', ['c'], { method: 'gist', name: 'i' }),
    'key 1 opclass parameters',
  ],
  ['a name', T, twice(column('name')), null],
  ['a name of another collation', withColumn('name COLLATE "POSIX"'), column('name'), 'collation'],
  ['a collation with its schema', T, twice(column('text COLLATE pg_catalog.ucs_basic')), null],
  ['a collation with its schema, quoted', T, twice(column('text COLLATE "pg_catalog"."ucs_basic"')), null],
  [
    'another collation with its schema',
    withColumn('text COLLATE "C"'),
    column('text COLLATE pg_catalog.ucs_basic'),
    'collation',
  ],
  ['a compression in quotes', withColumn('text'), column('text COMPRESSION "pglz"'), 'compression', 14],
  ['a compression in quotes, made', T, twice(column('text COMPRESSION "pglz"')), null, 14],
  ['a storage in quotes', withColumn('text'), column('text STORAGE "external"'), 'storage', 16],
  ['digits in groups', withColumn('integer DEFAULT 1000'), column('integer DEFAULT 1_000'), null, 16],
  ['other digits in groups', withColumn('integer DEFAULT 1000'), column('integer DEFAULT 1_001'), 'default', 16],
  ['a hexadecimal number', withColumn('integer DEFAULT 255'), column('integer DEFAULT 0xff'), null, 16],
  [
    'a partitioned table with the constraint',
    'CREATE TABLE t (a integer) PARTITION BY HASH (a)',
    twice((g) => g.safeCreateUniqueConstraint('t', ['a'])),
    null,
  ],
  ['a comment in a check', T, twice((g) => g.safeCreateCheckConstraint('t', 'n', 'b > 0 -- positive')), null],
  [
    'comments in an index',
    T,
    twice((g) =>
      g.safeCreateIndex('t', [{ expression: 'lower(a) -- any case' }], {
        unique: true,
        name: 'i',
        where: 'b > 0 -- positive',
      }),
    ),
    null,
  ],
  ['a comment in a generated column', T, twice(column('integer GENERATED ALWAYS AS (b + 1 -- more\n) STORED')), null],
];

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  let schemas = 0;

  /** A connection whose search path is a new schema with these objects in it. */
  async function having(exists: string): Promise<pg.Client> {
    const client = await db.connect();
    schemas += 1;
    await client.query(`CREATE SCHEMA s${schemas}; SET search_path = s${schemas}; ${exists}`);
    return client;
  }

  const rows = ROWS.filter(([, , , , since]) => (since ?? 13) <= major);
  test.each(rows.map(([title, exists, ask, path]) => ({ title, exists, ask, path })))(
    '$title',
    async ({ exists, ask, path }) => {
      const client = await having(exists);
      if (path === null) {
        expect((await ask(guard(client))).status).toBe('unchanged');
        return;
      }
      const error = await errorOf<MismatchError>(ask(guard(client)));
      expect([error.code, error.differences?.map((d) => d.path)], error.message).toEqual([
        'HF_MISMATCH',
        expect.arrayContaining([path]),
      ]);
    },
  );

  test('a unique constraint under another name gets no second index', async () => {
    const client = await having(`${T} ALTER TABLE t ADD CONSTRAINT other UNIQUE (a)`);
    const outcome = await guard(client).safeCreateUniqueConstraint('t', ['a']);
    expect([outcome.status, outcome.reason]).toEqual(['unchanged', 'there under the name other']);
    expect(await one(client, `SELECT count(*)::int FROM pg_indexes WHERE schemaname = current_schema()`)).toBe(2);
  });

  test('a key that matches in full and is half NULL is a violation', async () => {
    const client = await having(
      `${PAIRS} CREATE TABLE t (a integer, b integer); INSERT INTO t VALUES (1, NULL), (NULL, NULL)`,
    );
    const error = await errorOf<Error & { code: string; count: number }>(
      guard(client).safeAddForeignKey('t', ['a', 'b'], { ...key, match: 'full' }),
    );
    expect([error.code, error.count]).toEqual(['HF_DATA', 1]);
  });

  test('a name that is cut is named', async () => {
    const client = await having(T);
    const name = 'x'.repeat(63);
    await guard(client).safeAddColumn('t', `${name}_first`, 'integer');
    const cut = `the name is cut to 63 bytes: ${name}`;
    const outcomes = [
      await guard(client).safeAddColumn('t', `${name}_second`, 'integer'),
      await guard(client).safeCreateIndex('t', ['a'], { name: `${name}_index` }),
      await guard(client).safeCreateCheckConstraint('t', `${name}_check`, 'b > 0'),
      await guard(client).safeCreateUniqueConstraint('t', ['b'], { name: `a${name}_unique` }),
    ];
    expect(outcomes.map((o) => [o.status, o.reason])).toEqual([
      ['unchanged', cut],
      ['applied', cut],
      ['applied', cut],
      ['applied', `the name is cut to 63 bytes: a${name.slice(1)}`],
    ]);
  });

  test("functions of the user's that are named like the server's are not called", async () => {
    const decoy = (name: string, parameters: string, result: string): string =>
      `CREATE FUNCTION ${name}(${parameters}) RETURNS ${result} LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a decoy was called'; END $$;`;
    const client = await having(`${T}
      CREATE TABLE orgs (id integer PRIMARY KEY);
      ALTER TABLE t ADD COLUMN x text DEFAULT 'y', ADD COLUMN gone integer;
      ${decoy('format_type', 'oid, integer', 'text')}
      ${decoy('pg_get_expr', 'pg_node_tree, oid', 'text')}
      ${decoy('pg_get_indexdef', 'oid', 'text')}
      ${decoy('pg_get_indexdef', 'oid, integer, boolean', 'text')}
      ${decoy('pg_backend_pid', '', 'integer')}
      ${decoy('current_setting', 'text', 'text')}
      ${decoy('json_build_object', 'VARIADIC "any"', 'json').replace('VARIADIC "any"', 'text, name')}
      ${decoy('to_jsonb', 'pg_index', 'jsonb')}
      ${decoy('to_jsonb', 'pg_constraint', 'jsonb')}
      ${decoy('to_jsonb', 'pg_attribute', 'jsonb')}
      ${decoy('to_json', 'text[]', 'json')}
      ${decoy('unnest', 'int2[]', 'setof smallint')}
      ${decoy('has_table_privilege', 'oid, text', 'boolean')}
      ${decoy('obj_description', 'oid, name', 'text')}
      ${decoy('col_description', 'oid, integer', 'text')}
      ${decoy('pg_describe_object', 'oid, oid, integer', 'text')}`);
    await client.query("SELECT pg_catalog.set_config('search_path', current_schema() || ', pg_catalog', false)");
    const g = guard(client);
    const asks: readonly Ask[] = [
      () =>
        g
          .safeAddColumn('t', 'x', "text DEFAULT 'y' COMPRESSION pglz")
          .catch((e) => (e.code === 'HF_MISMATCH' ? e.outcome : Promise.reject(e))),
      () => g.safeAddColumn('t', 'y', "text DEFAULT 'y' || 'z'"),
      () => g.safeAddColumn('t', 'y', "text DEFAULT ('y' || 'z')"),
      () => g.safeCreateIndex('t', [{ expression: 'lower(a)' }], { name: 'i' }),
      () => g.safeCreateIndex('t', [{ expression: 'lower((a))' }], { name: 'i' }),
      check,
      (g) => g.safeCreateCheckConstraint('t', 'positive', '(b) > (0)'),
      () => g.safeCreateUniqueConstraint('t', ['a']),
      () => g.safeAddForeignKey('t', ['b'], { references: { table: 'orgs', columns: ['id'] } }),
      () => g.safeSetNotNull('t', 'x'),
      () => g.safeSetComment('t', 'x', 'y'),
      () => g.safeDropColumn('t', 'gone'),
      () => g.safeCreateEnum('e', ['a']),
    ];
    for (const ask of asks) await ask(g);
  });
});

describe.each(availableMajors([18]))('NOT NULL on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);

  test('that is not validated yet: the rows are filled first', async () => {
    await db.run(
      'CREATE TABLE t (a integer); INSERT INTO t VALUES (NULL); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID',
    );
    const client = await db.connect();
    const error = await errorOf<Error & { code: string }>(guard(client).safeSetNotNull('t', 'a'));
    expect(error.code).toBe('HF_DATA');
    expect((await guard(client).safeSetNotNull('t', 'a', { backfill: 5 })).status).toBe('repaired');
    expect(await one(client, 'SELECT a FROM t')).toBe(5);
  });

  test('that its children do not inherit is refused, and taken where there are none', async () => {
    await db.run(`CREATE TABLE p (a integer, CONSTRAINT n NOT NULL a NO INHERIT); CREATE TABLE lone (a integer, CONSTRAINT n NOT NULL a NO INHERIT);
      CREATE TABLE kid () INHERITS (p); INSERT INTO kid VALUES (NULL)`);
    const client = await db.connect();
    const error = await errorOf<Error & { code: string }>(guard(client).safeSetNotNull('p', 'a'));
    expect(error.code).toBe('HF_REFUSED');
    expect((await guard(client).safeSetNotNull('lone', 'a')).status).toBe('unchanged');
  });
});
