/** Guarded schema migrations in TypeORM: `guard(queryRunner)` in a migration, `guardedDataSource` around all of them. */
import type { GuardOptions } from '@holdfast/core';
import type { QueryRunnerLike } from './host.js';
import { requireQueryRunner } from './recognise.js';
import { typeormSession } from './session.js';
import { TypeormGuard } from './typeorm-guard.js';

/**
 * A guard on the `QueryRunner` that a migration gets. All it sends runs on that runner's connection, inside its transaction if it has one.
 *
 * Names without a schema belong to `options.schema`, else to the `schema` of the DataSource, else to what the session's `search_path`
 * finds. `queryRunner` of the guard is that runner with TypeORM's own methods guarded. Sends nothing. Throws `InvalidArgumentError` for a DataSource, an EntityManager, a released runner and wrong options, and
 * `UnsupportedError` for every `type` of DataSource but `postgres`.
 */
export function guard<Q extends QueryRunnerLike>(queryRunner: Q, options?: GuardOptions): TypeormGuard<Q> {
  const dataSource = requireQueryRunner(queryRunner);
  const schema = options?.schema ?? dataSource.options.schema;
  return new TypeormGuard(typeormSession(queryRunner, dataSource), {
    ...options,
    ...(schema === undefined ? {} : { schema }),
  });
}

export {
  DataViolationError,
  DependencyError,
  type GuardOptions,
  HoldfastError,
  InvalidArgumentError,
  LockTimeoutError,
  MismatchError,
  type Outcome,
  PrerequisiteError,
  PrivilegeError,
  RefusedError,
  type Report,
  type RunnerLockOptions,
  StepFailedError,
  sql,
  terminal,
  UnsupportedError,
} from '@holdfast/core';
export { Guarded, type GuardedOptions, guardedMigrations, type MigrationClass } from './guarded.js';
export { type GuardedDataSourceOptions, guardedDataSource } from './guarded-data-source.js';
export type {
  CheckLike,
  ColumnLike,
  DataSourceLike,
  ExclusionLike,
  ForeignKeyLike,
  IndexLike,
  MigratingDataSource,
  MigrationLike,
  QueryRunnerLike,
  TableLike,
  TypeormForms,
  UniqueLike,
  ViewLike,
} from './host.js';
export type { GuardedQueryRunner } from './query-runner/guarded-query-runner.js';
export type { SafeOperations } from './safe-operations.js';
export type { TypeormGuard } from './typeorm-guard.js';
