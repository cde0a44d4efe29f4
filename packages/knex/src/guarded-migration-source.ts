/** Around a whole project: a migration source whose migrations are guarded. */
import { createRequire } from 'node:module';
import { type GuardOptions, InvalidArgumentError, resolveOptions } from '@holdfast/core';
import type { Knex } from 'knex';
import { guarded, type KnexMigration } from './guarded.js';

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

export type GuardedMigrationSourceOptions = MigrationsFrom & GuardOptions;

/**
 * Knex's own source of migration files, or another one, with each migration guarded as by `guarded`:
 *
 *     migrations: { migrationSource: new GuardedMigrationSource({ directory: './migrations' }) }
 *
 * `directory`, `loadExtensions` and `sortDirsSeparately` move in here: Knex drops `migrationSource` when they stand beside it. The name
 * of the file becomes `migrationId`. Throws `InvalidArgumentError` for wrong options.
 */
export class GuardedMigrationSource implements Knex.MigrationSource<unknown> {
  readonly #source: Knex.MigrationSource<unknown>;
  readonly #loadExtensions: readonly string[] | undefined;
  readonly #options: GuardOptions;

  constructor(options: GuardedMigrationSourceOptions) {
    const { source, directory, loadExtensions, sortDirsSeparately, ...own } = (options ?? {}) as GuardOptions & {
      readonly source?: Knex.MigrationSource<unknown>;
      readonly directory?: string | readonly string[];
      readonly loadExtensions?: readonly string[];
      readonly sortDirsSeparately?: boolean;
    };
    resolveOptions(own);
    if ((source === undefined) === (directory === undefined)) throw wrongSource();
    this.#options = own;
    this.#loadExtensions = loadExtensions;
    this.#source = source ?? files(directory as string | readonly string[], sortDirsSeparately, loadExtensions);
  }

  getMigrations(loadExtensions: readonly string[]): Promise<unknown[]> {
    return this.#source.getMigrations(this.#loadExtensions ?? loadExtensions);
  }

  getMigrationName(migration: unknown): string {
    return this.#source.getMigrationName(migration);
  }

  async getMigration(migration: unknown): Promise<Knex.Migration> {
    const content = (await this.#source.getMigration(migration)) as KnexMigration;
    const { up, down, config } = content;
    const migrationId = this.getMigrationName(migration);
    // A namespace object of an ES module: its functions are taken out, since it cannot be spread with what it holds lazily.
    const plain: KnexMigration = {
      up,
      ...(down === undefined ? {} : { down }),
      ...(config === undefined ? {} : { config }),
    };
    return guarded(plain, { migrationId, ...this.#options }) as Knex.Migration;
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
