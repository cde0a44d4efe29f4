/**
 * Crashes at random moments, over all operations and hosts: the next run ends in the same schema and the same rows, and nothing is left
 * behind. A few rounds in `npm test`, hundreds in `npm run test:crash`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type OwnServer, type Server, startEmbeddedServer } from '../../scripts/postgres-server.mjs';
import { runEarlier } from '../contract/earlier.js';
import { execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { majors as majorsOfRun } from '../support/server.js';
import { BIG_SETUP, CRASH_CASES, type CrashCase } from './cases.mjs';
import { contradictions } from './claims.js';
import { type Ended, type Failed, runAgain, startVictim, type Victim } from './process.js';
import { KINDS, type Round, rounds, seed } from './rounds.js';
import { held, leftovers, readState, type State, sessions } from './state.js';

/** PostgreSQL 15 stands for the servers before 18, where NOT NULL needs a helper. */
const majors = [...new Set([...majorsOfRun, ...(process.env['HOLDFAST_CONTRACT'] === 'all' ? [15] : [])])];

interface Template {
  readonly database: Database;
  readonly before: State;
}

interface Bed {
  readonly server: Server & OwnServer;
  readonly base: Template;
}

/** In what state the crash left the database; not known when the next run did not wait. */
type Hit = 'nothing done yet' | 'in the middle' | 'all done' | 'run again at once';
const hits = new Map<string, number>();

describe.skipIf(process.env['DATABASE_URL'] !== undefined)(`crashes of seed ${seed}`, () => {
  const beds = new Map<number, Promise<Bed>>();

  beforeAll(() => {
    console.info(`HOLDFAST_SEED=${seed} npm run test:crash repeats these crashes.`);
  });

  afterAll(async () => {
    for (const kind of KINDS) {
      const parts = [...hits]
        .filter(([key]) => key.startsWith(`${kind}: `))
        .map(([key, n]) => `${n} ${key.slice(kind.length + 2)}`);
      if (parts.length > 0) console.info(`${kind}: ${parts.sort().join(', ')}`);
    }
    await Promise.all([...beds.values()].map(async (bed) => (await bed).server.stop()));
  });

  function bedOf({ major }: Round): Promise<Bed> {
    const made = beds.get(major) ?? makeBed(major);
    beds.set(major, made);
    return made;
  }

  for (const round of rounds(majors)) {
    test(round.title, { timeout: 60_000 }, async () => {
      const { server, base } = await bedOf(round);
      const crashCase = CRASH_CASES[round.index] as CrashCase;
      const bare = crashCase.setup === undefined && crashCase.earlier === undefined;
      const template = bare ? base : await makeTemplate(server, crashCase, base.database.name);
      const copy = async (): Promise<Database> => {
        const database = await createDatabase(server, { template: template.database.name });
        onTestFinished(() => database.drop());
        return database;
      };
      const [clean, database] = [await copy(), await copy()];
      const crash = await prepare(round, server, database);
      const victim = await startVictim(round, database.url, clean.url);
      onTestFinished(() => victim.kill());
      await crash(victim);
      const end = await victim.end;

      if (end !== null) await expectReleased(round, end, database);
      await victim.close();
      const tooEarly = round.kind === 'kill' && round.atOnce;
      if (tooEarly) await runTooEarly(round, database);
      await expect.poll(() => sessions(database.url), { timeout: 20_000 }).toEqual([]);
      const { before } = template;
      const [found, wanted] = [await readState(database.url), await readState(clean.url)];
      note(round, tooEarly ? 'run again at once' : hitOf(found, before, wanted));
      if (end?.type === 'ended') expect(found).toEqual(wanted);
      if (end?.type === 'failed' && round.form === 'transaction') expect([before, wanted]).toContainEqual(found);
      if (end?.type === 'failed' && end.stage === 'operation')
        expect(await lies(round, end, { before, found, database, copy })).toEqual([]);

      expect(await runAgain(round, database.url)).toMatchObject({
        type: 'ended',
        first: { status: expect.stringMatching(/^(applied|repaired|unchanged)$/) },
        // A backfill looks for rows by changing them: that step is always there.
        second: { status: 'unchanged', ...(changesRowsOnly(round) ? { rows: 0 } : { steps: [] }) },
      });
      expect(await readState(database.url)).toEqual(wanted);
      expect(await leftovers(database.url)).toEqual(await leftovers(clean.url));
      expect(await sessions(database.url)).toEqual([]);
    });
  }
});

