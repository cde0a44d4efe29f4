/** Schema objects: what is the same, what is replaced, what depends on it, in awkward places. */
import { randomBytes } from 'node:crypto';
import { type DependencyError, type Guard, guard, type MismatchError, type Outcome } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

// Roles belong to the whole server, so each run has its own.
const weak = `hf_objects_${randomBytes(6).toString('hex')}`;
const db = useDatabase(`
  CREATE ROLE ${weak};
  CREATE SCHEMA auth;
  CREATE SCHEMA mine AUTHORIZATION ${weak};
  CREATE TABLE auth.users (id integer PRIMARY KEY, email text);
  CREATE TABLE mine.notes (id integer PRIMARY KEY, owner text);
  ALTER TABLE mine.notes OWNER TO ${weak};
  GRANT USAGE ON SCHEMA auth TO ${weak};
  CREATE TABLE users (id integer PRIMARY KEY, name text, boss_id integer, org_id integer);
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE TABLE parted (id integer, name text) PARTITION BY RANGE (id);
  CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10);`);

afterAll(async () => {
  await db.run(`DROP OWNED BY ${weak} CASCADE; DROP ROLE ${weak}`);
});

/** Applies, then finds the same. */
async function twice(call: () => Promise<Outcome>): Promise<void> {
  expect(await call()).toMatchObject({ status: 'applied' });
  expect(await call()).toMatchObject({ status: 'unchanged', steps: [] });
}

describe.each(['none', 'transaction'])('a view with replace: %s', (form) => {
  async function begin(): Promise<{ client: pg.Client; g: Guard }> {
    const client = await db.connect();
    if (form === 'transaction') await client.query('BEGIN');
    await client.query('DROP VIEW IF EXISTS upper_names, names; CREATE VIEW names AS SELECT id, name FROM users');
    return { client, g: guard(client) };
  }

  test('gets the other query and new columns behind the old ones, once', async () => {
    const { client, g } = await begin();
    await client.query('CREATE VIEW upper_names AS SELECT upper(name) FROM names');
    await twice(() => g.safeCreateView('names', 'SELECT id, name FROM users WHERE id > 0;', { replace: true }));
    await twice(() => g.safeCreateView('names', 'SELECT id, name, boss_id FROM users', { replace: true }));
    expect(await g.columnExists('names', 'boss_id')).toBe(true);
  });

  test('is refused where the columns are others, and the transaction goes on', async () => {
    const { client, g } = await begin();
    const call = (): Promise<Outcome> => g.safeCreateView('names', 'SELECT name, id FROM users', { replace: true });
    expect(await errorOf(call())).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    await client.query('CREATE VIEW upper_names AS SELECT upper(name) FROM names');
    expect(await errorOf<DependencyError>(call())).toMatchObject({ dependents: ['view upper_names'] });
    expect(await one(client, 'SELECT 1')).toBe(1);
  });

  test('keeps options that nobody asked to be taken away', async () => {
    const { client, g } = await begin();
    await client.query('ALTER VIEW names SET (security_barrier = true)');
    const error = await errorOf<MismatchError>(g.safeCreateView('names', 'SELECT 1', { replace: true }));
    expect(error.differences).toEqual([
      { path: 'options', expected: 'none', found: '{security_barrier=true}', proved: true },
    ]);
  });
});

test('a query that the server does not understand leaves the view and the transaction alone', async () => {
  const client = await db.connect();
  await client.query('CREATE VIEW sound AS SELECT 1 AS a; BEGIN');
  const error = await errorOf<MismatchError>(
    guard(client).safeCreateView('sound', 'SELECT nothing FROM nowhere', { replace: true }),
  );
  expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'query', proved: false }] });
  expect(await errorOf(guard(client).safeCreateView('sound', 'SELECT FROM WHERE'))).toMatchObject({
    code: 'HF_MISMATCH',
  });
  expect(await one(client, 'SELECT 1')).toBe(1);
});

test('what is asked for twice in other words is the same', async () => {
  const client = await db.connect();
  const g = guard(client);
  await twice(() => g.safeCreateView('few', "SELECT u.id FROM users u WHERE u.name IN ('a', 'b') -- few"));
  expect(await g.safeCreateView('few', "select id from users as u where name in ('a','b')")).toMatchObject({
    status: 'unchanged',
  });
  const policy = {
    using: 'EXISTS (SELECT FROM users b WHERE b.id = users.boss_id AND b.name = current_user)',
    for: 'select',
  } as const;
  await twice(() => g.safeCreatePolicy('users', 'of_boss', policy));
  const other = {
    using: 'exists (select from users b where b.id = boss_id and (b.name = current_user))',
    for: 'select',
  } as const;
  expect(await errorOf(g.safeCreatePolicy('users', 'of_boss', other))).toMatchObject({ code: 'HF_MISMATCH' });
  await twice(() =>
    g.safeCreateTrigger('users', 'touch', 'BEFORE UPDATE OF name OR INSERT FOR EACH ROW EXECUTE PROCEDURE touch()'),
  );
  expect(
    await g.safeCreateTrigger(
      'users',
      'touch',
      'before insert or update of "name" for row execute function public.touch()',
    ),
  ).toMatchObject({ status: 'unchanged' });
  await twice(() =>
    g.safeCreateTrigger(
      'users',
      'late',
      'AFTER DELETE DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch()',
      { constraint: true },
    ),
  );
  await twice(() =>
    g.safeCreateTrigger(
      'users',
      'seen',
      'AFTER UPDATE REFERENCING OLD TABLE AS before NEW TABLE AS after EXECUTE FUNCTION touch()',
    ),
  );
});

