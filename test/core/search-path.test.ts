/** What takes a name away takes it from the object that was meant, and not from the next one that the search path finds behind it. */
import { type Guard, guard } from '@holdfast/core';
import { expect, test } from 'vitest';
import { one, useDatabase } from './support.js';

const OBJECTS = ['a', 'b']
  .map(
    (schema) => `CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.t (id integer, n integer); INSERT INTO ${schema}.t VALUES (1); CREATE INDEX i ON ${schema}.t (n);
    CREATE TABLE ${schema}.r (id integer); CREATE INDEX ri ON ${schema}.r (id); CREATE TYPE ${schema}.re AS ENUM ('x');
    CREATE VIEW ${schema}.v AS SELECT 1 AS one; CREATE SEQUENCE ${schema}.s; CREATE TYPE ${schema}.e AS ENUM ('x');
    CREATE TABLE ${schema}.x (id integer); CREATE VIEW ${schema}.xv AS SELECT id FROM ${schema}.x;
    CREATE FUNCTION ${schema}.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';`,
  )
  .join('\n');
const db = useDatabase(OBJECTS);

const CALLS: readonly (readonly [
  string,
  (g: Guard) => Promise<{ status: string; steps: readonly unknown[] }>,
  string,
])[] = [
  ['safeDropIndex', (g) => g.safeDropIndex('i'), "to_regclass('b.i')"],
  ['safeDropTable', (g) => g.safeDropTable('t', { allowRows: true }), "to_regclass('b.t')"],
  ['safeDropView', (g) => g.safeDropView('v'), "to_regclass('b.v')"],
  ['safeDropSequence', (g) => g.safeDropSequence('s'), "to_regclass('b.s')"],
  ['safeDropEnum', (g) => g.safeDropEnum('e'), "to_regtype('b.e')"],
  ['safeDropFunction', (g) => g.safeDropFunction('f()'), "to_regprocedure('b.f()')"],
  ['safeRenameIndex', (g) => g.safeRenameIndex('ri', 'ri2'), "to_regclass('b.ri')"],
  ['safeRenameTable', (g) => g.safeRenameTable('r', 'r2'), "to_regclass('b.r')"],
  ['safeExpandTableRename', (g) => g.safeExpandTableRename('x', 'x2'), "to_regclass('b.x')"],
  ['safeContractTableRename', (g) => g.safeContractTableRename('xv', 'x2'), "to_regclass('b.xv')"],
  ['safeRenameEnum', (g) => g.safeRenameEnum('re', 're2'), "to_regtype('b.re')"],
];

test.each(CALLS)('%s leaves the one in the next schema alone', async (_name, call, other) => {
  const client = await db.connect();
  await client.query('SET search_path = a, b');
  const outcome = await call(guard(client));
  expect(outcome).toMatchObject({ status: 'applied' });
  expect(outcome.steps.filter((step) => !String((step as { sql: string }).sql).startsWith('SELECT'))).toHaveLength(1);
  expect(await one(client, `SELECT ${other} IS NOT NULL`)).toBe(true);
});