/** A server that restarts disturb nobody else on, with the tables that every case starts from. */
async function makeBed(major: number): Promise<Bed> {
  const server = await startEmbeddedServer({ major, fast: true });
  // What is committed must outlast an immediate stop.
  await execute(server.url(), 'ALTER ROLE postgres SET synchronous_commit = on');
  return { server, base: await makeTemplate(server, { setup: BIG_SETUP }) };
}

async function makeTemplate(
  server: Server,
  start: Pick<CrashCase, 'setup' | 'earlier'>,
  template = 'template0',
): Promise<Template> {
  const database = await createDatabase(server, { template });
  await execute(database.url, start.setup ?? '');
  await runEarlier(database.url, start);
  // Statistics and visibility now, so that no autovacuum comes in between.
  await execute(database.url, 'VACUUM ANALYZE');
  return { database, before: await readState(database.url) };
}

/** Waits for the moment of the round, then does what it is about. */
type Crash = (victim: Victim) => Promise<void>;

/** Everything that takes time is done before the migration begins. */
async function prepare({ kind, moment }: Round, server: Server & OwnServer, { name }: Database): Promise<Crash> {
  const wait = ({ durationMs }: Victim): Promise<void> => sleep(moment * durationMs);
  if (kind === 'kill') return (victim) => wait(victim).then(victim.kill);
  if (kind === 'restart fast' || kind === 'restart immediate') {
    const mode = kind === 'restart fast' ? 'fast' : 'immediate';
    return (victim) => wait(victim).then(() => server.restart({ mode }));
  }
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  onTestFinished(() => client.end());
  const signal = `SELECT pg_${kind}_backend(pid) FROM pg_stat_activity WHERE datname = $1`;
  return async (victim) => {
    await wait(victim);
    await client.query(signal, [name]);
  };
}

/** A process that lives on after the failure holds nothing, and its connection, if it still has one, is set as before. */
async function expectReleased(round: Round, end: Ended | Failed, { url }: Database): Promise<void> {
  expect(await held(url)).toEqual([]);
  // A transaction of Knex cannot be asked any more once it has ended.
  const asked = round.kind === 'cancel' && !(round.hostName === 'knex' && round.form === 'transaction');
  expect(end.settingsAfter ?? (asked ? 'not told' : end.settings)).toBe(end.settings);
}

/** A run that the old server process may still stand in the way of: it succeeds, or says who is there. */
async function runTooEarly(round: Round, database: Database): Promise<void> {
  const early = await runAgain(round, database.url);
  if (early.type === 'failed') expect(['HF_REFUSED', 'HF_LOCK_TIMEOUT']).toContain(early.error.code);
}

async function lies(
  round: Round,
  { error }: Failed,
  at: { before: State; found: State; database: Database; copy: () => Promise<Database> },
): Promise<readonly string[]> {
  const { code, left } = error;
  if (code?.startsWith('HF_') !== true || left === undefined) return [`no HoldfastError: ${error.stack}`];
  const { changed } = CRASH_CASES[round.index] ?? {};
  const [row] = changed === undefined ? [] : await execute(at.database.url, changed);
  const wrong = await contradictions({
    left,
    before: at.before,
    found: at.found,
    changedRows: row === undefined ? null : Number(row['changed']),
    lost: round.kind !== 'cancel',
    replay: async (statements) => {
      const { url } = await at.copy();
      for (const statement of statements) await execute(url, statement);
      return readState(url);
    },
  });
  return wrong.map((each) => `${each}\n${error.stack}`);
}

function hitOf(found: State, before: State, wanted: State): Hit {
  const text = JSON.stringify(found);
  if (text === JSON.stringify(before)) return 'nothing done yet';
  return text === JSON.stringify(wanted) ? 'all done' : 'in the middle';
}

function changesRowsOnly({ index }: Round): boolean {
  return CRASH_CASES[index]?.operation === 'backfill';
}

function note({ kind }: Round, hit: Hit): void {
  const key = `${kind}: ${hit}`;
  hits.set(key, (hits.get(key) ?? 0) + 1);
}
