import { type Guard, sql } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, setting, useDatabase, watched } from './support.js';

const db = useDatabase(`
  CREATE TABLE orgs (id integer PRIMARY KEY);
  CREATE TABLE users (id integer PRIMARY KEY, name text, org_id integer);
  CREATE TABLE posts (id integer PRIMARY KEY, name text);
  INSERT INTO users SELECT i, 'u' || i, NULL FROM generate_series(1, 100) i;
  CREATE TYPE grown_kind AS ENUM ('a', 'b');
`);

describe('attempt', () => {
  test('takes all of a failed part back and leaves the transaction usable', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const outcome = await g.attempt('two columns', async (inner) => {
      await inner.safeAddColumn('users', 'half', 'text');
      await inner.safeAddColumn('users', 'name', 'integer');
    });
    expect(outcome).toMatchObject({ operation: 'attempt', target: 'two columns', status: 'failed' });
    expect(outcome.reason).toContain('HF_MISMATCH');
    expect(outcome.reason).toContain('all of it was taken back');
    expect(outcome.children.map((c) => c.status)).toEqual(['skipped', 'failed']);
    expect(outcome.children[0]?.reason).toContain('taken back');
    expect(await g.columnExists('users', 'half')).toBe(false);
    await g.safeAddColumn('users', 'whole', 'text');
    await client.query('ROLLBACK');
  });

  test('isolates the raw statements of its body, too', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const outcome = await g.attempt('raw', () => client.query('SELECT 1 / 0'));
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(outcome.reason).toContain('22012');
    const swallowed = await g.attempt('swallowed', () => client.query('SELECT 1 / 0').catch(() => undefined));
    expect(swallowed).toMatchObject({ status: 'failed' });
    expect(await g.tableExists('users')).toBe(true);
    await client.query('ROLLBACK');
  });

  test('outside a transaction keeps what was done before the failure and says so', async () => {
    const { g } = watched(await db.connect());
    const outcome = await g.attempt('partly', async (inner) => {
      await inner.safeAddColumn('posts', 'partly', 'text');
      await inner.safeAddColumn('nowhere', 'partly', 'text');
    });
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(outcome.reason).toContain('what was done before it stays');
    expect(await g.columnExists('posts', 'partly')).toBe(true);
  });

  test('throws on what is neither an error of the database nor of Holdfast', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const mistake = g.attempt('typo', () => (undefined as unknown as { x: string }).x);
    await expect(mistake).rejects.toBeInstanceOf(TypeError);
    const wrong = errorOf(g.attempt('wrong call', (inner) => inner.safeAddColumn('', 'a', 'text')));
    expect(await wrong).toMatchObject({ code: 'HF_ARGUMENT' });
    expect(await g.tableExists('users')).toBe(true);
    await client.query('ROLLBACK');
  });

  test('throws its error when it is required, the transaction being usable', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const failing = g.attempt('must', (inner) => inner.safeAddColumn('nowhere', 'x', 'text'), { required: true });
    expect(await errorOf(failing)).toMatchObject({ code: 'HF_PREREQUISITE' });
    expect(await g.tableExists('users')).toBe(true);
    await client.query('ROLLBACK');
  });

  test('nests, and several at once do not interleave', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        g.attempt(name, async (inner) => {
          await inner.safeAddColumn('posts', `at_${name}`, 'text');
          await inner.attempt('inner', (deepest) => deepest.safeAddColumn('nowhere', 'x', 'text'));
          if (name === 'b') await client.query('SELECT 1 / 0');
        }),
      ),
    );
    expect(outcomes.map((o) => o.status)).toEqual(['applied', 'failed', 'applied']);
    expect(await g.missingColumns('posts', ['at_a', 'at_b', 'at_c'])).toEqual(['at_b']);
    await client.query('ROLLBACK');
  });

  test('may use the outer guard inside its body', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    await g.attempt('closure', async () => {
      await Promise.all([g.safeAddColumn('posts', 'o1', 'text'), g.safeAddColumn('posts', 'o2', 'text')]);
    });
    expect(await g.columnsExist('posts', ['o1', 'o2'])).toBe(true);
    await client.query('ROLLBACK');
  });
});

