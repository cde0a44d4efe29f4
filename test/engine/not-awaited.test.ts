/** Calls that nobody awaits: the runner goes on, commits and ends while they are on their way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as knexAdapter from '@holdfast/knex';
import knex from 'knex';
import { expect, onTestFinished, test } from 'vitest';
import { errorOf, useDatabase, watched } from './support.js';

const db = useDatabase('CREATE TABLE items (id integer PRIMARY KEY)');

test('in a Knex transaction, what is on its way when it ends is refused and changes nothing', async () => {
  const host = knex({ client: 'pg', connection: db.url(), pool: { min: 0, max: 1 } });
  onTestFinished(() => host.destroy());
  const failures: Promise<Record<string, unknown>>[] = [];
  await host.transaction(async (trx) => {
    const g = knexAdapter.guard(trx);
    failures.push(errorOf(g.safeAddColumn('items', (t) => t.text('one'))));
    failures.push(errorOf(g.safeAddColumn('items', (t) => t.text('two'))));
  });
  for (const error of await Promise.all(failures)) {
    expect(error).toMatchObject({ code: 'HF_ARGUMENT', left: 'Nothing was changed.' });
    expect(error['message']).toContain('Await every call of the guard');
  }
  const { g } = watched(await db.connect());
  expect(await g.missingColumns('items', ['one', 'two'])).toEqual(['one', 'two']);
});

test('when the process ends before they do, it says so and does not end well', async () => {
  const program = `
    import pg from 'pg';
    import { guard } from '@holdfast/core';
    const client = new pg.Client({ connectionString: process.argv[1] });
    await client.connect();
    guard(client).safeAddColumn('items', 'three', 'text');
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, db.url()], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(said).toContain('Holdfast: the process ends while safeAddColumn had not ended: a call was not awaited.');
  expect(code).toBe(1);
});

test('an error shows the line of the migration that called', async () => {
  const { g } = watched(await db.connect());
  const error = await errorOf(g.safeSetNotNull('items', 'nothing'));
  expect(String(error['stack'])).toContain('not-awaited.test.ts');
});
