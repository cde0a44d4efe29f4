/** The life of an operation, walked on one host: every case of cases.mjs, inside and outside a transaction. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as core from '@holdfast/core';
import * as knex from '@holdfast/knex';
import * as typeorm from '@holdfast/typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogOf, execute, rowsOf, withClient } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { type HostName, type OpenHost, openHost, type TransactionForm } from '../support/hosts.mjs';
import { type SharedServer, serverFor } from '../support/server.js';
import { CASES, type Case, SETUP, titleOf } from './cases.mjs';
import { runEarlier } from './earlier.js';

const FORMS: readonly TransactionForm[] = ['none', 'transaction'];
const CHILD = fileURLToPath(new URL('../support/crash-child.mjs', import.meta.url));

/**
 * HOLDFAST_CONTRACT=all, as in `npm run test:crash`: everything on every host, and a crash at each step. Otherwise one crash for a case, and of
 * the other hosts, which only lend the engine their connection and their forms, each takes every third case, to show that it runs and runs
 * again; and all of them the operations of many steps, to show that a crash is survived.
 */
const EVERYTHING = process.env['HOLDFAST_CONTRACT'] === 'all';
const MANY_STEPS: ReadonlySet<string> = new Set(['safeCreateTable', 'safeCreateUniqueConstraint', 'safeSetNotNull']);

/** Which cases are those of a host. */
const OTHERS: readonly HostName[] = ['knex', 'typeorm-0.3', 'typeorm-1'];

interface Ran {
  readonly outcome: core.Outcome;
  /** Events of steps: where a crash can be put. */
  readonly events: number;
  readonly surprises: readonly core.GuardEvent[];
}

/** `operations`: only their cases. `half`: every other case, as two files run side by side. */
export function contractSuite(
  hostName: HostName,
  { major, operations, half }: { major?: number; operations?: readonly string[]; half?: 0 | 1 } = {},
): void {
  const chosen = CASES.map((each, index) => ({ title: titleOf(each), each, index })).filter(
    ({ each, index }) =>
      (operations?.includes(each.operation) ?? true) &&
      (half === undefined || index % 2 === half) &&
      (EVERYTHING || hostName === 'pg' || MANY_STEPS.has(each.operation) || OTHERS[index % 3] === hostName),
  );
  describe.each(chosen)('$title', ({ each, index }) => {
    let server: SharedServer;
    let template: Database;
    let before: readonly string[];
    let wanted: readonly string[];

    beforeAll(async () => {
      server = serverFor(major);
      template = await createDatabase(server);
      await execute(template.url, SETUP + (each.setup ?? ''));
      await runEarlier(template.url, each);
      before = await readState(template.url);
      wanted = await onCopy(async (url) => {
        await run(hostName, url, 'none', each);
        return readState(url);
      });
    });

    afterAll(() => template.drop());

    /** The schema, and the rows where the effect is in them. */
    function readState(url: string): Promise<readonly string[]> {
      return withClient(url, async (client) => [
        ...(await catalogOf(client)),
        ...(each.rows === true ? await rowsOf(client) : []),
      ]);
    }

    /** Gives a copy of the starting state to `use`. */
    async function onCopy<T>(use: (url: string) => Promise<T>): Promise<T> {
      const database = await createDatabase(server, { template: template.name });
      try {
        return await use(database.url);
      } finally {
        await database.drop();
      }
    }

    const own = hostName === 'pg' || EVERYTHING;
    const both = own || MANY_STEPS.has(each.operation);
    const forms = both ? FORMS : FORMS.filter((_, at) => at === index % 2);

    describe.each(forms)('in the form: %s', (form) => {
      test('applies, then has nothing left to do', async () => {
        await onCopy(async (url) => {
          const first = await run(hostName, url, form, each);
          expect(first.outcome.status).toBe('applied');
          expect(first.surprises).toEqual([]);
          expect(await readState(url)).toEqual(wanted);
          expect(wanted).not.toEqual(before);
          const second = await run(hostName, url, form, each);
          expect(second.outcome).toMatchObject({ status: 'unchanged' });
          expect(stepsOf(second.outcome)).toEqual([]);
          expect(await readState(url)).toEqual(wanted);
        });
      });

      // What a transaction has done is gone with its session, whoever holds it.
      const kills = EVERYTHING || (form === 'none' && (own || MANY_STEPS.has(each.operation)));

      // A process for each point: an operation of many steps takes its time on a busy machine.
      const survives = async (): Promise<void> => {
        const { events } = await onCopy((url) => run(hostName, url, form, each));
        expect(events).toBeGreaterThan(1);
        for (const killAt of killPoints(hostName, form, { events, index })) {
          await onCopy(async (url) => {
            await killed(hostName, url, form, { index, killAt });
            const { outcome, surprises } = await run(hostName, url, form, each);
            expect(['applied', 'repaired', 'unchanged']).toContain(outcome.status);
            expect(surprises).toEqual([]);
            expect(await readState(url)).toEqual(wanted);
            expect(stepsOf((await run(hostName, url, form, each)).outcome)).toEqual([]);
          });
        }
      };
      if (kills) test('continues after SIGKILL at each step', { timeout: 90_000 }, survives);
      if (!own) return;

      test('plans what it then does, and changes nothing meanwhile', async () => {
        await onCopy(async (url) => {
          const plan = await run(hostName, url, form, each, { mode: 'plan' });
          expect(plan.outcome.status).toBe('planned');
          expect(await readState(url)).toEqual(before);
          const { outcome } = await run(hostName, url, form, each);
          expect(stepsOf(outcome)).toEqual(stepsOf(plan.outcome));
        });
      });

      // They are written for the columns of the text form, where each host has columns of its own.
      const fits = each.ownForm !== true || hostName === 'pg';
      test.each(fits ? each.halves : [])('finishes what a crash has left: $name', async ({ sql }) => {
        await onCopy(async (url) => {
          await execute(url, sql);
          const { outcome } = await run(hostName, url, form, each);
          expect(outcome.status).toBe('repaired');
          expect(await readState(url)).toEqual(wanted);
        });
      });

      if (form === 'transaction' && !EVERYTHING) return;

      test('is taken back and applied again', async () => {
        await onCopy(async (url) => {
          await run(hostName, url, form, each);
          if (each.undo === undefined) await execute(url, each.down);
          else await undo(hostName, url, form, each.undo);
          expect(await readState(url)).toEqual(before);
          expect((await run(hostName, url, form, each)).outcome.status).toBe('applied');
          expect(await readState(url)).toEqual(wanted);
        });
      });

      test.each(fits ? each.different : [])('reports what is there instead: $name', async ({ sql, path }) => {
        await onCopy(async (url) => {
          await execute(url, sql);
          const state = await readState(url);
          const error = await run(hostName, url, form, each).catch((thrown: unknown) => thrown);
          expect(error).toMatchObject({ code: 'HF_MISMATCH', left: 'Nothing was changed.' });
          const { differences, expected, found } = error as core.MismatchError;
          expect(differences.map((d) => d.path)).toContain(path);
          expect(expected).not.toBe(found);
          expect(await readState(url)).toEqual(state);
        });
      });
    });
  });
}