describe('forEachTable', () => {
  test('skips tables that do not exist and goes on after a failure', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const outcome = await g.forEachTable(['orgs', 'missing', 'users', 'posts'], async (table, inner) => {
      await inner.safeAddColumn(table, 'name', 'text');
      if (table === 'users') await client.query('SELECT 1 / 0');
    });
    expect(outcome.children.map((c) => [c.target, c.status])).toEqual([
      ['orgs', 'applied'],
      ['missing', 'skipped'],
      ['users', 'failed'],
      ['posts', 'unchanged'],
    ]);
    expect(outcome.status).toBe('failed');
    await client.query('ROLLBACK');
  });

  test('tries everything, then throws one error for all that is required', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client);
    const tried: unknown[] = [];
    const all = g.forEachTable(
      ['orgs', 'users', 'posts'],
      async (table, inner) => {
        tried.push(table);
        await inner.safeAddColumn(table, 'name', 'integer');
      },
      { required: true },
    );
    const error = await errorOf(all);
    expect(tried).toEqual(['orgs', 'users', 'posts']);
    expect(error).toMatchObject({ code: 'HF_FAILED' });
    expect(error['message']).toMatch(/2 of 3 failed:\n {2}users: .*\n {2}posts: /);
    expect(await g.columnExists('orgs', 'name')).toBe(true);
    await client.query('ROLLBACK');
  });
});

describe('when', () => {
  test('runs its body only where everything named exists', async () => {
    const { g } = watched(await db.connect());
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(name);
    expect(await g.when({ table: 'users', column: 'name' }, note('yes'))).toMatchObject({ status: 'unchanged' });
    expect(await g.when({ schema: 'auth' }, note('no schema'))).toMatchObject({
      status: 'skipped',
      reason: 'schema auth does not exist',
    });
    expect(await g.when({ table: 'users', column: 'zip' }, note('no column'))).toMatchObject({
      reason: 'column users.zip does not exist',
    });
    expect(await g.when({ extension: 'postgis' }, note('no extension'))).toMatchObject({
      reason: 'extension postgis does not exist',
    });
    expect(ran).toEqual(['yes']);
  });
});

describe('plan mode', () => {
  test('lets later operations build on what earlier ones would make', async () => {
    const client = await db.connect();
    const { g } = watched(client, { mode: 'plan' });
    await g.safeCreateEnum('level', ['low', 'high']);
    const column = await g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'low'");
    const index = await g.safeCreateIndex('users', ['level']);
    expect([column.status, index.status]).toEqual(['planned', 'planned']);
    expect(index.assumes).toEqual(['public.users.level']);
    expect((await g.safeAddColumn('users', 'level', "level NOT NULL DEFAULT 'low'")).status).toBe('unchanged');
    expect(await g.columnExists('users', 'level')).toBe(false);
    expect(g.report().counts.planned).toBe(3);
  });

  test('says what it cannot decide without writing', async () => {
    const client = await db.connect();
    await client.query('ALTER TABLE posts ADD COLUMN meta jsonb DEFAULT \'{"a": 1}\'');
    const { g } = watched(client, { mode: 'plan' });
    const outcome = await g.safeAddColumn('posts', 'meta', `jsonb DEFAULT '{"a":1}'`);
    expect(outcome).toMatchObject({ status: 'planned', steps: [] });
    expect(outcome.reason).toContain('cannot be proved');
    expect((await watched(client).g.safeAddColumn('posts', 'meta', `jsonb DEFAULT '{"a":1}'`)).status).toBe(
      'unchanged',
    );
  });
});

