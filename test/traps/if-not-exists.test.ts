/** IF NOT EXISTS asks for a name and nothing else. */
import { describe, expect, test } from 'vitest';
import { errorOf, one, useDatabase } from '../core/support.js';
import { watched } from '../engine/support.js';
import { readCatalog } from '../support/catalog.js';
import { codeOf } from './support.js';

const db = useDatabase(`
  CREATE TABLE users (id integer PRIMARY KEY, v text, a integer, b integer);
  CREATE INDEX users_a ON users (b);
  CREATE TABLE users_b (id integer);
  ALTER TABLE users ADD CONSTRAINT positive CHECK (a > -1);
`);

type Guarded = ReturnType<typeof watched>['g'];

describe.each([
  [
    'a column of another type',
    'ALTER TABLE users ADD COLUMN IF NOT EXISTS v integer NOT NULL',
    (g: Guarded) => g.safeAddColumn('users', 'v', 'integer NOT NULL'),
    ['type', 'nullability'],
  ],
  [
    'an index on another column',
    'CREATE INDEX IF NOT EXISTS users_a ON users (a)',
    (g: Guarded) => g.safeCreateIndex('users', ['a'], { name: 'users_a' }),
    ['key 1'],
  ],
] as const)('%s under the wanted name', (_what, raw, guarded, paths) => {
  test('raw: IF NOT EXISTS says nothing and changes nothing', async () => {
    const client = await db.connect();
    const before = await readCatalog(db.url());
    await client.query(raw);
    expect(await readCatalog(db.url())).toEqual(before);
  });

  test.each(['outside', 'inside'])(
    'guarded: %s a transaction it is a mismatch that names the differences',
    async (where) => {
      const client = await db.connect();
      const before = await readCatalog(db.url());
      if (where === 'inside') await client.query('BEGIN');
      const error = await errorOf<Error & { differences: { path: string }[] }>(guarded(watched(client).g));
      expect(error).toMatchObject({ code: 'HF_MISMATCH', left: 'Nothing was changed.' });
      expect(error.differences.map((d) => d.path)).toEqual(paths);
      if (where === 'inside') await client.query('COMMIT');
      expect(await readCatalog(db.url())).toEqual(before);
    },
  );
});

describe('a table that has the name of the index', () => {
  test('raw: CREATE INDEX IF NOT EXISTS takes it for the index', async () => {
    const client = await db.connect();
    await client.query('CREATE INDEX IF NOT EXISTS users_b ON users (b)');
    expect(await one(client, "SELECT relkind FROM pg_class WHERE oid = 'users_b'::regclass")).toBe('r');
  });

  test('guarded: safeCreateIndex is refused and says what has the name', async () => {
    const client = await db.connect();
    const { g } = watched(client);
    const error = await errorOf(g.safeCreateIndex('users', ['b', 'a'], { name: 'users_b' }));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.message).toContain('the name is taken by table public.users_b');
    expect((await readCatalog(db.url())).filter((line) => line.includes('(b, a)'))).toEqual([]);
  });
});

describe('a constraint of another expression under the wanted name', () => {
  const ADD = 'ALTER TABLE users ADD CONSTRAINT';

  test('raw: ADD CONSTRAINT has no IF NOT EXISTS, and catching "already exists" hides the difference', async () => {
    const client = await db.connect();
    expect(await codeOf(client.query(`${ADD} IF NOT EXISTS positive CHECK (a > 0)`))).toBe('42601');
    expect(await codeOf(client.query(`${ADD} positive CHECK (a > 0)`))).toBe('42710');
    await client.query(`DO $$ BEGIN ${ADD} positive CHECK (a > 0); EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
    expect(await readCatalog(db.url())).toContain("constraint users.positive CHECK ((a > '-1'::integer)) valid=t");
  });

  test('guarded: safeCreateCheckConstraint is a mismatch', async () => {
    const before = await readCatalog(db.url());
    const { g } = watched(await db.connect());
    expect(await errorOf(g.safeCreateCheckConstraint('users', 'positive', 'a > 0'))).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [{ path: 'expression' }],
    });
    expect(await readCatalog(db.url())).toEqual(before);
  });
});
