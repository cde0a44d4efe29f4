/** Holds each step of an operation while it holds its locks, and reads from another connection which ones they are. */

import * as core from '@holdfast/core';
import type pg from 'pg';
import { expect } from 'vitest';
import { type LockMode, MODES } from '../../packages/core/src/engine/lock-modes.js';
import type { Case } from '../contract/cases.mjs';
import { withClient } from '../support/catalog.js';
import { pidOf } from '../support/clients.js';
import { openHost, type TransactionForm } from '../support/hosts.mjs';
import { PATIENCE_MS, settled, waits } from './support.js';

/** Strongest mode by object: `public.users`, `public.mood`. */
export type Locks = Readonly<Record<string, string>>;

export interface Step {
  readonly sql: string;
  readonly locks: Locks;
}

/** One behind the other, of which one is shut at all times: nobody comes through to the next stop while the watcher is still about to shut the gate. */
const [GATE, INNER_GATE] = [4712, 4713];

/**
 * Sessions whose application is called `held` stop at the gate after each statement that changes the schema, temporary tables left out,
 * and after the first one that changes rows: one batch of a loop is like the other.
 */
export const GATES = `
  CREATE FUNCTION stop_at_gate() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('application_name') = 'held' THEN
      PERFORM pg_advisory_lock_shared(${GATE}), pg_advisory_unlock_shared(${GATE});
      PERFORM pg_advisory_lock_shared(${INNER_GATE}), pg_advisory_unlock_shared(${INNER_GATE});
    END IF;
  END $$;
  CREATE FUNCTION after_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    -- That is how a type and a view are locked ahead: nothing is changed.
    IF current_query() NOT LIKE '%ADD VALUE IF NOT EXISTS%' AND current_query() NOT LIKE '%RESET (security_barrier)%'
      AND NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'pg_temp') THEN PERFORM stop_at_gate(); END IF;
  END $$;
  CREATE FUNCTION after_dml() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('held.once', true) IS DISTINCT FROM 'yes' THEN
      PERFORM set_config('held.once', 'yes', false), stop_at_gate();
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER gate AFTER INSERT OR UPDATE ON users EXECUTE FUNCTION after_dml();
  CREATE EVENT TRIGGER gate ON ddl_command_end EXECUTE FUNCTION after_ddl();`;

/** Runs a case to its end. Answers what its steps declare, in the order in which they ran; probes, which only read rows, left out. */
export async function declaredSteps(url: string, form: TransactionForm, each: Case): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const host = await openHost('pg', { core, knex: undefined, typeorm: undefined }, url, form);
  try {
    const onEvent = (event: core.GuardEvent): void => {
      if (event.type !== 'step:done' || event.report.locks.length === 0) return;
      steps.push({ sql: event.report.sql, locks: strongest(event.report.locks) });
    };
    await each.run(host.guard({ onEvent }), host);
  } finally {
    await host.close();
  }
  return steps;
}

/** Runs a case and stops it after each of its `steps`. Answers the locks that it has then. In a transaction they add up. */
export async function heldLocks(
  url: string,
  form: TransactionForm,
  each: Case,
  steps: readonly Step[],
): Promise<readonly Locks[]> {
  const host = await openHost('pg', { core, knex: undefined, typeorm: undefined }, url, form);
  try {
    return await withClient(url, (watcher) =>
      withClient(url, async (writer) => {
        const held: Locks[] = [];
        const pid = pidOf(host.native as pg.Client);
        await host.query("SET application_name = 'held'");
        await watcher.query('SELECT pg_advisory_lock($1)', [GATE]);
        if (steps[0]?.sql.includes('CONCURRENTLY')) await startWriting(watcher, writer, steps[0]).started;
        // Standing at the gate counts as waiting for a lock.
        const end = settled(each.run(host.guard({ lockTimeoutMs: 60_000 }), host));
        for (const [at, { sql }] of steps.entries()) {
          // Each of several statements stops: the last one shows what all of them have taken.
          for (const _ of sql.split(/;\n(?=ALTER|COMMENT|CREATE|DROP|GRANT|REVOKE)/).slice(1)) {
            await waits(watcher, pid, 'advisory');
            await passOne(watcher, pid);
          }
          const outside = sql.includes('CONCURRENTLY');
          // An event trigger sees CONCURRENTLY when its locks are gone: a writer stops it halfway.
          await waits(watcher, pid, outside ? 'virtualxid' : 'advisory');
          held.push(await readLocks(watcher, pid));
          if (outside) {
            await writer.query('ROLLBACK');
            await waits(watcher, pid, 'advisory');
          }
          const next = steps[at + 1];
          const writing = next?.sql.includes('CONCURRENTLY') ? startWriting(watcher, writer, next) : undefined;
          await writing?.started;
          await passOne(watcher, pid);
          await writing?.done;
        }
        expect(await end).toHaveProperty('value');
        return held;
      }),
    );
  } finally {
    await host.close();
  }
}

