/** Around one migration whose body nobody edits. */
import { Body, type GuardOptions, InvalidArgumentError, resolveOptions, runBody, type Session } from '@holdfast/core';
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
export function guarded<M extends KnexMigration>(migration: M, options: GuardOptions = {}): M {
  requireMigration(migration);
  resolveOptions(options);
  const { up, down } = migration;
  return {
    ...migration,
    up: (knex: Knex) => guardBody(knex, options, (inside) => up.call(migration, inside)),
    ...(down === undefined
      ? {}
      : { down: (knex: Knex) => guardBody(knex, options, (inside) => down.call(migration, inside)) }),
  };
}

async function guardBody(knex: Knex, options: GuardOptions, run: (knex: Knex) => unknown): Promise<unknown> {
  const host = knex as unknown as KnexHost;
  requireKnex(host);
  const body = new Body(knexSession(host) as unknown as Session, resolveOptions(options));
  const { inside, end } = await guardedKnex(knex, body, options);
  try {
    return await runBody(body, () => run(inside));
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