test('a policy of another table in the search path is not taken for the same', async () => {
  const client = await db.connect();
  await client.query(`CREATE SCHEMA other; CREATE TABLE other.users (id integer, boss_id integer);
    CREATE POLICY of_other ON users USING (EXISTS (SELECT FROM other.users u WHERE u.id = users.id))`);
  const using = 'EXISTS (SELECT FROM users u WHERE u.id = users.id)';
  expect(await errorOf(guard(client).safeCreatePolicy('users', 'of_other', { using }))).toMatchObject({
    code: 'HF_MISMATCH',
  });
  await client.query('SET search_path TO other, public');
  expect(
    await errorOf(
      guard(client).safeCreatePolicy('public.users', 'of_other', {
        using: 'EXISTS (SELECT FROM public.users u WHERE u.id = users.id)',
      }),
    ),
  ).toMatchObject({ code: 'HF_MISMATCH' });
});

test('a trigger on a partitioned table, and one on a view', async () => {
  const client = await db.connect();
  const g = guard(client);
  await twice(() => g.safeCreateTrigger('parted', 'touch', 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION touch()'));
  expect(await errorOf(g.safeDropTrigger('part', 'touch'))).toMatchObject({ code: 'HF_DEPENDENCY' });
  await twice(() => g.safeDropTrigger('parted', 'touch'));
  await client.query('CREATE VIEW written AS SELECT id FROM users');
  await twice(() =>
    g.safeCreateTrigger('written', 'instead', 'INSTEAD OF INSERT FOR EACH ROW EXECUTE FUNCTION touch()'),
  );
  await twice(() => g.safeDropTrigger('written', 'instead'));
});

describe('a function', () => {
  test('is known by its argument types, and replaced in place where asked', async () => {
    const client = await db.connect();
    const g = guard(client);
    await twice(() => g.safeCreateFunction('f(a integer)', "RETURNS text LANGUAGE sql AS 'SELECT ''one'''"));
    await twice(() =>
      g.safeCreateFunction(
        "f(text, b double precision = 1, VARIADIC c varchar(3)[] = '{}')",
        "RETURNS text LANGUAGE sql AS 'SELECT ''two'''",
      ),
    );
    await client.query('CREATE VIEW uses_f AS SELECT f(1)');
    const error = await errorOf<DependencyError>(g.safeDropFunction('f(int4)'));
    expect(error).toMatchObject({ code: 'HF_DEPENDENCY', dependents: ['view uses_f'] });
    await twice(() =>
      g.safeCreateFunction('f(a integer)', "RETURNS text LANGUAGE sql AS 'SELECT ''new'''", { replace: true }),
    );
    expect(await one(client, 'SELECT * FROM uses_f')).toBe('new');
    await twice(() => g.safeDropFunction('f(text, double precision, variadic character varying[])'));
    expect(await one(client, "SELECT count(*)::int FROM pg_proc WHERE proname = 'f'")).toBe(1);
    expect(await errorOf(g.safeCreateFunction('g(a no_such_type)', "RETURNS text LANGUAGE sql AS ''"))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'type', name: 'no_such_type' }],
    });
  });

  test.runIf(Number(majors[0]) >= 14)('with a body in standard SQL is compared as the server prints it', async () => {
    const client = await db.connect();
    const g = guard(client);
    const body = 'RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM users; END';
    await twice(() => g.safeCreateFunction('counted()', body));
    const error = await errorOf<MismatchError>(g.safeCreateFunction('counted()', body.replace('users', 'parted')));
    expect(error.differences.map(({ path, proved }) => ({ path, proved }))).toEqual([{ path: 'body', proved: true }]);
  });
});

