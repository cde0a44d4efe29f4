/** Around migration classes whose bodies nobody edits. */
import {
  findLockFile,
  type GuardOptions,
  InvalidArgumentError,
  lockPlaces,
  MigrationRun,
  resolveOptions,
  type WholeOptions,
  wholeOptions,
} from '@holdfast/core';
import { guardBody } from './guarded-body.js';
import type { MigrationLike, QueryRunnerLike } from './host.js';

// biome-ignore lint/suspicious/noExplicitAny: constructors of any arguments, as TypeScript demands it of what is extended
export type MigrationClass<M extends MigrationLike = MigrationLike> = new (...args: any[]) => M;

const GUARDED = Symbol.for('holdfast.guarded-migration');

/**
 * Decorates a migration, by the standard decorators as by TypeScript's older ones: what its `up` and `down` send to the database goes
 * through the guard, and the runner that they are given carries the guarded operations, too.
 *
 *     @Guarded()
 *     export class AddEmail1700000000000 implements MigrationInterface { … }
 *
 * The class keeps its name, by which TypeORM knows it. Throws `InvalidArgumentError` for what is no migration and for wrong options.
 */
export function Guarded(
  options: GuardedOptions = {},
): <C extends MigrationClass>(migration: C, context?: unknown) => C {
  const shared = sharedBy(options);
  return (migration) => guardedClass(migration, shared);
}

/** Options of the guard, and how whole migrations are judged. */
export type GuardedOptions = GuardOptions & WholeOptions;

/** What the migrations of one run share. */
export interface Shared {
  readonly run: MigrationRun;
  readonly options: GuardOptions;
  readonly lockPlaces: readonly string[];
}

/** `folders`: where the lock of the schema is looked for when nobody names it. */
export function sharedBy(all: GuardedOptions, folders: readonly string[] = []): Shared {
  const [whole, options] = wholeOptions(all);
  resolveOptions(options);
  return {
    run: new MigrationRun(findLockFile(whole, folders), whole),
    options,
    lockPlaces: lockPlaces(whole, folders),
  };
}

/**
 * The same for a list of classes, for the DataSource option `migrations`. Synchronous: paths and patterns are not classes, use
 * `guardedDataSource` for them.
 */
export function guardedMigrations<C extends MigrationClass>(
  migrations: readonly C[],
  options: GuardedOptions = {},
): C[] {
  const shared = sharedBy(options);
  if (!Array.isArray(migrations)) throw noMigration(migrations);
  return migrations.map((migration: C) => guardedClass(migration, shared));
}

function guardedClass<C extends MigrationClass>(migration: C, shared: Shared): C {
  if (typeof migration !== 'function' || typeof (migration.prototype as Partial<MigrationLike>)?.up !== 'function')
    throw noMigration(migration);
  if ((migration.prototype as { [GUARDED]?: true })[GUARDED] === true) return migration;
  const guarded = class extends (migration as MigrationClass) {
    override up(queryRunner: never): Promise<unknown> {
      return guardMethod({ migration: this, shared, direction: 'up' }, queryRunner, (inside) => super.up(inside));
    }

    override down(queryRunner: never): Promise<unknown> {
      return guardMethod({ migration: this, shared, direction: 'down' }, queryRunner, (inside) => super.down(inside));
    }
  };
  // TypeORM's ledger knows a migration by the name of its class.
  Object.defineProperty(guarded, 'name', { value: migration.name, configurable: true });
  Object.defineProperty(guarded.prototype, GUARDED, { value: true });
  return guarded as unknown as C;
}

/** An instance that TypeORM has made, guarded; one that is guarded already is left alone. */
export function guardedInstance<M extends MigrationLike>(migration: M, shared: Shared): M {
  if ((migration as { [GUARDED]?: true })[GUARDED] === true) return migration;
  const method = (direction: 'up' | 'down') => ({
    value: (queryRunner: never): Promise<unknown> =>
      guardMethod({ migration, shared, direction }, queryRunner, (inside) => migration[direction](inside)),
  });
  return Object.create(migration, { up: method('up'), down: method('down'), [GUARDED]: { value: true } }) as M;
}

interface Asked {
  readonly migration: MigrationLike;
  readonly shared: Shared;
  readonly direction: 'up' | 'down';
}

function guardMethod(
  { migration, shared: { run, options }, direction }: Asked,
  queryRunner: never,
  original: (queryRunner: never) => Promise<unknown>,
): Promise<unknown> {
  const name = options.migrationId ?? migration.name ?? migration.constructor.name;
  return guardBody({ run, name, direction, options }, queryRunner as QueryRunnerLike, original);
}

function noMigration(value: unknown): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: 'guardedMigrations',
    target: typeof value === 'string' ? value : typeof value,
    happened: 'this is not a class of a migration: it has no method up.',
    hint: 'Pass classes: migrations: guardedMigrations([AddEmail1700000000000]). For paths and patterns wrap the whole DataSource:\n  export default guardedDataSource(new DataSource({ … }));',
  });
}
