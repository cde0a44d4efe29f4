/** safeGrant and safeRevoke: what the server would do in part, or not at all, without a word. */
import { randomBytes } from 'node:crypto';
import { type Guard, guard, type HoldfastError, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

// Roles belong to the whole server, so each run has its own.
const run = randomBytes(6).toString('hex');
const [app, boss, group] = [`hf_app_${run}`, `hf_boss_${run}`, `hf_group_${run}`];
const db = useDatabase(`CREATE ROLE ${app}; CREATE ROLE ${boss}; CREATE ROLE ${group}; GRANT ${group} TO ${app}`);

beforeEach(() =>
  db.run(`
  DROP OWNED BY ${app}, ${boss}, ${group};
  DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC; DROP SCHEMA IF EXISTS extra CASCADE; CREATE SCHEMA extra;
  CREATE TABLE orders (id integer, total integer);
  CREATE VIEW totals AS SELECT total FROM orders;
  CREATE SEQUENCE numbers;
  CREATE FUNCTION add(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
  CREATE PROCEDURE tidy() LANGUAGE sql AS 'SELECT 1'`),
);
afterAll(() =>
  db.run(`DROP OWNED BY ${app}, ${boss}, ${group}; DROP ROLE ${app}; DROP ROLE ${boss}; DROP ROLE ${group}`),
);

const may = (client: pg.Client, what: string): Promise<boolean> => one<boolean>(client, `SELECT has_${what}`);

type Call = (g: Guard, change: 'safeGrant' | 'safeRevoke') => Promise<Outcome>;
const KINDS: Readonly<Record<string, readonly [Call, string, string]>> = {
  'a table': [
    (g, change) => g[change]('orders', ['select', 'insert'], app),
    `table_privilege('${app}', 'orders', 'SELECT')`,
    `TABLE "public"."orders"`,
  ],
  'a view': [
    (g, change) => g[change]('totals', 'select', app),
    `table_privilege('${app}', 'totals', 'SELECT')`,
    'TABLE "public"."totals"',
  ],
  columns: [
    (g, change) => g[change]('orders', ['select', 'update'], app, { columns: ['total'] }),
    `column_privilege('${app}', 'orders', 'total', 'UPDATE')`,
    'SELECT ("total"), UPDATE ("total") ON TABLE "public"."orders"',
  ],
  'all of a table': [
    (g, change) => g[change]('orders', 'all', app),
    `table_privilege('${app}', 'orders', 'TRIGGER')`,
    'ALL ON TABLE "public"."orders"',
  ],
  'a sequence': [
    (g, change) => g[change]('numbers', 'usage', app, { on: 'sequence' }),
    `sequence_privilege('${app}', 'numbers', 'USAGE')`,
    'SEQUENCE "public"."numbers"',
  ],
  'a schema': [
    (g, change) => g[change]('extra', ['usage', 'create'], app, { on: 'schema' }),
    `schema_privilege('${app}', 'extra', 'CREATE')`,
    'SCHEMA "extra"',
  ],
  'a procedure': [
    (g, change) => g[change]('tidy()', 'execute', [app, 'public'], { on: 'function' }),
    `function_privilege('${app}', 'tidy()', 'EXECUTE')`,
    'ROUTINE "public"."tidy"()',
  ],
};

describe.each(Object.entries(KINDS))('%s', (name, [call, held, printed]) => {
  test('granted and revoked, each once, in one round trip where nothing is left to do', async () => {
    const client = await db.connect();
    const g = guard(client);
    // PUBLIC may execute whatever is made.
    if (name !== 'a procedure') expect(await may(client, held)).toBe(false);
    else await call(g, 'safeRevoke');
    const granted = await call(g, 'safeGrant');
    expect(granted).toMatchObject({ status: 'applied' });
    expect(granted.steps.map(({ sql }) => sql).join()).toContain(printed);
    expect(await may(client, held)).toBe(true);
    const count = countQueries(client);
    expect(await call(g, 'safeGrant')).toMatchObject({ status: 'unchanged', steps: [] });
    expect(count.sent).toBe(1);
    expect(await call(g, 'safeRevoke')).toMatchObject({ status: 'applied' });
    expect(await may(client, held)).toBe(false);
    expect(await call(g, 'safeRevoke')).toMatchObject({ status: 'unchanged' });
  });
});

test('what is lacking is granted, and a grant option that is there stays', async () => {
  const client = await db.connect();
  const g = guard(client);
  await client.query(`GRANT SELECT ON orders TO ${app} WITH GRANT OPTION`);
  expect(await g.safeGrant('orders', 'select', app)).toMatchObject({ status: 'unchanged' });
  expect(await g.safeGrant('orders', ['select', 'insert'], app)).toMatchObject({ status: 'repaired' });
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT WITH GRANT OPTION')`)).toBe(true);
  expect(await g.safeGrant('orders', 'insert', app, { withGrantOption: true })).toMatchObject({ status: 'applied' });
  expect(await may(client, `table_privilege('${app}', 'orders', 'INSERT WITH GRANT OPTION')`)).toBe(true);
});

test('who may not grant all of it grants nothing of it, and is told before; the server gives a part', async () => {
  await db.run(`GRANT SELECT ON orders TO ${boss} WITH GRANT OPTION`);
  const client = await db.connect();
  await client.query(`SET ROLE ${boss}`);
  const error = await errorOf<HoldfastError>(guard(client).safeGrant('orders', ['select', 'insert'], app));
  expect(error).toMatchObject({ code: 'HF_PRIVILEGE', target: 'public.orders' });
  expect(error.message).toContain(`INSERT of ${app}`);
  expect(error.message).not.toContain('SELECT of');
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT')`)).toBe(false);
  // As stock: a warning, and half of it.
  await client.query(`GRANT SELECT, INSERT ON orders TO ${app}`);
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT')`)).toBe(true);
  expect(await may(client, `table_privilege('${app}', 'orders', 'INSERT')`)).toBe(false);
  expect(await guard(client).safeGrant('orders', 'select', app)).toMatchObject({ status: 'unchanged' });
});

test('granted already is granted, also for who may not grant', async () => {
  await db.run(`GRANT SELECT ON orders TO ${app}`);
  const client = await db.connect();
  await client.query(`SET ROLE ${boss}`);
  expect(await guard(client).safeGrant('orders', 'select', app)).toMatchObject({ status: 'unchanged' });
  expect(await errorOf(guard(client).safeGrant('orders', 'insert', app))).toMatchObject({ code: 'HF_PRIVILEGE' });
});

test('what another role has granted is not revoked without a word', async () => {
  await db.run(
    `GRANT SELECT ON orders TO ${boss} WITH GRANT OPTION; SET ROLE ${boss}; GRANT SELECT ON orders TO ${app}`,
  );
  const client = await db.connect();
  const error = await errorOf<HoldfastError>(guard(client).safeRevoke('orders', 'select', app));
  expect(error).toMatchObject({ code: 'HF_PRIVILEGE' });
  expect(error.message).toContain(`SELECT of ${app}, granted by ${boss}`);
  // As stock: no error, no warning, and nothing is revoked.
  await client.query(`REVOKE SELECT ON orders FROM ${app}`);
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT')`)).toBe(true);
  await client.query(`SET ROLE ${boss}`);
  expect(await guard(client).safeRevoke('orders', 'select', app)).toMatchObject({ status: 'applied' });
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT')`)).toBe(false);
});

test('what others have been given by it stands in the way', async () => {
  await db.run(
    `GRANT SELECT ON orders TO ${boss} WITH GRANT OPTION; SET ROLE ${boss}; GRANT SELECT ON orders TO ${app}`,
  );
  const client = await db.connect();
  expect(await errorOf(guard(client).safeRevoke('orders', 'select', boss))).toMatchObject({ code: 'HF_DEPENDENCY' });
  expect(await may(client, `table_privilege('${app}', 'orders', 'SELECT')`)).toBe(true);
});

test('a column of a table that is granted as a whole is not revoked without a word', async () => {
  await db.run(`GRANT SELECT ON orders TO ${app}; GRANT SELECT (total) ON orders TO ${app}`);
  const client = await db.connect();
  const error = await errorOf<HoldfastError>(guard(client).safeRevoke('orders', 'select', app, { columns: ['total'] }));
  expect(error).toMatchObject({ code: 'HF_REFUSED', target: 'public.orders(total)' });
  expect(error.message).toContain(`SELECT of ${app}`);
  expect(
    await one(
      client,
      "SELECT attacl IS NOT NULL FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attname = 'total'",
    ),
  ).toBe(true);
  // On the whole: the columns go along.
  expect(await guard(client).safeRevoke('orders', 'select', app)).toMatchObject({ status: 'applied' });
  expect(await may(client, `any_column_privilege('${app}', 'orders', 'SELECT')`)).toBe(false);
});

test('what the role has by another one, or by PUBLIC, is said', async () => {
  await db.run(`GRANT SELECT, INSERT ON orders TO ${app}, ${group}; GRANT SELECT ON orders TO PUBLIC`);
  const client = await db.connect();
  const outcome = await guard(client).safeRevoke('orders', ['select'], app);
  expect(outcome).toMatchObject({ status: 'applied' });
  expect(outcome.reason).toContain(`SELECT of ${app}, by ${group}`);
  expect(outcome.reason).toContain(`SELECT of ${app}, by public`);
  expect(outcome.reason).not.toContain('INSERT');
});

test('a missing object, column or role is named', async () => {
  const client = await db.connect();
  const g = guard(client);
  const message = async (promise: Promise<unknown>): Promise<string> => (await errorOf(promise)).message;
  expect(await message(g.safeGrant('order', 'select', app))).toContain(
    'table order does not exist (there is public.orders)',
  );
  expect(await message(g.safeGrant('orders', 'select', app, { columns: ['sum'] }))).toContain(
    'column public.orders.sum does not exist',
  );
  expect(await message(g.safeGrant('orders', 'usage', app, { on: 'sequence' }))).toContain(
    'sequence orders does not exist',
  );
  expect(await message(g.safeGrant('other', 'usage', app, { on: 'schema' }))).toContain('schema other does not exist');
  expect(await message(g.safeGrant('add(text)', 'execute', app, { on: 'function' }))).toContain(
    'function public.add(text) does not exist',
  );
  expect(await message(g.safeRevoke('orders', 'select', 'hf_nobody'))).toContain('role hf_nobody does not exist');
  expect(await g.safeGrant('orders', 'select', 'hf_nobody', { ifMissing: 'skip' })).toMatchObject({
    status: 'skipped',
  });
});

test.each(['all', 'select'] as const)(
  'what an earlier step of a plan makes can be granted in it: %s',
  async (privilege) => {
    const client = await db.connect();
    await client.query(`SET ROLE ${boss}`);
    const g = guard(client, { mode: 'plan', schema: 'public' });
    await g.safeCreateTable('invoices', 'id integer');
    expect(await g.safeGrant('invoices', privilege, app)).toMatchObject({
      status: 'planned',
      steps: [{ sql: `GRANT ${privilege.toUpperCase()} ON TABLE "public"."invoices" TO "${app}"` }],
    });
  },
);

test('so can its sequences, schemas, views and functions', async () => {
  const client = await db.connect();
  const g = guard(client, { mode: 'plan', schema: 'public' });
  await g.safeCreateSequence('tickets');
  await g.safeCreateSchema('later');
  await g.safeCreateView('ids', 'SELECT id FROM orders');
  await g.safeCreateFunction('twice(a integer)', 'RETURNS integer LANGUAGE sql AS $$ SELECT a * 2 $$');
  const planned = [
    await g.safeGrant('tickets', 'all', app, { on: 'sequence' }),
    await g.safeGrant('later', 'usage', app, { on: 'schema' }),
    await g.safeGrant('ids', 'select', app),
    await g.safeGrant('twice(integer)', 'execute', app, { on: 'function' }),
  ];
  expect(planned.map(({ status, steps }) => `${status}: ${steps[0]?.sql}`)).toEqual([
    `planned: GRANT ALL ON SEQUENCE "public"."tickets" TO "${app}"`,
    `planned: GRANT USAGE ON SCHEMA "later" TO "${app}"`,
    `planned: GRANT SELECT ON TABLE "public"."ids" TO "${app}"`,
    `planned: GRANT EXECUTE ON ROUTINE "public"."twice"(integer) TO "${app}"`,
  ]);
});

test('two sessions at once grant both', async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => db.connect()));
  const roles = [app, boss, group, 'public'];
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(clients.map((client, i) => guard(client).safeGrant('orders', 'all', roles[i] ?? 'public')));
    const [client] = clients as [pg.Client];
    for (const role of [app, boss, group])
      expect(await may(client, `table_privilege('${role}', 'orders', 'DELETE')`)).toBe(true);
    await Promise.all(clients.map((each, i) => guard(each).safeRevoke('orders', 'all', roles[i] ?? 'public')));
    expect(
      await one(
        client,
        "SELECT count(*)::int FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = 'orders'::regclass AND x.grantee <> c.relowner",
      ),
    ).toBe(0);
  }
});

describe.each(availableMajors([13, 15, 18]))('PostgreSQL %i', (major) => {
  const on = useDatabase('CREATE TABLE orders (id integer); CREATE VIEW totals AS SELECT id FROM orders', major);

  test('a table is locked as by a read at most, and all that there is can be granted', async () => {
    const client = await on.connect();
    await client.query('BEGIN');
    for (const object of ['orders', 'totals'])
      for (const change of ['safeGrant', 'safeRevoke'] as const) {
        expect(await guard(client)[change](object, 'all', 'pg_monitor')).toMatchObject({ status: 'applied' });
        expect(await guard(client)[change](object, 'all', 'pg_monitor')).toMatchObject({ status: 'unchanged' });
        const held =
          "SELECT count(*)::int FROM pg_locks WHERE relation IN ('orders'::regclass, 'totals'::regclass) AND mode <> 'AccessShareLock'";
        expect(await one(client, held)).toBe(0);
      }
    await client.query('COMMIT');
  });
});
