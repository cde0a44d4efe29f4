/** What goes wrong in the middle of a step: the error tells what stands, and the next run continues from there. */

import { type GuardOptions, guard, type Outcome } from '@holdfast/core';
import { guard as guardKnex } from '@holdfast/knex';
import knex from 'knex';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { contradictions } from '../crash/claims.js';
import { leftovers, readState, type State } from '../crash/state.js';
import { some } from '../support/breadth.js';
import { execute } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { createDatabase, type Database } from '../support/database.js';
import { openProxy } from '../support/proxy.js';
import { serverFor } from '../support/server.js';
import { expectHeld, HELD_SETUP, HELD_STEPS, type HeldStep, startRival } from './held.js';
import { errorOf, setting } from './support.js';

/** Patient, so that what ends the wait is the failure and nothing else. */
const PATIENT: GuardOptions = { lockTimeoutMs: 60_000 };

let template: Database;
let before: State;
beforeAll(async () => {
  template = await createDatabase(serverFor());
  await execute(template.url, HELD_SETUP);
  before = await readState(template.url);
});
afterAll(() => template.drop());

async function copy(): Promise<Database> {
  const database = await createDatabase(serverFor(), { template: template.name });
  onTestFinished(() => database.drop());
  return database;
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

type Failure = 'cancelled' | 'terminated' | 'cut';
type Form = 'none' | 'transaction';

const CANCELLED = /canceling statement due to user request \(SQLSTATE 57014\)/;

const MIDDLES = HELD_STEPS.flatMap((step) =>
  step.forms.flatMap((form) =>
    (['cancelled', 'terminated', 'cut'] as const).map((failure) => ({ step, name: step.name, form, failure })),
  ),
);

describe('in the middle of', () => {
  test.each(some(MIDDLES, 12))('$name, the session is $failure (transaction: $form)', async (middle) => {
    const { step, form, failure } = middle;
    const { url } = await copy();
    const { error, client } = await failInTheMiddle(url, step, form, failure);

    expect(error['code']).toBe('HF_FAILED');
    if (failure === 'cancelled') expect(error['happened']).toMatch(CANCELLED);
    if (failure === 'terminated') expect(error['cause']).toMatchObject({ code: '57P01' });
    expect(error['happened']).toContain('\nThe statement: ');
    expect(error['hint']).toMatch(/\bRun again\b/);
    expect(await lies(url, step, failure, error)).toEqual([]);
    if (failure === 'cancelled') {
      expect(await setting(client, 'lock_timeout')).toBe('0');
      expect(await setting(client, 'statement_timeout')).toBe('0');
    }
    await expectConverges(url, step);
  });
});

describe('a session that somebody ends', () => {
  test.each(HELD_STEPS.filter((step) => step.forms.includes('transaction')))(
    "takes the migration's transaction with it in $name, and the error says so",
    async (step) => {
      const { error } = await failInTheMiddle((await copy()).url, step, 'transaction', 'terminated');
      expect(error['left']).toMatch(/nothing of it stays/);
    },
  );
});

test('cancelling the beginning of a look at the table leaves no transaction open', async () => {
  const { url } = await copy();
  const [observer, rival, client] = [await open(url), await open(url), await open(url)];
  const add = (): Promise<Outcome> => guard(client, PATIENT).safeAddColumn('users', 'email', 'text');
  await rival.query('BEGIN; LOCK TABLE pg_catalog.pg_settings IN ACCESS EXCLUSIVE MODE');
  const failing = errorOf(add());
  await expectHeld(observer, pidOf(client));
  await observer.query('SELECT pg_cancel_backend($1)', [pidOf(client)]);
  expect(await failing).toMatchObject({ code: 'HF_FAILED', cause: { code: '57014' } });
  await rival.query('ROLLBACK');
  expect(await add()).toMatchObject({ status: 'applied' });
});

describe('a connection that is cut before the answer to COMMIT', () => {
  const operations: readonly HeldStep[] = HELD_STEPS.filter(
    ({ name }) => name === 'a DDL statement' || name === 'a batch of a backfill',
  );

  test.each(operations)('leaves open what was changed, in $name', async (step) => {
    const { url } = await copy();
    expect(await lies(url, step, 'cut', await loseCommit(url, step))).toEqual([]);
  });

  test.each(operations)('is met by the next run, in $name', async (step) => {
    const { url } = await copy();
    expect(await loseCommit(url, step)).toMatchObject({ code: 'HF_FAILED' });
    expect(await readState(url)).not.toEqual(before);
    await expectConverges(url, step);
  });
});

async function loseCommit(url: string, step: HeldStep): Promise<Record<string, unknown>> {
  const proxy = await openProxy(url);
  const client = await open(proxy.url);
  // Not that of a look.
  proxy.cutAtAnswerTo('COMMIT', /ALTER TABLE|UPDATE ONLY/);
  return errorOf(step.run(guard(client)));
}

describe.each([
  ['a read-only session', ['SET default_transaction_read_only = on']],
  ['a read-only transaction', ['BEGIN READ ONLY']],
  ['a transaction of a read-only session', ['SET default_transaction_read_only = on', 'BEGIN']],
])('in %s', (_name, statements) => {
  let database: Database;
  beforeAll(async () => {
    database = await createDatabase(serverFor(), { template: template.name });
  });
  afterAll(() => database.drop());

  async function openReadOnly(): Promise<pg.Client> {
    const client = await open(database.url);
    for (const statement of statements) await client.query(statement);
    return client;
  }

  test.each(some(HELD_STEPS, 3))('$name is refused before any change', async (step) => {
    const client = await openReadOnly();
    const error = await errorOf(step.run(guard(client)));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error['happened']).toMatch(/the (session|transaction) is read-only/);
    expect(error['hint']).not.toBe('');
    expect(await setting(client, 'lock_timeout')).toBe('0');
    expect(await readState(database.url)).toEqual(before);
  });

  test('questions are answered and plans are made', async () => {
    const client = await openReadOnly();
    const g = guard(client);
    expect(await g.columnExists('users', 'name')).toBe(true);
    expect(await g.columnType('users', 'name')).toBe('text');
    expect(await g.detectPkColumn('users')).toBe('id');
    for (const step of HELD_STEPS)
      expect(await step.run(guard(client, { mode: 'plan' }))).toMatchObject({ status: 'planned' });
  });
});

