/** A check that went through dump and restore, some of which the server then prints in another way, is the same check. */
import { type Guard, guard } from '@holdfast/core';
import fc from 'fast-check';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { some } from '../support/breadth.js';
import { availableMajors } from '../support/server.js';
import { one, useDatabase } from './support.js';

const EXPRESSIONS = [
  "status IN ('new', 'paid', 'it''s')",
  "status NOT IN ('new', 'paid')",
  "status = ANY (ARRAY['new', 'paid'])",
  "status = 'new' OR status = 'paid'",
  "code IN ('a', 'b')",
  "code <> ALL ('{a,b}')",
  "fixed IN ('a', 'b')",
  "mood IN ('sad', 'happy')",
  "mood <> 'sad'",
  "label IN ('a', 'b')",
  "lower(status) IN ('new', 'paid')",
  "status || code IN ('ab', 'cd')",
  'total BETWEEN 1 AND 100',
  'total NOT BETWEEN 1 AND 100.5',
  'total BETWEEN SYMMETRIC 100 AND 1',
  'quantity IN (1, 2, 3)',
  'quantity IN (-1, 2)',
  'quantity > -1 AND quantity < 1000000000000',
  'total * quantity >= 0.5',
  "day >= '2020-01-01'",
  "day BETWEEN '2020-01-01' AND '2030-01-01'",
  "at > '2020-01-01 00:00+00'::timestamptz",
  "span > interval '1 day'",
  "status LIKE 'a%' AND status NOT ILIKE '%b'",
  "status ~ '^[a-z]+$'",
  "status SIMILAR TO '(a|b)%'",
  "data ->> 'kind' IN ('x', 'y')",
  "data ? 'kind' AND jsonb_typeof(data) = 'object'",
  'data @> \'{"a": 1}\'',
  'num_nonnulls(status, code) = 1',
  "coalesce(status, code, 'x') <> ''",
  'status IS NOT NULL AND code IS NULL',
  'status IS DISTINCT FROM code',
  'active',
  'NOT active OR active IS TRUE',
  '(status IS NULL) = (code IS NULL)',
  'CASE WHEN active THEN total > 0 ELSE total = 0 END',
  'extract(year FROM day) > 2000',
  "date_trunc('month', at) = at",
  'char_length(trim(both FROM status)) > 0',
  "tags <@ ARRAY['a', 'b']",
  "'a' = ANY (tags)",
  'cardinality(tags) < 5',
  'total::integer = total',
  'CAST(quantity AS numeric) / 2 > 0.25',
  "substring(status from 1 for 2) = 'ab'",
  "position('a' in status) = 0",
  '"Mixed Case" > 0 AND "order" <> 0',
  'ROW(quantity, total) <> ROW(0, 0)',
  '(quantity, total) > (0, 1)',
  "day + 1 > '2020-01-01'::date",
  'status COLLATE "C" < \'z\'',
  'quantity % 2 = 0 AND quantity & 1 = 0 AND -quantity < 0',
  'upper(code)::text = code::text',
  'greatest(quantity, 1) = quantity',
  'nullif(status, code) IS NOT NULL',
] as const;

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase(
    `CREATE TYPE mood AS ENUM ('sad', 'happy', 'calm'); CREATE DOMAIN label AS varchar(10);
     CREATE TABLE t (status varchar(20), code text, fixed char(3), mood mood, label label, total numeric(10, 2), quantity integer,
       day date, at timestamptz, span interval, data jsonb, active boolean, tags text[], "Mixed Case" integer, "order" bigint)`,
    major,
  );

  test.each(some(EXPRESSIONS, 20))('%s', async (expression) => {
    await livesThroughRestores(await db.connect(), expression);
  });

  test('and any two of them', async () => {
    const client = await db.connect();
    const pick = fc.constantFrom(...EXPRESSIONS);
    await fc.assert(
      fc.asyncProperty(pick, pick, fc.constantFrom('AND', 'OR', 'AND NOT'), (a, b, word) =>
        livesThroughRestores(client, `(${a}) ${word} (${b})`),
      ),
      { numRuns: 10 },
    );
  });
});

/** Made, then dumped and restored twice: in the spelling of the migration and in that of the server it is always `unchanged`. */
async function livesThroughRestores(client: pg.Client, expression: string): Promise<void> {
  const g = guard(client);
  await client.query('ALTER TABLE t DROP CONSTRAINT IF EXISTS it');
  expect(await again(g, expression)).toBe('applied');
  const first = await stored(client, 'pg_get_expr(conbin, conrelid)');
  for (let restored = 0; restored < 2; restored += 1) {
    expect(await again(g, expression)).toBe('unchanged');
    expect(await again(g, first)).toBe('unchanged');
    expect(await again(g, await stored(client, 'pg_get_expr(conbin, conrelid)'))).toBe('unchanged');
    const definition = await stored(client, 'pg_get_constraintdef(oid)');
    await client.query(`ALTER TABLE t DROP CONSTRAINT it; ALTER TABLE t ADD CONSTRAINT it ${definition}`);
  }
}

function stored(client: pg.Client, what: string): Promise<string> {
  return one(client, `SELECT ${what} FROM pg_constraint WHERE conname = 'it'`);
}

async function again(g: Guard, expression: string): Promise<string> {
  return (await g.safeCreateCheckConstraint('t', 'it', expression)).status;
}
