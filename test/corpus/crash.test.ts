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
    /** Where the sequences stand after so many migrations. */
    const stood: ReadonlyMap<string, Stand>[] = [new Map()];

    beforeAll(async () => {
      lockFile = await lockOf(serverFor(major), project);
      const database = await createDatabase(serverFor(major));
      const history = await openHistory(project, database.url, { wrap: guardedBy(lockFile) });
      ({ messages } = await cutAt(Number.POSITIVE_INFINITY, () => history.up()));
      normal = await state(database.url, project);
      await database.drop();
      const apart = await createDatabase(serverFor(major));
      const stock = await openHistory(project, apart.url);
      for (let k = 1; k <= stock.names.length; k += 1) {
        await stock.up(k);
        stood.push(await drawn(apart.url));
      }
      await apart.drop();
    }, 300_000);

    const rounds = Array.from({ length: ROUNDS }, (_, i) => i);
    test.each(rounds)(`round %s of seed ${SEED}`, async (round) => {
      const database = await createDatabase(serverFor(major));
      onTestFinished(() => database.drop());
      const history = await openHistory(project, database.url, { wrap: guardedBy(lockFile) });
      const at = 1 + Math.floor(random(SEED + round) * messages);
      const { error } = await cutAt(at, () => history.up());
      // The last one gives up a lock that is gone with its connection.
      if (error === null) expect(at).toBe(messages);
      if (project.host === 'knex') await freeLock(database.url);
      await redraw(database.url, stood);
      await history.up().catch((again: unknown) => {
        throw new Error(`cut at message ${at} of ${messages}, then: ${String(again)}`, { cause: again });
      });
      expect(await state(database.url, project), `cut at message ${at} of ${messages}`).toEqual(normal);
    });
  });
});

interface Stand {
  /** The last number that was drawn from it, or that it stands before. */
  readonly at: number;
  /** The same of a new one. */
  readonly first: number;
}

/** Where each sequence that counts up stands, by its name. */
async function drawn(url: string): Promise<ReadonlyMap<string, Stand>> {
  const sequences = await execute(
    url,
    "SELECT format('%I.%I', schemaname, sequencename) AS name, increment_by::int8::text AS step, (start_value - increment_by)::text AS first FROM pg_sequences WHERE increment_by > 0",
  );
  const stands = new Map<string, Stand>();
  for (const { name, step, first } of sequences) {
    const [row] = await execute(url, `SELECT last_value::text AS last, is_called AS called FROM ${String(name)}`);
    const last = Number(row?.['last']);
    stands.set(String(name), { at: row?.['called'] === true ? last : last - Number(step), first: Number(first) });
  }
  return stands;
}

/**
 * Takes back what lost transactions have drawn from sequences: on a server it stays drawn, and the rows that come again have other numbers.
 * `stood`: where they stand after so many migrations; what came since is seen by the rows themselves.
 */
async function redraw(url: string, stood: readonly ReadonlyMap<string, Stand>[]): Promise<void> {
  const [journal] = await execute(url, "SELECT to_regclass('holdfast_journal') IS NOT NULL AS found");
  const kinds = journal?.['found'] === true ? await execute(url, 'SELECT kind FROM holdfast_journal') : [];
  const before = stood[kinds.filter(({ kind }) => kind === 'done').length] as ReadonlyMap<string, Stand>;
  const underWay = kinds.some(({ kind }) => kind === 'statement' || kind === 'begun');
  const used = await execute(
    url,
    `SELECT format('%I.%I', n.nspname, s.relname) AS name, by.oid::regclass::text AS "table", quote_ident(a.attname) AS "column"
     FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace,
     LATERAL (SELECT d.refobjid AS oid, d.refobjsubid AS num FROM pg_depend d
         WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       UNION SELECT t.adrelid, t.adnum FROM pg_depend d JOIN pg_attrdef t ON t.oid = d.objid
         WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid) by
     JOIN pg_attribute a ON a.attrelid = by.oid AND a.attnum = by.num WHERE s.relkind = 'S'`,
  );
  for (const [name, { at, first }] of await drawn(url)) {
    let most = before.get(name)?.at ?? first;
    const columns = used.filter((each) => each['name'] === name);
    // Without a transaction it keeps what it has drawn, and no column tells what that is.
    if (columns.length === 0 && underWay) continue;
    for (const { table, column } of columns) {
      const [row] = await execute(url, `SELECT max(${String(column)}) AS most FROM ${String(table)}`);
      most = Math.max(most, Number(row?.['most'] ?? first));
    }
    if (at <= most) continue;
    await execute(url, most === first ? `ALTER SEQUENCE ${name} RESTART` : `SELECT setval('${name}', ${most})`);
  }
}

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