describe('differences', () => {
  test('are only warned of with onMismatch: warn', async () => {
    const { g, events } = watched(await db.connect(), { onMismatch: 'warn' });
    expect(await g.safeAddColumn('users', 'name', 'integer')).toMatchObject({ status: 'skipped' });
    expect(
      events.some((event) => event.type === 'warning' && event.message.includes('expected integer, found text')),
    ).toBe(true);
  });

  test('that cannot be proved are taken as equal with onUnproved: accept, and said', async () => {
    const client = await db.connect();
    await client.query('ALTER TABLE posts ADD COLUMN total integer DEFAULT (2 + 3)');
    const strict = await errorOf(watched(client).g.safeAddColumn('posts', 'total', 'integer DEFAULT 5'));
    expect(strict).toMatchObject({
      code: 'HF_MISMATCH',
      differences: [expect.objectContaining({ path: 'default', proved: false })],
    });
    const { g } = watched(client, { onUnproved: 'accept' });
    expect(await g.safeAddColumn('posts', 'total', 'integer DEFAULT 5')).toMatchObject({
      status: 'unchanged',
      reason: expect.stringContaining('not proved'),
    });
  });
});

describe('a large table', () => {
  test.each([
    ['safeSetNotNull', 'AccessExclusiveLock'],
    ['safeCreateIndex', 'ShareLock'],
    ['safeAddForeignKey', 'ShareRowExclusiveLock'],
    ['backfill', 'its rows stay locked'],
  ] as const)('inside a transaction refuses %s before any change, with the cure', async (operation, says) => {
    const client = await db.connect();
    await client.query('BEGIN');
    const { g } = watched(client, { largeTableBytes: 1 });
    const calls = {
      safeSetNotNull: (allow?: string) => g.safeSetNotNull('users', 'name', allow === undefined ? {} : { allow }),
      safeCreateIndex: (allow?: string) => g.safeCreateIndex('users', ['name'], allow === undefined ? {} : { allow }),
      safeAddForeignKey: (allow?: string) =>
        g.safeAddForeignKey('users', ['org_id'], {
          references: { table: 'orgs', columns: ['id'] },
          ...(allow === undefined ? {} : { allow }),
        }),
      backfill: (allow?: string) =>
        g.backfill('users', { set: { name: sql`upper(name)` }, ...(allow === undefined ? {} : { allow }) }),
    };
    const error = await errorOf(calls[operation]());
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.', outcome: { status: 'refused' } });
    expect(error['message']).toContain(says);
    expect(error['hint']).toContain('before BEGIN or after COMMIT');
    expect(await calls[operation]('a quiet hour')).toMatchObject({
      status: 'applied',
      reason: expect.stringMatching(/^a quiet hour/),
    });
    await client.query('ROLLBACK');
  });

  test('that this transaction made itself is worked on without a word', async () => {
    const client = await db.connect();
    await client.query('BEGIN; CREATE TABLE fresh (id integer); SAVEPOINT s; INSERT INTO fresh VALUES (1); RELEASE s');
    const { g } = watched(client, { largeTableBytes: 0 });
    expect(await g.safeCreateIndex('fresh', ['id'])).toMatchObject({ status: 'applied' });
    expect(await g.safeSetNotNull('fresh', 'id')).toMatchObject({ status: 'applied' });
    await client.query('ROLLBACK');
  });

  test('is not rewritten for a volatile default, inside or outside a transaction', async () => {
    const client = await db.connect();
    const { g } = watched(client, { largeTableBytes: 1 });
    for (const begin of ['SELECT 1', 'BEGIN']) {
      await client.query(begin);
      const error = await errorOf(g.safeAddColumn('users', 'token', 'uuid DEFAULT gen_random_uuid()'));
      expect(error).toMatchObject({ code: 'HF_REFUSED' });
      expect(error['message']).toContain('rewrites all of public.users');
      expect(error['hint']).toContain('backfill');
    }
    expect(await g.safeAddColumn('users', 'since', 'timestamptz DEFAULT now()')).toMatchObject({ status: 'applied' });
    await client.query('ROLLBACK');
  });
});

