/**
 * Runs of the corpus that lose their connection before one of their messages, at random, and are run again: with the lock of the schema they
 * end as an undisturbed run, or stop before any change. `HOLDFAST_SEED` repeats them.
 */
import pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { guardedBy, lockOf } from './locked.js';
import { chosen, openHistory, type Project, type Snapshot, snapshot, WHOLE_CORPUS } from './run.js';

const SEED = Number(process.env['HOLDFAST_SEED'] ?? (WHOLE_CORPUS ? Date.now() % 1_000_000_000 : 20_261_129));
const ROUNDS = WHOLE_CORPUS ? 60 : 1;

async function state(url: string, project: Project): Promise<Snapshot> {
  const { catalog, rows, sequences } = await snapshot(url, project);
  const own = (line: string): boolean => !line.includes('holdfast_journal');
  // What was drawn from a sequence stays drawn when its transaction is lost.
  return {
    catalog: catalog.filter(own),
    rows: rows.filter(own),
    sequences: sequences.map((line) => line.split(' ')[0] as string),
  };
}

/** All connections of this process are cut before the message with this number. Answers how many there were. */
async function cutAt(
  message: number,
  run: () => Promise<unknown>,
): Promise<{ readonly messages: number; readonly error: unknown }> {
  const { query } = pg.Client.prototype;
  let messages = 0;
  pg.Client.prototype.query = function (this: pg.Client, ...args: never[]): never {
    messages += 1;
    if (messages >= message)
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    return (query as (...all: never[]) => never).apply(this, args);
  } as never;
  try {
    const error = await run().then(
      () => null,
      (reason: unknown) => reason,
    );
    return { messages, error };
  } finally {
    pg.Client.prototype.query = query;
  }
}

describe.each(availableMajors([18]))('on PostgreSQL %s', (major) => {
  describe.each(chosen('knex/flows', 'typeorm/fleet'))('$name', { timeout: 1_200_000 }, (project) => {
    let lockFile: string;
    let normal: Snapshot;
    let messages = 0;

    beforeAll(async () => {
      lockFile = await lockOf(serverFor(major), project);
      const database = await createDatabase(serverFor(major));
      const history = await openHistory(project, database.url, { wrap: guardedBy(lockFile) });
      ({ messages } = await cutAt(Number.POSITIVE_INFINITY, () => history.up()));
      normal = await state(database.url, project);
      await database.drop();
    }, 300_000);

    const rounds = Array.from({ length: ROUNDS }, (_, i) => i);
    test.each(rounds)(`round %s of seed ${SEED}`, async (round) => {
      const database = await createDatabase(serverFor(major));
      onTestFinished(() => database.drop());
      const history = await openHistory(project, database.url, { wrap: guardedBy(lockFile) });
      const at = 1 + Math.floor(random(SEED + round) * messages);
      const { error } = await cutAt(at, () => history.up());
      expect(error, `cut at message ${at} of ${messages}`).not.toBeNull();
      if (project.host === 'knex') await freeLock(database.url);
      await history.up().catch((again: unknown) => {
        throw new Error(`cut at message ${at} of ${messages}, then: ${String(again)}`, { cause: again });
      });
      expect(await state(database.url, project), `cut at message ${at} of ${messages}`).toEqual(normal);
    });
  });
});

/** What an operator does behind a run of Knex that was killed: `knex migrate:unlock`. */
async function freeLock(url: string): Promise<void> {
  const [there] = await execute(url, `SELECT to_regclass('knex_migrations_lock') IS NOT NULL AS found`);
  if (there?.['found'] === true) await execute(url, 'UPDATE knex_migrations_lock SET is_locked = 0');
}

/** mulberry32: the same for the same seed. */
function random(seed: number): number {
  let t = (seed + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}
