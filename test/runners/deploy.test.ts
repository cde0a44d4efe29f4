/**
 * Several processes deploy the same twenty migrations at the same moment: each of them ends well, each migration is done once, and the
 * schema is that of one deployer alone. HOLDFAST_RUNNERS says how many processes and rounds: 4x1 by default, 8x25 in
 * `npm run test:runners`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { some } from '../support/breadth.js';
import { execute, readCatalog } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { MIGRATIONS } from './deploy/migrations.mjs';
import { holdfast } from './holdfast.js';

const [processes = 4, rounds = 1] = (process.env['HOLDFAST_RUNNERS'] ?? '4x1').split('x').map(Number);
const file = (name: string): string => fileURLToPath(new URL(`./deploy/${name}`, import.meta.url));
const KNEX = createRequire(import.meta.url).resolve('knex/bin/cli.js');

/** Lets `count` deployers loose on a database; resolves with what each of those said that did not end well. */
type Deploy = (url: string, count: number) => Promise<readonly string[]>;

const workers: ChildProcess[] = [];
beforeAll(async () => {
  workers.push(...Array.from({ length: processes }, () => fork(file('worker.mjs'), { execArgv: [] })));
  await Promise.all(workers.map((worker) => once(worker, 'spawn')));
});
afterAll(() => {
  for (const worker of workers) worker.kill();
});

function byWorkers(host: 'typeorm-0.3' | 'typeorm-1' | 'knex', mode: string): Deploy {
  return async (url, count) => {
    const chosen = workers.slice(0, count);
    const answers = async (message: object | string): Promise<unknown[]> => {
      const answered = Promise.all(chosen.map((worker) => once(worker, 'message')));
      for (const worker of chosen) worker.send(message);
      return (await answered).map(([answer]) => answer as unknown);
    };
    expect(await answers({ host, mode, url })).toEqual(chosen.map(() => 'ready'));
    const ends = (await answers('go')) as { error: string | null }[];
    return ends.flatMap(({ error }) => error ?? []);
  };
}

/** `holdfast exclusive -- knex migrate:latest` as a program each. */
const byExclusive: Deploy = async (url, count) => {
  const command = ['exclusive', '--', process.execPath, KNEX, '--knexfile', file('knexfile.mjs'), 'migrate:latest'];
  const started = Array.from({ length: count }, () => holdfast(command, { DATABASE_URL: url }));
  const ends = await Promise.all(started.map(({ ended }) => ended));
  return ends.flatMap(({ code, out, err }) => (code === 0 ? [] : `${code}: ${out}${err}`));
};

/** What Knex makes before it takes its lock: two first runs at once collide there (23505), before any migration. */
const knexLedger = `
  CREATE TABLE knex_migrations (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz);
  CREATE TABLE knex_migrations_lock (index serial PRIMARY KEY, is_locked integer);
  INSERT INTO knex_migrations_lock (is_locked) VALUES (0)`;

interface Runner {
  readonly title: string;
  readonly deploy: Deploy;
  readonly ledger: 'migrations' | 'knex_migrations';
  readonly setup?: string;
}

const RUNNERS: readonly Runner[] = [
  ...['all', 'each', 'none'].flatMap((mode) =>
    (['typeorm-0.3', 'typeorm-1'] as const).map((host) => ({
      title: `${host}, mode ${mode}, from an empty database`,
      deploy: byWorkers(host, mode),
      ledger: 'migrations' as const,
    })),
  ),
  {
    title: 'Knex in one batch, with a ledger',
    deploy: byWorkers('knex', 'batch'),
    ledger: 'knex_migrations',
    setup: knexLedger,
  },
  {
    title: 'Knex outside of a batch, from an empty database, by holdfast exclusive',
    deploy: byExclusive,
    ledger: 'knex_migrations',
  },
];

interface Result {
  readonly catalog: readonly string[];
  /** Names in the ledger, in the order in which they came. */
  readonly done: unknown[];
}

async function run({ deploy, ledger, setup = '' }: Runner, count: number): Promise<Result> {
  const database = await createDatabase(serverFor());
  try {
    if (setup !== '') await execute(database.url, setup);
    expect(await deploy(database.url, count)).toEqual([]);
    const done = await execute(database.url, `SELECT name FROM ${ledger} ORDER BY id`);
    return { catalog: await readCatalog(database.url), done };
  } finally {
    await database.drop();
  }
}

/** By ledger: whatever the mode, the end is the same. */
const alone = new Map<string, Result>();

describe.each(rounds > 1 ? RUNNERS : some(RUNNERS, 4))('$title', (runner) => {
  test.each(Array.from({ length: rounds }, (_, i) => i + 1))(`${processes} deployers, round %i`, async () => {
    const expected = alone.get(runner.ledger) ?? (await run(runner, 1));
    alone.set(runner.ledger, expected);
    expect(expected.done).toHaveLength(MIGRATIONS.length);
    expect(await run(runner, processes)).toEqual(expected);
  });
});