/** Lets the session go on from one stop to the next. */
async function passOne(watcher: pg.Client, pid: number): Promise<void> {
  await watcher.query('SELECT pg_advisory_lock($1)', [INNER_GATE]);
  await watcher.query('SELECT pg_advisory_unlock($1)', [GATE]);
  await waits(watcher, pid, 'advisory', INNER_GATE);
  await watcher.query('SELECT pg_advisory_lock($1)', [GATE]);
  await watcher.query('SELECT pg_advisory_unlock($1)', [INNER_GATE]);
}

/** Runs the statement of a step by itself in a transaction that is rolled back. Answers the locks that the server takes for it. */
export async function locksOfStatement(url: string, sql: string): Promise<Locks> {
  return withClient(url, (watcher) =>
    withClient(url, async (client) => {
      await client.query('BEGIN');
      await client.query(sql);
      const locks = await readLocks(watcher, pidOf(client));
      await client.query('COMMIT');
      return locks;
    }),
  );
}

/** What a session has after all of `steps` in one transaction. */
export function together(steps: readonly Step[]): Locks {
  return strongest(steps.flatMap((step) => Object.entries(step.locks).map(([on, mode]) => ({ on, mode }))));
}

/** Takes the lock of those who write to the tables of a step. `started` when the writer has it or waits for it, `done` when it has it. */
function startWriting(
  watcher: pg.Client,
  writer: pg.Client,
  { locks }: Step,
): { readonly started: Promise<unknown>; readonly done: Promise<unknown> } {
  const done = writer.query(`BEGIN; LOCK TABLE ${Object.keys(locks).join(', ')} IN ROW EXCLUSIVE MODE`);
  const queued = expect
    .poll(() => isWaiting(watcher, pidOf(writer)), { timeout: PATIENCE_MS, interval: 10 })
    .toBe(true);
  return { done, started: Promise.race([done, queued]) };
}

async function isWaiting(watcher: pg.Client, pid: number): Promise<boolean> {
  return (await watcher.query('SELECT FROM pg_locks WHERE NOT granted AND pid = $1', [pid])).rowCount !== 0;
}

/**
 * Locks on tables, views, sequences and types of the schema public; what the session has just made itself nobody else can see. Reading is
 * left out, and so is an index whose table is locked as strongly, the row type of a table and an array type: nobody comes to them without
 * the table or the type.
 */
async function readLocks(watcher: pg.Client, pid: number): Promise<Locks> {
  const { rows } = await watcher.query<{ on: string; mode: string }>(
    `SELECT n.nspname || '.' || c.relname AS "on", l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE l.pid = $1 AND l.granted AND n.nspname = 'public' AND (c.relkind IN ('r', 'p', 'v', 'm', 'S') OR c.relkind IN ('i', 'I') AND NOT EXISTS (
         SELECT FROM pg_index i JOIN pg_locks t ON t.relation = i.indrelid AND t.pid = $1 AND t.granted
         WHERE i.indexrelid = c.oid AND array_position($2, t.mode) >= array_position($2, l.mode)))
     UNION ALL SELECT n.nspname || '.' || t.typname, l.mode FROM pg_locks l JOIN pg_type t ON t.oid = l.objid
       JOIN pg_namespace n ON n.oid = t.typnamespace
       WHERE l.pid = $1 AND l.granted AND l.locktype = 'object' AND l.classid = 'pg_type'::regclass AND t.typcategory <> 'A'
         AND NOT EXISTS (SELECT FROM pg_type e JOIN pg_class r ON r.oid = e.typrelid WHERE r.relkind <> 'c' AND l.objid IN (e.oid, e.typarray))`,
    [pid, MODES],
  );
  return strongest(rows.filter((row) => row.mode !== 'AccessShareLock'));
}

function strongest(locks: readonly { readonly on: string; readonly mode: string }[]): Locks {
  const sorted = [...locks].sort((a, b) => rank(a.mode) - rank(b.mode));
  return Object.fromEntries(sorted.map(({ on, mode }) => [on, mode]));
}

function rank(mode: string): number {
  return MODES.indexOf(mode as LockMode);
}