describe('a server that cannot be reached', () => {
  test('is a typed error through Knex', async () => {
    const host = knex({ client: 'pg', connection: 'postgres://nobody@127.0.0.1:1/nowhere', log: { warn() {} } });
    onTestFinished(() => host.destroy());
    const error = await errorOf(guardKnex(host).safeAddColumn('users', 'email', 'text'));
    expect(error).toMatchObject({ code: 'HF_FAILED', left: 'Nothing was changed.', cause: { code: 'ECONNREFUSED' } });
  });
});

/** Runs the operation until it is held in the step, lets the failure happen, and waits until its server process is gone or idle. */
async function failInTheMiddle(
  url: string,
  step: HeldStep,
  form: Form,
  failure: Failure,
): Promise<{ error: Record<string, unknown>; client: pg.Client }> {
  const observer = await open(url);
  const rival = await startRival(url, step);
  onTestFinished(() => rival.end());
  const proxy = await openProxy(url);
  const client = await open(proxy.url);
  if (form === 'transaction') await client.query('BEGIN');
  const failing = errorOf(step.run(guard(client, PATIENT)));
  await expectHeld(observer, pidOf(client));
  if (failure === 'cut') proxy.cut();
  else
    await observer.query(`SELECT pg_${failure === 'cancelled' ? 'cancel' : 'terminate'}_backend($1)`, [pidOf(client)]);
  const error = await failing;
  if (failure === 'cancelled' && form === 'transaction') await client.query('ROLLBACK');
  await rival.query('ROLLBACK; TRUNCATE held');
  await expect
    .poll(
      async () =>
        (await observer.query("SELECT FROM pg_stat_activity WHERE pid = $1 AND state <> 'idle'", [pidOf(client)]))
          .rowCount,
    )
    .toBe(0);
  return { error, client };
}

async function lies(
  url: string,
  step: HeldStep,
  failure: Failure,
  error: Record<string, unknown>,
): Promise<readonly string[]> {
  const changed = step.changed === undefined ? null : Number((await execute(url, step.changed))[0]?.['changed']);
  return contradictions({
    left: String(error['left']),
    before,
    found: await readState(url),
    changedRows: changed,
    lost: failure !== 'cancelled',
    replay: async (statements) => {
      const database = await copy();
      for (const statement of statements) await execute(database.url, statement);
      return readState(database.url);
    },
  });
}

const undisturbed = new Map<string, State>();

async function stateAfter(step: HeldStep): Promise<State> {
  const known = undisturbed.get(step.name);
  if (known !== undefined) return known;
  const { url } = await copy();
  await step.run(guard(await open(url)));
  const state = await readState(url);
  undisturbed.set(step.name, state);
  return state;
}

async function expectConverges(url: string, step: HeldStep): Promise<void> {
  const g = guard(await open(url));
  expect((await step.run(g)).status).toMatch(/^(applied|repaired|unchanged)$/);
  expect(await readState(url)).toEqual(await stateAfter(step));
  expect(await step.run(g)).toMatchObject({ status: 'unchanged' });
  expect(await leftovers(url)).toEqual([]);
}
