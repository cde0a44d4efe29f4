import { randomBytes } from 'node:crypto';
import { type Guard, guard, type PrivilegeError } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { countQueries, errorOf, one, useDatabase } from './support.js';

// Roles belong to the whole server, so each run has its own.
const tenant = `hf_tenant_${randomBytes(6).toString('hex')}`;
const db = useDatabase(`
  CREATE TABLE accounts (id integer PRIMARY KEY);
  INSERT INTO accounts SELECT i FROM generate_series(1, 1000) i WHERE i % 4 = 0;
  CREATE TABLE tickets (id integer PRIMARY KEY, account_id integer, note text);
  INSERT INTO tickets SELECT i, CASE WHEN i % 10 > 0 THEN i END, 'note ' || i FROM generate_series(1, 1000) i;
  CREATE TABLE "Odd ""parts" ("Region" text, "at" timestamptz, account integer, PRIMARY KEY ("Region", "at"));
  INSERT INTO "Odd ""parts" SELECT CASE i % 3 WHEN 0 THEN 'O''Brien' WHEN 1 THEN 'back\\slash' ELSE 'Zürich' END, timestamptz '2024-01-01 00:00:00.000001Z' + i * interval '1 microsecond', 5000 + i FROM generate_series(1, 100) i;
  CREATE TABLE loose (account integer, n integer UNIQUE);
  INSERT INTO loose VALUES (3, 1), (3, NULL);
  CREATE ROLE ${tenant};
  CREATE TABLE secrets (id integer PRIMARY KEY, account_id integer);
  CREATE TABLE vault (id integer PRIMARY KEY);
  INSERT INTO secrets SELECT i, i FROM generate_series(1, 10) i;
  INSERT INTO vault SELECT i FROM generate_series(1, 10) i;
  ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
  ALTER TABLE vault ENABLE ROW LEVEL SECURITY;
  CREATE POLICY few ON secrets USING (id > 8);
  GRANT SELECT ON accounts, tickets, secrets, vault TO ${tenant};`);

afterAll(() => db.run(`DROP OWNED BY ${tenant}; DROP ROLE ${tenant}`));

const ACCOUNTS = { references: { table: 'accounts', column: 'id' } };
const EXPECTED = Array.from({ length: 1000 }, (_, i) => i + 1).filter((i) => i % 10 > 0 && i % 4 > 0);

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<{ rows: T[]; sizes: number[] }> {
  const rows: T[] = [];
  const sizes: number[] = [];
  for await (const page of pages) {
    rows.push(...page);
    sizes.push(page.length);
  }
  return { rows, sizes };
}

test('says by name what it needs and what looks alike, all at once', async () => {
  const g = guard(await db.connect());
  const error = await errorOf(
    g.findOrphans('public.tickets', 'acount_id', {
      references: { table: 'account', column: 'id' },
      select: ['id', 'title'],
    }),
  );
  expect(error).toMatchObject({ code: 'HF_PREREQUISITE', left: 'Nothing was changed.' });
  expect(error.message).toContain('column public.tickets.acount_id does not exist (there is public.tickets.account_id');
  expect(error.message).toContain('column public.tickets.title does not exist');
  expect(error.message).toContain('table account does not exist (there is public.accounts');
});

describe('orphanPages', () => {
  test('meets each orphan once, whole, in the order of the key', async () => {
    const g = guard(await db.connect());
    const { rows, sizes } = await collect(g.orphanPages('tickets', 'account_id', { ...ACCOUNTS, pageRows: 100 }));
    expect(rows).toEqual(EXPECTED.map((i) => ({ id: i, account_id: i, note: `note ${i}` })));
    expect(sizes).toEqual([100, 100, 100, 100, 100, 100, 100]);
    const some = await collect(g.orphanPages('tickets', 'account_id', { ...ACCOUNTS, where: 'id < 6' }));
    expect(some.rows.map((row) => row['id'])).toEqual([1, 2, 3, 5]);
  });

  test('goes on along a composite key that select leaves out, whatever is in it', async () => {
    const g = guard(await db.connect());
    const pages = g.orphanPages({ name: 'Odd "parts' }, 'account', { ...ACCOUNTS, select: ['account'], pageRows: 7 });
    const { rows, sizes } = await collect(pages);
    expect(rows.map((row) => Number(row['account'])).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => 5001 + i),
    );
    expect(Object.keys(rows[0] ?? {})).toEqual(['account']);
    expect(sizes).toHaveLength(15);
  });

  test('lets each page be worked on, over the same connection and in one transaction, before the next is read', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const counted = countQueries(client);
    const g = guard(client);
    let pages = 0;
    for await (const page of g.orphanPages('tickets', 'account_id', { ...ACCOUNTS, pageRows: 300 })) {
      pages += 1;
      await client.query('INSERT INTO accounts SELECT unnest($1::int[])', [page.map((row) => row['account_id'])]);
    }
    expect(pages).toBe(3);
    expect(counted.sent).toBeLessThan(20);
    expect(await g.findOrphans('tickets', 'account_id', ACCOUNTS)).toMatchObject({ count: 0 });
    await client.query('ROLLBACK');
  });

  test('refuses a table without a way to go on behind a page', async () => {
    const g = guard(await db.connect());
    const error = await errorOf(collect(g.orphanPages('loose', 'account', ACCOUNTS)));
    expect(error).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(error.message).toMatchInlineSnapshot(`
      "orphanPages: loose: the table has neither a primary key nor a unique index whose columns are NOT NULL, so that there is no way to go on behind a page.
      Nothing was changed.
      Read the rows at once with findOrphans(…, { limit }), or give the table a key first: safeAddPrimaryKey."
    `);
    expect(await errorOf(collect(g.orphanPages('tickets', 'account_id', { ...ACCOUNTS, pageRows: 0 })))).toMatchObject({
      code: 'HF_ARGUMENT',
    });
  });
});

describe('under row level security', () => {
  const asTenant = async (): Promise<{ g: Guard; client: pg.Client }> => {
    const client = await db.connect();
    await client.query(`SET ROLE ${tenant}`);
    return { g: guard(client), client };
  };
  const said = async (promise: Promise<unknown>): Promise<string> => {
    const error = await errorOf<PrivilegeError>(promise);
    expect(error).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
    return error.message.replaceAll(tenant, 'tenant');
  };

  test('rows that are hidden are said, and not left out of a count', async () => {
    const { g, client } = await asTenant();
    expect(await one(client, 'SELECT count(*)::int FROM secrets')).toBe(2);
    expect(await said(g.findOrphans('secrets', 'account_id', ACCOUNTS))).toMatchInlineSnapshot(`
      "findOrphans: secrets: row level security is active for the role tenant on secrets: rows that it hides would be left out without a word.
      Nothing was changed.
      Run as a role with BYPASSRLS, or as the table's owner without FORCE ROW LEVEL SECURITY."
    `);
    const hidden = 'row level security is active for the role tenant on secrets';
    expect(await said(g.findNulls('secrets', 'account_id'))).toContain(hidden);
    expect(await said(g.findDuplicates('secrets', ['account_id']))).toContain(hidden);
    expect(await said(collect(g.orphanPages('secrets', 'account_id', ACCOUNTS)))).toContain(hidden);
  });

  test('parents that are hidden do not make orphans', async () => {
    const { g } = await asTenant();
    const asked = { references: { table: 'vault', column: 'id' } };
    expect(await said(g.findOrphans('tickets', 'account_id', asked))).toContain('on vault: rows that it hides');
    expect(await said(g.findOrphans('secrets', 'account_id', asked))).toContain('on secrets and vault');
  });
});
