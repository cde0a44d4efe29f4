/** Holdfast on Knex. */
import type { GuardOptions } from '@holdfast/core';
import { type KnexHost, requireKnex } from './host.js';
import { KnexGuard } from './knex-guard.js';
import { knexSession } from './session.js';

/**
 * A guard on the `knex` that a migration is given, or on a transaction. Columns are written as in `knex.schema.alterTable`:
 *
 *     await guard(knex).safeAddColumn('users', (t) => t.string('email', 100).notNullable().defaultTo(''));
 *
 * Columns in such a callback are mapped by `wrapIdentifier`, as Knex does; every other name is taken as it stands in the database. `schema`
 * of the guard is `knex.schema` with its own calls guarded, too.
 * Throws `InvalidArgumentError` for anything but Knex, for a transaction that has ended and for wrong options, `UnsupportedError` for
 * another database than PostgreSQL. Sends nothing.
 */
export function guard(host: KnexHost, options?: GuardOptions): KnexGuard {
  requireKnex(host);
  return new KnexGuard(knexSession(host), options);
}

export {
  DataViolationError,
  DependencyError,
  type GuardOptions,
  HoldfastError,
  InvalidArgumentError,
  LockTimeoutError,
  MismatchError,
  type OtherSession,
  type Outcome,
  PrerequisiteError,
  PrivilegeError,
  RefusedError,
  type Report,
  StepFailedError,
  sql,
  terminal,
  UnsupportedError,
} from '@holdfast/core';
export { type GuardedOptions, guarded, type KnexMigration } from './guarded.js';
export {
  GuardedMigrationSource,
  type GuardedMigrationSourceOptions,
  type MigrationsFrom,
} from './guarded-migration-source.js';
export type { KnexHost } from './host.js';
export type { KnexGuard } from './knex-guard.js';
export { type MigrationLock, migrationLock } from './migration-lock.js';
export type { SafeOperations } from './safe-operations.js';
export type { KnexForms } from './session.js';