test('a drop names what depends on an object, and what depends on its parts', async () => {
  const client = await db.connect();
  await client.query(
    `CREATE SCHEMA full_one; CREATE TABLE full_one.a (id serial PRIMARY KEY); CREATE TYPE full_one.e AS ENUM ('x');
    CREATE VIEW base AS SELECT id FROM users; CREATE FUNCTION takes(base) RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE EXTENSION citext; CREATE TABLE uses_citext (a citext, b citext[]);
    CREATE TABLE guarded (id integer DEFAULT length('a')); CREATE FUNCTION five() RETURNS integer LANGUAGE sql AS 'SELECT 5';
    ALTER TABLE guarded ALTER id SET DEFAULT five(); CREATE POLICY p ON guarded USING (id = five())`,
  );
  const g = guard(client);
  const dependentsOf = async (call: Promise<Outcome>): Promise<readonly string[]> =>
    (await errorOf<DependencyError>(call)).dependents;
  expect(await dependentsOf(g.safeDropSchema('full_one'))).toEqual([
    'sequence full_one.a_id_seq',
    'table full_one.a',
    'type full_one.e',
  ]);
  expect(await dependentsOf(g.safeDropView('base'))).toEqual(['function takes(base)']);
  expect(await dependentsOf(g.safeDropExtension('citext'))).toEqual([
    'column a of table uses_citext',
    'column b of table uses_citext',
  ]);
  expect(await dependentsOf(g.safeDropFunction('five()'))).toEqual([
    'column id of table guarded',
    'policy p on table guarded',
  ]);
  expect(await errorOf(g.safeDropFunction('citext_eq(citext, citext)'))).toMatchObject({
    code: 'HF_DEPENDENCY',
    left: 'Nothing was changed.',
  });
});

test('a plan counts on what an earlier step would make', async () => {
  const client = await db.connect();
  const g = guard(client, { mode: 'plan' });
  const planned = [
    await g.safeCreateSchema('later'),
    await g.safeCreateFunction('later.stamp()', 'RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'),
    await g.safeCreateTrigger('users', 'stamp', 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION later.stamp()'),
    await g.safeCreateView('later.ids', 'SELECT id FROM users'),
  ];
  expect(planned.map(({ status, assumes }) => ({ status, assumes }))).toEqual([
    { status: 'planned' },
    { status: 'planned', assumes: ['later'] },
    { status: 'planned', assumes: ['later.stamp'] },
    { status: 'planned', assumes: ['later'] },
  ]);
  expect(await g.schemaExists('later')).toBe(false);
});

test('two deployers who make the same at once both succeed', async () => {
  await db.run('CREATE TABLE raced (id integer)');
  const calls: readonly ((g: Guard) => Promise<Outcome>)[] = [
    (g) => g.safeCreateSchema('raced'),
    (g) => g.safeCreateFunction('raced()', 'RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$'),
    (g) => g.safeCreateTrigger('raced', 'raced', 'BEFORE INSERT FOR EACH ROW EXECUTE FUNCTION touch()'),
    (g) => g.safeCreatePolicy('raced', 'raced', { using: 'true' }),
    (g) => g.safeEnableRowLevelSecurity('raced'),
    (g) => g.safeCreateView('raced_view', 'SELECT 1 AS one'),
  ];
  const deploy = async (): Promise<readonly string[]> => {
    const g = guard(await db.connect());
    const statuses: string[] = [];
    for (const call of calls) statuses.push((await call(g)).status);
    return statuses;
  };
  const [one, two] = await Promise.all([deploy(), deploy()]);
  expect(one.map((status, i) => [status, two[i]].sort())).toEqual(calls.map(() => ['applied', 'unchanged']));
});

describe('a role that owns some of it', () => {
  test('is told what is not its own, table by table, and the rest is done', async () => {
    const client = await db.connect();
    await client.query(`SET ROLE ${weak}; BEGIN`);
    const g = guard(client);
    const outcome = await g.forEachTable(['auth.users', 'mine.notes', 'mine.missing'], async (table, inner) => {
      await inner.safeCreatePolicy(table, 'own', { using: "current_user = 'x'" });
      await inner.safeEnableRowLevelSecurity(table, { force: true });
    });
    expect(outcome.children.map(({ target, status }) => [target, status])).toEqual([
      ['auth.users', 'failed'],
      ['mine.notes', 'applied'],
      ['mine.missing', 'skipped'],
    ]);
    expect(outcome.children[0]?.reason).toContain('HF_PRIVILEGE');
    await client.query('COMMIT');
    expect(
      await one(
        client,
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'mine.notes'::regclass",
      ),
    ).toBe(true);
  });

  test.each<[string, (g: Guard) => Promise<Outcome>]>([
    [
      'a trigger',
      (g) => g.safeCreateTrigger('auth.users', 't', 'BEFORE UPDATE FOR EACH ROW EXECUTE FUNCTION public.touch()'),
    ],
    ['a policy', (g) => g.safeCreatePolicy('auth.users', 'p', { using: 'true' })],
    ['row level security', (g) => g.safeEnableRowLevelSecurity('auth.users')],
    ['a view', (g) => g.safeCreateView('auth.v', 'SELECT 1')],
    ['a function', (g) => g.safeCreateFunction('auth.f()', "RETURNS integer LANGUAGE sql AS 'SELECT 1'")],
    ['a schema', (g) => g.safeCreateSchema('theirs')],
    ['an extension', (g) => g.safeCreateExtension('file_fdw')],
    ['rows', (g) => g.seed('auth.users', [{ id: 1 }], { key: 'id' })],
  ])('is refused %s elsewhere with a PrivilegeError', async (_what, call) => {
    const client = await db.connect();
    await client.query(`SET ROLE ${weak}`);
    expect(await errorOf(call(guard(client)))).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
  });
});
