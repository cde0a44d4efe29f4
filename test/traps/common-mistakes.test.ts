/** What migrations get wrong most often: what the server makes of it, and what is said instead, before anything is changed. */
import { Guard, guard, type HoldfastError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { catalogOf, rowsOf } from '../support/catalog.js';
import { codeOf } from './support.js';

const db = useDatabase(`
  CREATE TYPE status AS ENUM ('active', 'pending');
  CREATE TABLE categories (id integer PRIMARY KEY, name text);
  CREATE TABLE products (id integer PRIMARY KEY, category_id integer REFERENCES categories (id), code text, price numeric, status status, maker_id integer);
  CREATE TABLE makers (id integer PRIMARY KEY);
  CREATE VIEW cheap AS SELECT id, price FROM products WHERE price < 10;
  CREATE INDEX products_code_price ON products (code, price);
  INSERT INTO categories VALUES (1, 'tools'), (2, 'toys');
  INSERT INTO makers VALUES (1);
  INSERT INTO products VALUES (1, 1, 'a', 5, 'active', 1), (2, 1, 'a', -1, 'pending', 9), (3, 2, NULL, 7, 'pending', NULL);
`);

interface Mistake {
  readonly what: string;
  /** As it is written without a guard, and the SQLSTATE with which it fails. */
  readonly raw: string;
  readonly sqlstate: string;
  readonly guarded: (g: Guard) => Promise<unknown>;
  readonly code: string;
}

const MISTAKES: readonly Mistake[] = [
  {
    what: 'a new column NOT NULL without a default, where there are rows',
    raw: 'ALTER TABLE products ADD COLUMN required text NOT NULL',
    sqlstate: '23502',
    guarded: (g) => g.safeAddColumn('products', 'required', 'text NOT NULL'),
    code: 'HF_DATA',
  },
  {
    what: 'NOT NULL where some rows hold NULL',
    raw: 'ALTER TABLE products ALTER COLUMN code SET NOT NULL',
    sqlstate: '23502',
    guarded: (g) => g.safeSetNotNull('products', 'code'),
    code: 'HF_DATA',
  },
  {
    what: 'a unique constraint over duplicates',
    raw: 'ALTER TABLE products ADD CONSTRAINT products_code_key UNIQUE (code)',
    sqlstate: '23505',
    guarded: (g) => g.safeCreateUniqueConstraint('products', ['code']),
    code: 'HF_DATA',
  },
  {
    what: 'a check that rows violate',
    raw: 'ALTER TABLE products ADD CONSTRAINT positive CHECK (price > 0)',
    sqlstate: '23514',
    guarded: (g) => g.safeCreateCheckConstraint('products', 'positive', 'price > 0'),
    code: 'HF_DATA',
  },
  {
    what: 'a foreign key over orphans',
    raw: 'ALTER TABLE products ADD FOREIGN KEY (maker_id) REFERENCES makers (id)',
    sqlstate: '23503',
    guarded: (g) => g.safeAddForeignKey('products', ['maker_id'], { references: { table: 'makers', columns: ['id'] } }),
    code: 'HF_DATA',
  },
  {
    what: 'a foreign key to a column that is not unique',
    raw: 'ALTER TABLE products ADD FOREIGN KEY (code) REFERENCES categories (name)',
    sqlstate: '42830',
    guarded: (g) =>
      g.safeAddForeignKey('products', ['code'], { references: { table: 'categories', columns: ['name'] } }),
    code: 'HF_PREREQUISITE',
  },
  {
    what: 'a column with such a key',
    raw: 'ALTER TABLE products ADD COLUMN named text REFERENCES categories (name)',
    sqlstate: '42830',
    guarded: (g) => g.safeAddColumn('products', 'named', 'text REFERENCES categories (name)'),
    code: 'HF_PREREQUISITE',
  },
  {
    what: 'dropping a column that a view shows',
    raw: 'ALTER TABLE products DROP COLUMN price',
    sqlstate: '2BP01',
    guarded: (g) => g.safeDropColumn('products', 'price'),
    code: 'HF_DEPENDENCY',
  },
  {
    what: 'dropping a column that another table refers to',
    raw: 'ALTER TABLE categories DROP COLUMN id',
    sqlstate: '2BP01',
    guarded: (g) => g.safeDropColumn('categories', 'id'),
    code: 'HF_DEPENDENCY',
  },
  {
    what: 'working on a table whose migration has not run',
    raw: 'ALTER TABLE product ADD COLUMN weight integer',
    sqlstate: '42P01',
    guarded: (g) => g.safeAddColumn('product', 'weight', 'integer'),
    code: 'HF_PREREQUISITE',
  },
  {
    what: 'an index on a column that is spelt otherwise',
    raw: 'CREATE INDEX ON products (categoryid)',
    sqlstate: '42703',
    guarded: (g) => g.safeCreateIndex('products', ['categoryid']),
    code: 'HF_PREREQUISITE',
  },
  {
    what: 'a schema that is not there',
    raw: 'ALTER TABLE auth.users ADD COLUMN x integer',
    sqlstate: '3F000',
    guarded: (g) => g.safeAddColumn('auth.users', 'x', 'integer'),
    code: 'HF_PREREQUISITE',
  },
  {
    what: 'adding what is there in another form',
    raw: 'ALTER TABLE products ADD COLUMN price integer NOT NULL',
    sqlstate: '42701',
    guarded: (g) => g.safeAddColumn('products', 'price', 'integer NOT NULL'),
    code: 'HF_MISMATCH',
  },
];

/** Those of operations that come: they take part once the guard has them. Their messages stand on their own pages. */
const ALL_COMING: readonly (Mistake & { readonly method: string })[] = [
  {
    what: 'dropping a table that others refer to',
    method: 'safeDropTable',
    raw: 'DROP TABLE categories',
    sqlstate: '2BP01',
    guarded: (g) => call(g, 'safeDropTable', 'categories', { allowRows: true }),
    code: 'HF_DEPENDENCY',
  },
  {
    what: 'dropping the index of a constraint',
    method: 'safeDropIndex',
    raw: 'DROP INDEX makers_pkey',
    sqlstate: '2BP01',
    guarded: (g) => call(g, 'safeDropIndex', 'makers_pkey'),
    code: 'HF_',
  },
  {
    what: 'a primary key over duplicates',
    method: 'safeAddPrimaryKey',
    raw: 'ALTER TABLE products DROP CONSTRAINT products_pkey; ALTER TABLE products ADD PRIMARY KEY (category_id)',
    sqlstate: '23505',
    guarded: (g) => call(g, 'safeAddPrimaryKey', 'products', ['category_id']),
    code: 'HF_',
  },
];
const COMING: readonly Mistake[] = ALL_COMING.filter(({ method }) => method in Guard.prototype);

function call(g: Guard, method: string, ...args: unknown[]): Promise<unknown> {
  return (g as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(
    ...args,
  ) as Promise<unknown>;
}

describe.each([...MISTAKES, ...COMING])('$what', ({ raw, sqlstate, guarded, code }) => {
  test('raw: it fails, and takes the transaction of the migration with it', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    expect(await codeOf(client.query(raw))).toBe(sqlstate);
    expect(await codeOf(client.query('SELECT 1'))).toBe('25P02');
    await client.query('ROLLBACK');
  });

  test.each(['outside', 'inside'])(
    'guarded, %s a transaction: it is said beforehand, and nothing is changed',
    async (where) => {
      const client = await db.connect();
      const before = [...(await catalogOf(client)), ...(await rowsOf(client))];
      if (where === 'inside') await client.query('BEGIN');
      const error = await errorOf<HoldfastError>(guarded(guard(client)));
      expect(error.code).toMatch(code);
      expect(error.left).toBe('Nothing was changed.');
      expect(error.hint).not.toBe('');
      // The transaction goes on.
      expect(await one(client, 'SELECT 1')).toBe(1);
      if (where === 'inside') await client.query('COMMIT');
      expect([...(await catalogOf(client)), ...(await rowsOf(client))]).toEqual(before);
    },
  );
});

test('what is said', async () => {
  const g = guard(await db.connect());
  const said: string[] = [];
  for (const { what, guarded } of MISTAKES) said.push(`-- ${what}`, (await errorOf(guarded(g))).message);
  expect(said.join('\n')).toMatchInlineSnapshot(`
    "-- a new column NOT NULL without a default, where there are rows
    safeAddColumn: public.products.required: the column is NOT NULL and has no default, but public.products has rows: each would hold NULL.
    Nothing was changed.
    Give it a default, or in three steps: add required without NOT NULL, backfill it, then safeSetNotNull.
    -- NOT NULL where some rows hold NULL
    safeSetNotNull: public.products.code: 1 row with NULL in code.
      {"id":3}
    Nothing was changed.
    Fill them first, or pass { backfill: value }. Look at them:
      SELECT * FROM "public"."products" WHERE "code" IS NULL LIMIT 20;
    Then correct public.products and run again.
    -- a unique constraint over duplicates
    safeCreateIndex: public.products(code): 1 row of keys that come more than once, in the way of a unique index.
      {"code":"a","rows":2}
    Nothing was changed.
    Look at them:
      SELECT "code", count(*) AS rows FROM "public"."products" WHERE "code" IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 20;
    Then remove the duplicates and run again.
    -- a check that rows violate
    safeCreateCheckConstraint: public.products.positive: 1 row that violate CHECK (price > 0).
      {"id":2}
    Nothing was changed.
    Look at them:
      SELECT * FROM "public"."products" WHERE (price > 0) IS FALSE LIMIT 20;
    Then correct public.products and run again.
    -- a foreign key over orphans
    safeAddForeignKey: public.products(maker_id): 1 row without a parent in public.makers.
      {"id":2,"maker_id":9}
    Nothing was changed.
    Create the parents, or remove or re-point these rows, then run again:
      SELECT child."id", child."maker_id" FROM "public"."products" child WHERE child."maker_id" IS NOT NULL AND NOT EXISTS (SELECT FROM "public"."makers" parent WHERE parent."id" = child."maker_id") LIMIT 20;
    -- a foreign key to a column that is not unique
    safeAddForeignKey: public.products(code): something it needs does not exist:
      constraint unique or primary key on public.categories(name) does not exist
    Nothing was changed.
    See which migrations ran:
      psql -c "\\d"   # or the status command of your runner
    If the object is optional here, pass { ifMissing: 'skip' }.
    -- a column with such a key
    safeAddForeignKey: public.products(named): something it needs does not exist:
      constraint unique or primary key on public.categories(name) does not exist
    Nothing was changed.
    See which migrations ran:
      psql -c "\\d"   # or the status command of your runner
    If the object is optional here, pass { ifMissing: 'skip' }.
    -- dropping a column that a view shows
    safeDropColumn: public.products.price: these depend on it:
      view cheap
    Nothing was changed.
    Drop or change them first, each in its own operation. Holdfast never uses CASCADE.
    -- dropping a column that another table refers to
    safeDropColumn: public.categories.id: these depend on it:
      constraint products_category_id_fkey on table products
    Nothing was changed.
    Drop or change them first, each in its own operation. Holdfast never uses CASCADE.
    -- working on a table whose migration has not run
    safeAddColumn: product.weight: something it needs does not exist:
      table product does not exist (there is public.products)
    Nothing was changed.
    See which migrations ran:
      psql -c "\\d"   # or the status command of your runner
    If the object is optional here, pass { ifMissing: 'skip' }.
    -- an index on a column that is spelt otherwise
    safeCreateIndex: public.products(categoryid): something it needs does not exist:
      column public.products.categoryid does not exist (there is public.products.category_id)
    Nothing was changed.
    See which migrations ran:
      psql -c "\\d"   # or the status command of your runner
    If the object is optional here, pass { ifMissing: 'skip' }.
    -- a schema that is not there
    safeAddColumn: auth.users.x: something it needs does not exist:
      table auth.users does not exist
    Nothing was changed.
    See which migrations ran:
      psql -c "\\d"   # or the status command of your runner
    If the object is optional here, pass { ifMissing: 'skip' }.
    -- adding what is there in another form
    safeAddColumn: public.products.price: it exists, but is not what is asked for:
      type: expected integer, found numeric
      nullability: expected NOT NULL, found NULL
    Nothing was changed.
    Change the migration to what the database has, or change the object first; onMismatch: 'warn' leaves it as it is and goes on."
  `);
});

describe('a migration that runs a second time', () => {
  test('raw: "already exists" takes the transaction with it, whoever catches it', async () => {
    const client = await db.connect();
    await client.query("CREATE TYPE raw_status AS ENUM ('a')");
    await client.query('BEGIN');
    const caught = await client.query("ALTER TYPE raw_status ADD VALUE 'a'").catch((error: Error) => error.message);
    expect(caught).toContain('already exists');
    expect(await codeOf(client.query('ALTER TABLE makers ADD COLUMN name text'))).toBe('25P02');
    await client.query('ROLLBACK');
    await client.query('DROP TYPE raw_status');
  });

  test('guarded: it finds what it wants, and goes on', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const g = guard(client);
    expect(await g.safeAddEnumValue('status', 'active')).toMatchObject({ status: 'unchanged' });
    expect(await g.safeAddColumn('makers', 'name', 'text')).toMatchObject({ status: 'applied' });
    expect(await g.safeAddColumn('makers', 'name', 'text')).toMatchObject({ status: 'unchanged' });
    await client.query('ROLLBACK');
  });
});