describe('several deployers at once', () => {
  test('all succeed, and the effect is there once', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => db.connect()));
    const outcomes = await Promise.all(
      clients.map(async (client) => {
        const { g } = watched(client, { lockRetryBaseMs: 5 });
        return [
          await g.safeCreateEnum('shared_kind', ['a', 'b']),
          await g.safeAddColumn('orgs', 'kind', "shared_kind NOT NULL DEFAULT 'a'"),
          // A type of its own: to a deployer who has yet to make shared_kind, one with a third value would be another type.
          await g.safeAddEnumValue('grown_kind', 'c'),
          await g.safeAddForeignKey('users', ['org_id'], {
            name: 'raced',
            references: { table: 'orgs', columns: ['id'] },
          }),
          await g.safeCreateCheckConstraint('users', 'raced_check', 'id > 0'),
          await g.safeSetNotNull('users', 'id'),
        ];
      }),
    );
    for (const column of [0, 1, 2, 3, 4]) {
      const statuses = outcomes.map((each) => each[column]?.status);
      expect(statuses.every((status) => ['applied', 'repaired', 'unchanged'].includes(status ?? ''))).toBe(true);
      expect(statuses).toContain('applied');
    }
  });
});

describe('the connection', () => {
  test('behind a transaction pooler gets no prepared statements', async () => {
    const names = async (processID?: number): Promise<unknown[]> => {
      const client = await db.connect();
      if (processID !== undefined) Object.assign(client, { processID });
      const { g } = watched(client);
      await g.tableExists('users');
      await g.tableExists('users');
      return (await client.query('SELECT name FROM pg_prepared_statements')).rows;
    };
    expect(await names()).toHaveLength(1);
    expect(await names(1)).toEqual([]);
  });

  test('of a driver that does not tell the state of the transaction is watched on the wire', async () => {
    const client = await db.connect();
    Object.assign(client, { getTransactionStatus: undefined });
    const { g } = watched(client, { largeTableBytes: 1 });
    await client.query('BEGIN');
    expect(await errorOf(g.safeCreateIndex('users', ['org_id'], { name: 'w' }))).toMatchObject({ code: 'HF_REFUSED' });
    await client.query('SELECT 1 / 0').catch(() => undefined);
    expect(await errorOf(g.tableExists('users'))).toMatchObject({
      code: 'HF_REFUSED',
      hint: expect.stringContaining('ROLLBACK'),
    });
    await client.query('ROLLBACK');
    expect(await g.safeCreateIndex('users', ['org_id'], { name: 'w' })).toMatchObject({ status: 'applied' });
    expect(await setting(client, 'lock_timeout')).toBe('0');
  });

  test('that is lost in the middle gives a typed error, and the next run continues', async () => {
    const client = await db.connect();
    const admin = await db.connect();
    const { g } = watched(client, {
      onEvent: (event) => {
        if (event.type === 'step:done' && event.step === 'add') client.connection.stream.destroy();
      },
    });
    const lost = errorOf(g.safeCreateCheckConstraint('posts', 'lost', 'id > 0'));
    const error = await lost;
    expect(error).toMatchObject({ code: 'HF_FAILED' });
    expect(error['left']).toContain('NOT VALID');
    expect(error['hint']).toContain('continues');
    expect(await watched(admin).g.safeCreateCheckConstraint('posts', 'lost', 'id > 0')).toMatchObject({
      status: 'repaired',
    });
  });
});

describe('wrong calls of', () => {
  test.each([
    ['when, with a condition that there is not', (g: Guard) => g.when({ tabel: 'x' } as never, () => 1)],
    ['when, with no condition', (g: Guard) => g.when({}, () => 1)],
    ['when, with a name for a condition', (g: Guard) => g.when('users' as never, () => 1)],
    ['when, without a body', (g: Guard) => g.when({ table: 'x' }, undefined as never)],
    ['attempt, with an option that there is not', (g: Guard) => g.attempt('x', () => 1, { require: true } as never)],
    ['attempt, without a name', (g: Guard) => g.attempt((() => 1) as never, undefined as never)],
    ['attempt, with a word for yes', (g: Guard) => g.attempt('x', () => 1, { required: 'yes' as never })],
    ['forEachTable, with one table', (g: Guard) => g.forEachTable('users' as never, () => 1)],
  ] as const)('%s are refused before the body runs', async (_what, call) => {
    const { g } = watched(await db.connect());
    expect(await errorOf(call(g))).toMatchObject({ code: 'HF_ARGUMENT' });
  });
});
