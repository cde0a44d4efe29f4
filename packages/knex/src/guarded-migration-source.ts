/** Around a whole project: a migration source whose migrations are guarded. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import {
  findLockFile,
  type GuardOptions,
  InvalidArgumentError,
  lockPlaces,
  MigrationRun,
  resolveOptions,
  tellLockPlaces,
  type WholeOptions,
  wholeOptions,
} from '@holdfast/core';
import type { Knex } from 'knex';
import { guardedIn, type KnexMigration, markGuarded } from './guarded.js';

/** Where the migrations come from: the keys that stood in Knex's own configuration, or another source. */
export type MigrationsFrom =
  | {
      /** As in Knex's configuration. */
      readonly directory: string | readonly string[];
      readonly loadExtensions?: readonly string[];
      readonly sortDirsSeparately?: boolean;
      readonly source?: never;
    }
  | { readonly source: Knex.MigrationSource<unknown>; readonly directory?: never };

export type GuardedMigrationSourceOptions = MigrationsFrom & GuardOptions & WholeOptions;

/**
 * Knex's own source of migration files, or another one, with each migration guarded as by `guarded`:
 *
 *     migrations: { migrationSource: new GuardedMigrationSource({ directory: './migrations' }) }
 *
 * A `holdfast.lock.json` beside the migrations is found by itself: then each migration is judged as a whole.
 * `directory`, `loadExtensions` and `sortDirsSeparately` move in here: Knex drops `migrationSource` when they stand beside it. The name
 * of the file becomes `migrationId`. Throws `InvalidArgumentError` for wrong options.
 */
export class GuardedMigrationSource implements Knex.MigrationSource<unknown> {
  readonly #source: Knex.MigrationSource<unknown>;
  readonly #loadExtensions: readonly string[] | undefined;
  readonly #options: GuardOptions;
  readonly #run: MigrationRun;

  constructor(options: GuardedMigrationSourceOptions) {
    const { source, directory, loadExtensions, sortDirsSeparately, ...others } = (options ?? {}) as GuardOptions &
      WholeOptions & {
        readonly source?: Knex.MigrationSource<unknown>;
        readonly directory?: string | readonly string[];
        readonly loadExtensions?: readonly string[];
        readonly sortDirsSeparately?: boolean;
      };
    const [whole, own] = wholeOptions(others);
    resolveOptions(own);
    markGuarded(this);
    if ((source === undefined) === (directory === undefined)) throw wrongSource();
    this.#options = own;
    const folders = [directory ?? []].flat();
    this.#run = new MigrationRun(findLockFile(whole, folders), whole);
    tellLockPlaces(this, lockPlaces(whole, folders));
    this.#loadExtensions = loadExtensions;
    this.#source = source ?? files(directory as string | readonly string[], sortDirsSeparately, loadExtensions);
  }

  /** Asked at the beginning of each run. */
  getMigrations(loadExtensions: readonly string[]): Promise<unknown[]> {
    this.#run.begin();
    return this.#source.getMigrations(this.#loadExtensions ?? loadExtensions);
  }

  getMigrationName(migration: unknown): string {
    return this.#source.getMigrationName(migration);
  }

  async getMigration(migration: unknown): Promise<Knex.Migration> {
    const content = (await this.#source.getMigration(migration)) as KnexMigration;
    const { up, down, config } = content;
    const migrationId = this.getMigrationName(migration);
    const { file, directory } = (migration ?? {}) as { readonly file?: unknown; readonly directory?: unknown };
    if (typeof file === 'string' && typeof directory === 'string')
      this.#run.reads(migrationId, resolve(directory, file));
    // A namespace object of an ES module: its functions are taken out, since it cannot be spread with what it holds lazily.
    const plain: KnexMigration = {
      up: up?.bind(content),
      ...(down === undefined ? {} : { down: down.bind(content) }),
      ...(config === undefined ? {} : { config }),
    };
    return guardedIn(this.#run, plain, { migrationId, ...this.#options }) as Knex.Migration;
  }
}

/** Knex's own reader of migration files, out of the copy of Knex that this package sees. */
function files(
  directory: string | readonly string[],
  sortDirsSeparately: boolean | undefined,
  loadExtensions: readonly string[] | undefined,
): Knex.MigrationSource<unknown> {
  const require = createRequire(import.meta.url);
  const { FsMigrations } = require('knex/lib/migrations/migrate/sources/fs-migrations.js') as {
    readonly FsMigrations: new (
      directories: string | readonly string[],
      sortDirsSeparately?: boolean,
      loadExtensions?: readonly string[],
    ) => Knex.MigrationSource<unknown>;
  };
  return new FsMigrations(directory, sortDirsSeparately ?? false, loadExtensions);
}

function wrongSource(): InvalidArgumentError {
  return new InvalidArgumentError({
    operation: 'GuardedMigrationSource',
    target: 'options',
    happened: 'it takes either directory or source.',
    hint: "Write new GuardedMigrationSource({ directory: './migrations' }), and leave directory out of Knex's own configuration.",
  });
}