describe('a way back that runs a second time', () => {
  test('raw: DROP COLUMN fails; with IF EXISTS and CASCADE it takes the view along, in silence', async () => {
    const client = await db.connect();
    expect(await codeOf(client.query('ALTER TABLE makers DROP COLUMN name'))).toBe('42703');
    await client.query('BEGIN; ALTER TABLE products DROP COLUMN IF EXISTS price CASCADE');
    expect(await one(client, "SELECT to_regclass('cheap')")).toBeNull();
    await client.query('ROLLBACK');
  });

  test('guarded: gone is done', async () => {
    expect(await guard(await db.connect()).safeDropColumn('makers', 'name')).toMatchObject({
      status: 'unchanged',
      steps: [],
    });
  });
});

describe('a column of an index over several', () => {
  test('raw: the index is gone with the column, in silence', async () => {
    const client = await db.connect();
    await client.query('BEGIN; ALTER TABLE products DROP COLUMN code');
    expect(await one(client, "SELECT to_regclass('products_code_price')")).toBeNull();
    await client.query('ROLLBACK');
  });

  test('guarded: the index is named', async () => {
    const error = await errorOf<HoldfastError>(guard(await db.connect()).safeDropColumn('products', 'code'));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', dependents: ['index products_code_price'] });
  });
});

describe('a unique index that is built concurrently over duplicates', () => {
  test('raw: it fails and stays behind INVALID; IF NOT EXISTS then takes it for done', async () => {
    const client = await db.connect();
    const build = 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS products_raw ON products (code)';
    expect(await codeOf(client.query(build))).toBe('23505');
    await client.query(build);
    expect(await one(client, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'products_raw'::regclass")).toBe(
      false,
    );
    await client.query('DROP INDEX products_raw');
  });

  test('guarded: the duplicates are found first, and no index is begun', async () => {
    const client = await db.connect();
    const error = await errorOf<HoldfastError>(
      guard(client).safeCreateIndex('products', ['code'], { unique: true, name: 'products_guarded' }),
    );
    expect(error).toMatchObject({ code: 'HF_DATA', samples: [{ code: 'a', rows: 2 }] });
    expect(await one(client, "SELECT to_regclass('products_guarded')")).toBeNull();
  });
});
