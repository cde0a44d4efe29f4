/** A Knex project, read as Knex's own command reads it. */
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { hashFile, hashText, type ListedMigration, loadModule, type OpenProject, type Project } from './project.js';

interface Config {
  readonly client?: unknown;
  readonly migrations?: { readonly tableName?: string; readonly schemaName?: string };
  readonly [name: string]: unknown;
}
interface Source {
  getMigrations(extensions?: readonly string[]): Promise<readonly unknown[]>;
  getMigrationName(migration: unknown): string;
  getMigration(migration: unknown): Promise<{ readonly up: unknown; readonly down?: unknown }>;
}
interface Knex {
  readonly migrate: {
    readonly config: {
      readonly migrationSource: Source;
      readonly loadExtensions?: readonly string[];
      readonly tableName: string;
      readonly schemaName?: string | null;
    };
    up(): Promise<unknown>;
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
  const { migrationSource, loadExtensions, tableName, schemaName } = knex.migrate.config;
  const listed = await migrationSource.getMigrations(loadExtensions);
  const migrations: ListedMigration[] = [];
  let folder = dirname(path);
  for (const each of listed) {
    const { file, directory } = each as { file?: string; directory?: string };
    const name = migrationSource.getMigrationName(each);
    if (file !== undefined && directory !== undefined) {
      folder = resolve(directory);
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
    folder,
    migrations,
    ignoreTables: [`${prefix}${tableName}`, `${prefix}${tableName}_lock`],
    async open(connection): Promise<OpenProject> {
      const open = make({
        ...config,
        // A function is not copied by Knex.
        connection: () => ({ connection: connection() }),
        pool: { min: 1, max: 1 },
        acquireConnectionTimeout: 20_000,
      });
      await open.migrate.list(); // makes the ledger
      return { runNext: async () => void (await open.migrate.up()), close: () => open.destroy() };
    },
  };
}

async function readConfig(path: string, environment: string): Promise<Config> {
  const module = await loadModule(path);
  let value: unknown = module['default'] ?? module;
  if (typeof value === 'object' && value !== null && 'default' in value) value = value.default;
  if (typeof value === 'function') value = await (value as () => unknown)();
  const config = value as Config & Readonly<Record<string, Config>>;
  return config.client === undefined ? ((config[environment] ?? config) as Config) : config;
}
