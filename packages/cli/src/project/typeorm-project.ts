/** A TypeORM project, from the file of its DataSource. */
import { createRequire } from 'node:module';
import { dirname, isAbsolute, resolve } from 'node:path';
import { hashText, type ObjectName, RefusedError } from '@holdfast/core';
import { glob } from 'tinyglobby';
import { hashFile, type ListedMigration, loadModule, lockPathIn, type OpenProject, type Project } from './project.js';

type MigrationClass = new () => { readonly name?: string; readonly transaction?: boolean; up: unknown; down: unknown };
interface DataSource {
  readonly options: {
    readonly type: string;
    readonly migrations?: unknown;
    readonly migrationsTableName?: string;
    readonly metadataTableName?: string;
    readonly migrationsTransactionMode?: 'all' | 'each' | 'none';
    readonly schema?: string;
    readonly extra?: object;
  };
  migrations: readonly { readonly name?: string }[];
  setOptions(options: object): unknown;
  initialize(): Promise<unknown>;
  runMigrations(options: object): Promise<unknown>;
  destroy(): Promise<void>;
}

export async function openTypeormProject(operation: string, path: string): Promise<Project> {
  const source = await loadDataSource(operation, path);
  const classes = await classesOf(source);
  const named = classes
    .map(({ type, file }) => ({ type, file, name: new type().name ?? type.name }))
    .sort((a, b) => timeOf(a.name) - timeOf(b.name));
  const migrations = named.map(
    ({ type, file, name }): ListedMigration => ({
      name,
      file,
      hash: file === null ? hashText(String(type)) : hashFile(file),
    }),
  );
  const {
    migrationsTableName = 'migrations',
    metadataTableName = 'typeorm_metadata',
    migrationsTransactionMode,
  } = source.options;
  return {
    tool: 'typeorm',
    lockPath: lockPathIn(source, [
      ...classes.flatMap(({ file }) => (file === null ? [] : [dirname(file)])),
      dirname(path),
    ]),
    migrations,
    ignoreTables: [migrationsTableName, metadataTableName].map((name) =>
      written(ledgerOf(name, source.options.schema)),
    ),
    ledger: ledgerOf(migrationsTableName, source.options.schema),
    problem: null,
    look: (name) => {
      const type = named.find((each) => each.name === name)?.type;
      const own = type === undefined ? undefined : new type().transaction;
      return Promise.resolve({
        guarded: isMarked(source, DATA_SOURCE) || (type !== undefined && isMarked(type.prototype as object, MIGRATION)),
        transactional: own ?? migrationsTransactionMode !== 'none',
      });
    },
    async open(connection, done): Promise<OpenProject> {
      source.setOptions({
        driver: createRequire(path)('pg') as unknown,
        extra: { ...source.options.extra, max: 1, idleTimeoutMillis: 0, ...connection() },
        migrations: named.map(({ type }) => type),
        entities: [],
        subscribers: [],
        synchronize: false,
        dropSchema: false,
        migrationsRun: false,
        replication: undefined,
        installExtensions: false,
        logging: false,
        cache: false,
      });
      await source.initialize();
      const all = source.migrations;
      return {
        async run(name) {
          const wanted = new Set([...done, name]);
          source.migrations = all.filter((each) => wanted.has(nameOf(each)));
          await source.runMigrations({ transaction: migrationsTransactionMode ?? 'all' });
          done = [...wanted];
        },
        close: () => source.destroy(),
      };
    },
  };
}

// Registered by @holdfast/typeorm.
const DATA_SOURCE = Symbol.for('holdfast.guarded-data-source');
const MIGRATION = Symbol.for('holdfast.guarded-migration');

function isMarked(value: object, mark: symbol): boolean {
  return Reflect.get(value, mark) !== undefined;
}

function nameOf(migration: { readonly name?: string }): string {
  return migration.name ?? migration.constructor.name;
}

/** As TypeORM's executor names it: `migrationsTableName` may carry a schema. */
function ledgerOf(path: string, schema: string | undefined): ObjectName {
  const [name = path, own = schema] = path.split('.').toReversed();
  return { schema: own, name };
}

function written({ schema, name }: ObjectName): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

/** TypeORM runs them by the thirteen digits at the end of the name. */
function timeOf(name: string): number {
  return Number.parseInt(name.slice(-13), 10);
}

async function loadDataSource(operation: string, path: string): Promise<DataSource> {
  const module = await loadModule(path);
  const exported = [...Object.values(module), ...Object.values((module['default'] ?? {}) as object)];
  // `module.exports = new DataSource(…)` stands for the module itself.
  for (const each of [module['default'], module, ...exported]) {
    const value: unknown = await each;
    if (isDataSource(value)) return value;
  }
  throw new RefusedError({
    operation,
    target: path,
    happened: 'it exports no DataSource.',
    left: '',
    hint: `Name the file that \`typeorm -d\` takes:\n  npx ${operation} --data-source src/data-source.ts`,
  });
}

function isDataSource(value: unknown): value is DataSource {
  return typeof value === 'object' && value !== null && 'runMigrations' in value && 'setOptions' in value;
}

async function classesOf({
  options,
}: DataSource): Promise<readonly { readonly type: MigrationClass; readonly file: string | null }[]> {
  const { migrations } = options;
  const list: readonly unknown[] = Array.isArray(migrations) ? migrations : Object.values(migrations ?? {});
  const found = new Map<MigrationClass, string | null>();
  for (const each of list) {
    if (typeof each === 'function') found.set(each as MigrationClass, null);
    if (typeof each !== 'string') continue;
    const pattern = (isAbsolute(each) ? each : resolve(each)).replaceAll('\\', '/');
    for (const file of await glob(pattern, { absolute: true })) {
      if (/\.d\.[cm]?ts$/.test(file) || !/\.[cm]?[jt]s$/.test(file)) continue;
      const module = await loadModule(file);
      for (const type of exportedClasses(module)) found.set(type, file);
    }
  }
  return [...found].map(([type, file]) => ({ type, file }));
}

/** As TypeORM imports them: `module.exports = class …` stands for the module itself. */
function exportedClasses(module: object): readonly MigrationClass[] {
  if (typeof module === 'function' && 'up' in (Reflect.get(module, 'prototype') ?? {}))
    return [module as MigrationClass];
  return Object.values(module).flatMap((value: unknown): MigrationClass[] => {
    if (typeof value === 'function') return 'up' in (value.prototype ?? {}) ? [value as MigrationClass] : [];
    return typeof value === 'object' && value !== null ? [...exportedClasses(value)] : [];
  });
}
