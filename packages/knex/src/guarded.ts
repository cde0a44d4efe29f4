/** Around one migration whose body nobody edits. */
import {
  Body,
  findLockFile,
  type GuardOptions,
  InvalidArgumentError,
  MigrationRun,
  type PgClient,
  resolveOptions,
  type Session,
  untapped,
  type WholeOptions,
  wholeOptions,
} from '@holdfast/core';
import type { Knex } from 'knex';
import { guardedKnex } from './guarded-knex.js';
import { type KnexHost, requireKnex } from './host.js';
import { knexSession } from './session.js';

/** What a migration file of Knex exports. */
export interface KnexMigration {
  up(knex: Knex): unknown;
  down?(knex: Knex): unknown;
  readonly config?: { readonly transaction?: boolean };
}

/** `migrationId` is the name of its file: by it the lock of the schema knows it. */
export type GuardedOptions = GuardOptions & WholeOptions;

/**
 * The same migration, with what it sends to the database going through the guard: `knex.schema`, `knex.raw`, query builders and
 * transactions alike. What is there already is not done again, what is to do runs as it is written under the policy for locks, and what
 * cannot be decided stops before any change.
 *
 *     module.exports = guarded({ up, down, config });              // CommonJS
 *     export const { up, down, config } = guarded({ … });          // ES modules
 *
 * `knex.schema` carries the guarded operations, too: `knex.schema.safeAddColumn(…)`. Throws `InvalidArgumentError` for what is no
 * migration and for wrong options. Sends nothing by itself.
 */
export function guarded<M extends KnexMigration>(migration: M, options: GuardedOptions = {}): NoInference<M> {
  const [whole, own] = wholeOptions(options);
  return guardedIn(new MigrationRun(findLockFile(whole, []), whole), migration, own);
}

// Taken apart at once (`const { up } = guarded({ … })`), the result must not tell the compiler what the migration is: its parameters would lose
// their types. NoInfer, which says this, is younger than some users' TypeScript.
type NoInference<T> = [T][T extends unknown ? 0 : never];

// Registered: `holdfast plan` and `doctor` see by it that the guard is in force. On a function or on a source.
const GUARDED = Symbol.for('holdfast.guarded-migration');

export function markGuarded<T extends object>(value: T): T {
  Object.defineProperty(value, GUARDED, { value: true });
  return value;
}

/** As a part of a run, with what its migrations share. */
export function guardedIn<M extends KnexMigration>(run: MigrationRun, migration: M, options: GuardOptions): M {
  requireMigration(migration);
  resolveOptions(options);
  const { up, down } = migration;
  const method = (direction: 'up' | 'down', original: (knex: Knex) => unknown) =>
    markGuarded((knex: Knex) =>
      guardBody({ run, knex, options, direction }, (inside) => original.call(migration, inside)),
    );
  return {
    ...migration,
    up: method('up', up),
    ...(down === undefined ? {} : { down: method('down', down) }),
  };
}

interface Guarded {
  readonly run: MigrationRun;
  readonly knex: Knex;
  readonly options: GuardOptions;
  readonly direction: 'up' | 'down';
}

async function guardBody(
  { run, knex, options, direction }: Guarded,
  original: (knex: Knex) => unknown,
): Promise<unknown> {
  const host = knex as unknown as KnexHost;
  requireKnex(host);
  const session = knexSession(host) as unknown as Session;
  const settings = resolveOptions({ ...(session.logger === undefined ? {} : { logger: session.logger }), ...options });
  const body = new Body(session, settings);
  const { inside, end } = await guardedKnex(knex, body, options);
  const lend = async <R>(use: (client: PgClient) => Promise<R>): Promise<R> => {
    const connection = await host.client.acquireConnection();
    try {
      return await use(untapped(connection));
    } finally {
      await host.client.releaseConnection(connection);
    }
  };
  try {
    const name = settings.migrationId ?? '';
    return await run.perform({ lend, session, settings, body, name, direction, run: () => original(inside) });
  } finally {
    end();
  }
}

function requireMigration(migration: unknown): asserts migration is KnexMigration {
  const { up, down } = (migration ?? {}) as { readonly up?: unknown; readonly down?: unknown };
  if (typeof up === 'function' && (down === undefined || typeof down === 'function')) return;
  throw new InvalidArgumentError({
    operation: 'guarded',
    target: typeof migration,
    happened: 'this is not a migration of Knex: it has no function up.',
    hint: 'Write module.exports = guarded({ up, down, config }), with the functions of your migration.',
  });
}
