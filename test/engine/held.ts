/**
 * Operations that stop in the middle of a step until the test lets them go on: what they wait for is a lock of another session, so that the
 * moment is exact. Shared by the tests of failures and of failover.
 */
import type { Guard, Outcome } from '@holdfast/core';
import pg from 'pg';
import { expect } from 'vitest';

/** A DDL statement whose text is like the pattern in `held` waits for advisory lock 42 before it does anything. */
export const HELD_SETUP = `
  CREATE TABLE orgs (id integer PRIMARY KEY, name text);
  CREATE TABLE users (id integer PRIMARY KEY, name text, org_id integer);
  INSERT INTO orgs VALUES (1, 'one');
  INSERT INTO users SELECT i, 'u' || i, 1 FROM generate_series(1, 30) i;
  CREATE TABLE held (pattern text);
  CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM held WHERE current_query() LIKE pattern) THEN PERFORM pg_advisory_xact_lock_shared(42); END IF;
  END $$;
  CREATE EVENT TRIGGER hold ON ddl_command_start EXECUTE FUNCTION hold();
`;

export interface HeldStep {
  readonly name: string;
  readonly forms: readonly ('none' | 'transaction')[];
  /** SQL of the session that stands in the way, in its transaction. */
  readonly rival: string;
  /** Pattern of the DDL statement that is held; none: the rival's locks hold it. */
  readonly pattern?: string;
  run(g: Guard): Promise<Outcome>;
  /** A step before it is committed, or the step itself leaves something. */
  readonly half?: true;
  /** SQL for the number of rows that it has changed. */
  readonly changed?: string;
}

const ADVISORY = 'SELECT pg_advisory_xact_lock(42)';

/** One for each kind of step. */
export const HELD_STEPS: readonly HeldStep[] = [
  {
    name: 'the wait for a lock',
    forms: ['none', 'transaction'],
    rival: 'SELECT count(*) FROM users',
    run: (g) => g.safeAddColumn('users', 'email', 'text'),
  },
  {
    name: 'a DDL statement',
    forms: ['none', 'transaction'],
    rival: ADVISORY,
    pattern: '%ADD COLUMN%',
    run: (g) => g.safeAddColumn('users', 'email', 'text'),
  },
  {
    name: 'CREATE INDEX CONCURRENTLY',
    forms: ['none'],
    rival: "UPDATE users SET name = 'x' WHERE id = 1",
    half: true,
    run: (g) => g.safeCreateIndex('users', ['name'], { name: 'users_name' }),
  },
  {
    name: 'VALIDATE CONSTRAINT',
    forms: ['none'],
    rival: ADVISORY,
    pattern: '%VALIDATE%',
    half: true,
    run: (g) =>
      g.safeAddForeignKey('users', ['org_id'], { name: 'users_org', references: { table: 'orgs', columns: ['id'] } }),
  },
  {
    name: 'a batch of a backfill',
    forms: ['none', 'transaction'],
    rival: 'SELECT FROM users WHERE id = 25 FOR UPDATE',
    run: (g) => g.backfill('users', { set: { name: 'new' }, batchSize: 10 }),
    changed: "SELECT count(*)::int AS changed FROM users WHERE name = 'new'",
  },
];

/** Starts the rival; resolves with it when the locks are taken. */
export async function startRival(url: string, { rival, pattern }: HeldStep): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  if (pattern !== undefined) await client.query('INSERT INTO held VALUES ($1)', [pattern]);
  await client.query(`BEGIN; ${rival}`);
  return client;
}

/** Resolves when the server process `pid` waits for a lock. */
export async function expectHeld(observer: pg.Client, pid: number): Promise<void> {
  await expect
    .poll(async () => (await observer.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [pid])).rowCount, {
      timeout: 10_000,
    })
    .toBe(1);
}
