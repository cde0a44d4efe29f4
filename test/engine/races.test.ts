/** What somebody else does between the look and the lock. */

import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { errorOf, useDatabase, watched } from './support.js';

const db = useDatabase('SELECT 1');

const TABLES = `
  DROP TABLE IF EXISTS kid, mum; DROP TYPE IF EXISTS kind;
  CREATE TABLE mum (id integer PRIMARY KEY);
  CREATE TABLE kid (id integer PRIMARY KEY, a integer, b integer, mum_id integer);
`;

/** Lets a rival do something uncommitted, starts the operation, and commits the rival once the operation waits for it. */
async function race(rivalSql: string, act: (client: pg.Client) => Promise<unknown>): Promise<Record<string, unknown>> {
  const setup = await db.connect();
  await setup.query(TABLES);
  const rival = await db.connect();
  await rival.query(`BEGIN; ${rivalSql}`);
  const client = await db.connect();
  const ended = act(client).then(
    (outcome) => ({ outcome }),
    (error: unknown) => error as Record<string, unknown>,
  );
  const processID = pidOf(client);
  await expect
    .poll(async () => (await setup.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [processID])).rowCount)
    .toBe(1);
  await rival.query('COMMIT');
  return ended;
}

describe.each(['none', 'transaction'] as const)('in the form %s, losing a race', (form) => {
  const begin = async (client: pg.Client): Promise<ReturnType<typeof watched>['g']> => {
    if (form === 'transaction') await client.query('BEGIN');
    return watched(client, { lockTimeoutMs: 5_000 }).g;
  };

  test.each([
    ['a column', 'ALTER TABLE kid ADD x integer', (g) => g.safeAddColumn('kid', 'x', 'text')],
    [
      'a check',
      'ALTER TABLE kid ADD CONSTRAINT c CHECK (a > 5)',
      (g) => g.safeCreateCheckConstraint('kid', 'c', 'a > 0'),
    ],
    [
      'a foreign key',
      'ALTER TABLE kid ADD CONSTRAINT f FOREIGN KEY (mum_id) REFERENCES mum (id) ON DELETE CASCADE',
      (g) => g.safeAddForeignKey('kid', ['mum_id'], { name: 'f', references: { table: 'mum', columns: ['id'] } }),
    ],
  ] as [string, string, (g: ReturnType<typeof watched>['g']) => Promise<unknown>][])(
    'to %s of another form is a mismatch, not a success',
    async (_what, rivalSql, act) => {
      const result = await race(rivalSql, async (client) => act(await begin(client)));
      expect(result).toMatchObject({ code: 'HF_MISMATCH' });
    },
  );

  test('to the same thing finds it there', async () => {
    const result = await race('ALTER TABLE kid ADD x text', async (client) =>
      (await begin(client)).safeAddColumn('kid', 'x', 'text'),
    );
    expect(result['outcome']).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('to an index that holds the column too is refused, as it would have been before', async () => {
    const result = await race('CREATE UNIQUE INDEX u ON kid (a, b)', async (client) =>
      (await begin(client)).safeDropColumn('kid', 'b'),
    );
    expect(result).toMatchObject({ code: 'HF_DEPENDENCY', dependents: ['index u'] });
    expect(await watched(await db.connect()).g.columnExists('kid', 'b')).toBe(true);
  });
});

test('a table under ACCESS EXCLUSIVE is waited for no longer than any other lock', async () => {
  const rival = await db.connect();
  await rival.query(TABLES);
  await rival.query('BEGIN; LOCK TABLE kid IN ACCESS EXCLUSIVE MODE');
  for (const form of ['SELECT 1', 'BEGIN']) {
    const client = await db.connect();
    await client.query(form);
    const { g } = watched(client, { lockTimeoutMs: 50, lockRetries: 1, lockRetryBaseMs: 5 });
    expect(await errorOf(g.safeAddColumn('kid', 'y', 'text'))).toMatchObject({
      code: 'HF_LOCK_TIMEOUT',
      left: 'Nothing was changed.',
    });
    expect(await errorOf(g.backfill('kid', { set: { a: 1 } }))).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    expect(await g.tableExists('kid')).toBe(true);
  }
});

test('a row that an idle transaction holds ends a backfill after the tries, and says what is done', async () => {
  const rival = await db.connect();
  await rival.query(`${TABLES}; INSERT INTO kid SELECT i, 0 FROM generate_series(1, 30) i`);
  await rival.query('BEGIN; UPDATE kid SET b = 1 WHERE id = 25');
  const { g } = watched(await db.connect(), { lockTimeoutMs: 1_000, lockRetries: 1, lockRetryBaseMs: 5 });
  const error = await errorOf(g.backfill('kid', { set: { a: 1 }, batchSize: 10 }));
  expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT', outcome: { rows: expect.any(Number) } });
  const processID = pidOf(rival);
  expect(error['blockers']).toMatchObject([{ pid: processID, on: 'a row', state: 'idle in transaction' }]);
  expect(error['left']).toMatch(/\d+ rows are changed and committed/);
});

test('a duplicate that comes in after the look is named, and the build is not begun again and again', async () => {
  const client = await db.connect();
  await client.query(`${TABLES}; INSERT INTO kid SELECT i, i FROM generate_series(1, 10) i`);
  // The duplicate is there but not committed: the look does not see it, the build waits for it.
  const rival = await db.connect();
  await rival.query('BEGIN; INSERT INTO kid VALUES (11, 1)');
  let committed: Promise<unknown> | undefined;
  const { g, events } = watched(client, {
    onEvent: (event) => {
      if (event.type === 'step:start' && event.step === 'build') committed ??= rival.query('COMMIT');
    },
  });
  const error = await errorOf(g.safeCreateIndex('kid', ['a'], { unique: true }));
  await committed;
  expect(error).toMatchObject({ code: 'HF_DATA', count: 1 });
  expect(error['left']).toMatch(/invalid/);
  expect(events.filter((event) => event.type === 'step:start' && event.step === 'build')).toHaveLength(1);
});

test('what an attempt has started and not awaited is taken back with it', async () => {
  const client = await db.connect();
  await client.query(`${TABLES}; BEGIN`);
  const { g } = watched(client);
  const outcome = await g.attempt('all at once', (inner) =>
    Promise.all([
      inner.safeAddColumn('kid', 'a', 'text'),
      inner.safeAddColumn('kid', 'x', 'int'),
      inner.safeAddColumn('kid', 'y', 'int'),
    ]),
  );
  expect(outcome.status).toBe('failed');
  expect(await g.missingColumns('kid', ['x', 'y'])).toEqual(['x', 'y']);
  await client.query('ROLLBACK');
});