/**
 * Events come in pairs, a step's start and its end. The engine is killed at each of them; in a hurry at one, another one for each case; through
 * the other hosts, which only lend it their connection, and inside transactions, which the server takes back as a whole, after the last one.
 */
function killPoints(
  hostName: HostName,
  form: TransactionForm,
  { events, index }: { readonly events: number; readonly index: number },
): readonly number[] {
  if (EVERYTHING) return Array.from({ length: events }, (_, i) => i + 1);
  return [hostName === 'pg' && form === 'none' ? 1 + (index % events) : events];
}

async function run(
  hostName: HostName,
  url: string,
  form: TransactionForm,
  each: Case,
  options: core.GuardOptions = {},
): Promise<Ran> {
  const seen: core.GuardEvent[] = [];
  const outcome = await withHost(hostName, url, form, (host) =>
    each.run(host.guard({ ...options, onEvent: (event) => seen.push(event) }), host),
  );
  return {
    outcome,
    events: seen.filter((event) => event.type.startsWith('step:')).length,
    surprises: seen.filter((event) => event.type === 'surprise'),
  };
}

/** By the operation of Holdfast that does the reverse. */
async function undo(hostName: HostName, url: string, form: TransactionForm, take: Case['run']): Promise<void> {
  await withHost(hostName, url, form, async (host) => {
    const g = host.guard();
    expect((await take(g, host)).status).toBe('applied');
    expect((await take(g, host)).status).toBe('unchanged');
  });
}

async function withHost<T>(
  hostName: HostName,
  url: string,
  form: TransactionForm,
  use: (host: OpenHost) => Promise<T>,
): Promise<T> {
  const host = await openHost(hostName, { core, knex, typeorm }, url, form);
  try {
    const result = await use(host);
    await host.commit();
    return result;
  } catch (error) {
    await host.rollback();
    throw error;
  } finally {
    await host.close();
  }
}

/** Runs the case in a process that kills itself at an event, and waits until the server has ended its session. */
async function killed(
  hostName: HostName,
  url: string,
  form: TransactionForm,
  at: { readonly index: number; readonly killAt: number },
): Promise<void> {
  const child = spawn(process.execPath, [CHILD, hostName, url, form, String(at.index), String(at.killAt)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  await expect
    .poll(
      async () =>
        execute(
          url,
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        ),
      { timeout: 10_000 },
    )
    .toEqual([]);
}

/** SQL of all steps, children in the order in which they run. */
function stepsOf(outcome: core.Outcome): readonly string[] {
  return [...outcome.steps.map((step) => step.sql), ...outcome.children.flatMap(stepsOf)];
}
