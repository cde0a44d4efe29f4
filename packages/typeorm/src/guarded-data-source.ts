/** What is put around a whole DataSource: one deployer at a time migrates, and what its migrations send is guarded. */
import { dirname } from 'node:path';
import {
  hasOneConnection,
  InvalidArgumentError,
  type Logger,
  openLockBeside,
  type RunnerLockOptions,
  type RunnerLockRequest,
  resolveRunnerLock,
  tellLockPlaces,
  unsupportedDialect,
  withRunnerLock,
} from '@holdfast/core';
import { type GuardedOptions, guardedInstance, type Shared, sharedBy } from './guarded.js';
import type { MigratingDataSource } from './host.js';
import { isA } from './recognise.js';

export interface GuardedDataSourceOptions extends GuardedOptions {
  /** The lock that deployers take turns by: its name, how long to wait for it, and whether a pooler in between keeps sessions apart. */
  readonly lock?: RunnerLockOptions;
  /** Who is waited for, a lock that is lost, and what becomes of each statement are said here. Default: TypeORM's own logger, as a message about migrations. */
  readonly logger?: Logger;
}

/**
 * The same DataSource, with `runMigrations` and `undoLastMigration` under a lock of the database: of several deployers one migrates, the
 * others wait and then find nothing left to do. What the migrations send is guarded as by `Guarded`, whether they come as classes or as
 * paths. That holds for `migrationsRun: true` and for TypeORM's commands too, and for the
 * creation of the ledger in an empty database:
 *
 *     export default guardedDataSource(new DataSource({ type: 'postgres', ... }));
 *
 * The lock is held on a connection of its own beside the pool. Both methods reject with `LockTimeoutError` when it was not granted in
 * time and with `RefusedError` where it would not hold, as behind PgBouncer in transaction mode; nothing has run then. Wrapped again, the
 * DataSource takes the new options and still locks once. A promise of a DataSource gives a promise. Throws `InvalidArgumentError` for
 * anything else and for wrong options, `UnsupportedError` for every `type` but `postgres`. Sends nothing.
 */
export function guardedDataSource<D extends MigratingDataSource>(
  dataSource: Promise<D>,
  options?: GuardedDataSourceOptions,
): Promise<D>;
export function guardedDataSource<D extends MigratingDataSource>(dataSource: D, options?: GuardedDataSourceOptions): D;
export function guardedDataSource<D extends MigratingDataSource>(
  dataSource: D | Promise<D>,
  options: GuardedDataSourceOptions = {},
): D | Promise<D> {
  if (dataSource instanceof Promise) return dataSource.then((made) => guardedDataSource(made, options));
  requireDataSource(dataSource);
  const { lock, ...own } = options;
  const settings = resolveRunnerLock(lock, OPERATION);
  const shared = sharedBy(own, foldersOf(dataSource));
  tellLockPlaces(dataSource, shared.lockPlaces);
  const guarded: Guarded = dataSource;
  const known = guarded[GUARDED];
  guarded[GUARDED] = { settings, shared };
  if (known === undefined) serialise(guarded);
  return dataSource;
}

const OPERATION = 'guardedDataSource';

// Registered: an ESM and a CommonJS copy of this package in one process wrap once, too.
const GUARDED = Symbol.for('holdfast.guarded-data-source');

interface Guarded extends MigratingDataSource {
  [GUARDED]?: Pick<RunnerLockRequest, 'settings'> & { readonly shared: Shared };
}

/** On the instance, not on the class: other DataSources stay as they are, and `initialize` calls what stands here. */
function serialise(dataSource: Guarded): void {
  for (const method of ['runMigrations', 'undoLastMigration'] as const) {
    const original: (options?: never) => Promise<unknown> = dataSource[method];
    const value = (options?: never): Promise<unknown> =>
      inTurn(dataSource, () => {
        guardMigrations(dataSource);
        return original.call(dataSource, options);
      });
    Object.defineProperty(dataSource, method, { value, writable: true, configurable: true, enumerable: false });
  }
}

/** In the list that TypeORM has made of classes and paths: its executor takes name, timestamp and methods from there. */
function guardMigrations(dataSource: Guarded): void {
  const { shared } = dataSource[GUARDED] ?? {};
  if (shared === undefined) return;
  shared.run.begin();
  const { migrations } = dataSource;
  migrations.forEach((migration, i) => {
    migrations[i] = guardedInstance(migration, shared);
  });
}

/** The part of a pattern that is a folder: `src/migrations/*.ts`. */
function foldersOf({ options }: MigratingDataSource): readonly string[] {
  const { migrations = [] } = options as { readonly migrations?: unknown };
  const all: readonly unknown[] = Array.isArray(migrations) ? migrations : Object.values(migrations as object);
  const paths = all.filter((each) => typeof each === 'string');
  return paths.length === 0
    ? ['src/migrations', 'src/migration', 'migrations']
    : paths.map((path) => dirname(path.split(/[*{[]/)[0] === path ? path : `${path.split(/[*{[]/)[0]}x`));
}

function inTurn(dataSource: Guarded, run: () => Promise<unknown>): Promise<unknown> {
  const { settings, shared } = dataSource[GUARDED] ?? {};
  // TypeORM has its own words for a DataSource that is not initialised.
  // A database in this process is nobody else's.
  if (settings === undefined || !dataSource.isInitialized || hasOneConnection()) return run();
  const request: RunnerLockRequest = {
    settings,
    operation: OPERATION,
    logger: shared?.options.logger ?? loggerOf(dataSource),
    words: {
      wait: `guardedDataSource(dataSource, { lock: { waitMs: ${Math.max(settings.waitMs * 3, 600_000)} } })`,
      poolMode: "guardedDataSource(dataSource, { lock: { poolMode: 'session' } })",
    },
  };
  const open = async (): ReturnType<typeof openLockBeside> => {
    const queryRunner = dataSource.createQueryRunner();
    try {
      return await openLockBeside(await queryRunner.connect(), request);
    } finally {
      // Before the migrations start: in a pool of one they need this very connection.
      await queryRunner.release();
    }
  };
  return withRunnerLock(open, request, run);
}

/** TypeORM shows messages about migrations whatever `logging` says. Its logger is asked for each time: TypeORM's commands replace it. */
function loggerOf(dataSource: MigratingDataSource): Logger {
  const say = (message: string): void => {
    dataSource.logger.logMigration(message);
  };
  return { info: say, warn: say, error: say };
}

function requireDataSource(value: MigratingDataSource): void {
  if (isA('DataSource', value)) {
    if (value.options.type === 'postgres') return;
    throw unsupportedDialect(value.options.type);
  }
  throw new InvalidArgumentError({
    operation: OPERATION,
    target: typeof value,
    happened: 'this is not a DataSource of TypeORM.',
    hint: 'Pass the DataSource that you export:\n  export default guardedDataSource(new DataSource({ … }));',
  });
}
