/** A Knex project, read as Knex's own command reads it. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { hashText } from '@holdfast/core';
import { hashFile, type ListedMigration, loadModule, lockPathIn, type OpenProject, type Project } from './project.js';

interface Config {
  readonly client?: unknown;
  readonly migrations?: {
    readonly tableName?: string;
    readonly schemaName?: string;
    readonly migrationSource?: unknown;
    readonly directory?: unknown;
    readonly loadExtensions?: unknown;
    readonly sortDirsSeparately?: unknown;
  };
  readonly [name: string]: unknown;
}
interface Migration {
  readonly up: unknown;
  readonly down: unknown;
  readonly config: { readonly transaction?: boolean };
}
interface Source {
  getMigrations(extensions?: readonly string[]): Promise<readonly unknown[]>;
  getMigrationName(migration: unknown): string;
  getMigration(migration: unknown): Promise<Partial<Migration>>;
}
interface Knex {
  readonly migrate: {
    readonly config: {
      readonly migrationSource: Source;
      readonly loadExtensions?: readonly string[];
      readonly tableName: string;
      readonly schemaName?: string | null;
      readonly disableTransactions: boolean;
    };
    up(config: { readonly name: string }): Promise<unknown>;
    list(): Promise<unknown>;
  };
  destroy(): Promise<void>;
}

export async function openKnexProject(path: string, environment: string): Promise<Project> {
  process.chdir(dirname(path)); // as Knex's command does: directories in the file are relative to it
  const config = await readConfig(path, environment);
  const make = createRequire(path)('knex') as (config: Config) => Knex;
  // `migrate` is the same for a Knex that never connects.
  const knex = make({ ...config, connection: {} });
  const { migrationSource, loadExtensions, tableName, schemaName, disableTransactions } = knex.migrate.config;
  const listed = await migrationSource.getMigrations(loadExtensions);
  const migrations: ListedMigration[] = [];
  const folders: string[] = [];
  for (const each of listed) {
    const { file, directory } = each as { file?: string; directory?: string };
    const name = migrationSource.getMigrationName(each);
    if (file !== undefined && directory !== undefined) {
      folders.push(resolve(directory));
      migrations.push({ name, file: resolve(directory, file), hash: hashFile(resolve(directory, file)) });
    } else {
      const { up, down } = await migrationSource.getMigration(each);
      migrations.push({ name, file: null, hash: hashText(`${String(up)}\n${String(down)}`) });
    }
  }
  await knex.destroy();
  const prefix = schemaName === undefined || schemaName === null ? '' : `${schemaName}.`;
  return {
    tool: 'knex',
    lockPath: lockPathIn(migrationSource, [...foldersIn(config), ...folders, dirname(path)]),
    migrations,
    ignoreTables: [`${prefix}${tableName}`, `${prefix}${tableName}_lock`],
    ledger: { schema: schemaName ?? undefined, name: tableName },
    problem: problemOf(config),
    async look(name) {
      const found = listed.find((each) => migrationSource.getMigrationName(each) === name);
      const { up, config: own } = found === undefined ? {} : await migrationSource.getMigration(found);
      return {
        guarded: isMarked(migrationSource) || isMarked(up),
        transactional: own?.transaction ?? !disableTransactions,
      };
    },
    async open(connection): Promise<OpenProject> {
      const open = make({
        ...config,
        // A function is not copied by Knex.
        connection,
        pool: { min: 1, max: 1 },
        acquireConnectionTimeout: 20_000,
      });
      await open.migrate.list(); // makes the ledger
      return { run: async (name) => void (await open.migrate.up({ name })), close: () => open.destroy() };
    },
  };
}

// Registered by @holdfast/knex, on its source and on the functions of its migrations.
const GUARDED = Symbol.for('holdfast.guarded-migration');

function isMarked(value: unknown): boolean {
  return (value as { readonly [GUARDED]?: true } | undefined)?.[GUARDED] === true;
}

/** As the guard's source would take them over. */
function foldersIn({ migrations }: Config): readonly string[] {
  const folders = [migrations?.directory ?? []].flat() as readonly unknown[];
  return folders.filter((folder) => typeof folder === 'string').map((folder) => resolve(folder));
}

/** Knex takes its own files instead of `migrationSource`, with a warning, where one of these stands beside it. */
function problemOf({ migrations }: Config): string | null {
  const { migrationSource, directory, loadExtensions, sortDirsSeparately } = migrations ?? {};
  const beside = Object.entries({
    directory: Boolean(directory),
    loadExtensions: Boolean(loadExtensions),
    sortDirsSeparately: sortDirsSeparately !== undefined,
  }).flatMap(([key, stands]) => (stands ? [key] : []));
  if (!isMarked(migrationSource) || beside.length === 0) return null;
  return `Knex drops migrationSource, since ${beside.join(' and ')} ${beside.length === 1 ? 'stands' : 'stand'} beside it. Move ${beside.length === 1 ? 'it' : 'them'} into the source:\n  migrations: { migrationSource: new GuardedMigrationSource({ ${beside.map((key) => `${key}: …`).join(', ')} }) }`;
}

async function readConfig(path: string, environment: string): Promise<Config> {
  const module = await loadModule(path);
  let value: unknown = module['default'] ?? module;
  if (typeof value === 'object' && value !== null && 'default' in value) value = value.default;
  if (typeof value === 'function') value = await (value as () => unknown)();
  const config = value as Config & Readonly<Record<string, Config>>;
  return config.client === undefined ? ((config[environment] ?? config) as Config) : config;
}
