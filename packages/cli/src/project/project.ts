/** A project with migrations, whatever runs them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashText, type ObjectName, type SchemaLock } from '@holdfast/core';

export interface ListedMigration {
  readonly name: string;
  /** Null where the runner takes it from somewhere else than a file. */
  readonly file: string | null;
  readonly hash: string;
}

export interface Project {
  readonly tool: SchemaLock['tool'];
  /** Where the guard looks for its lock file, or would. */
  readonly lockPath: string;
  /** In the order in which they run. */
  readonly migrations: readonly ListedMigration[];
  readonly ignoreTables: readonly string[];
  /** The runner's table of finished migrations, with their names in the column `name`. */
  readonly ledger: ObjectName;
  look(name: string): Promise<LookedAt>;
  /** What the project's configuration says that keeps the guard from being in force, and how it would be; null: nothing. */
  readonly problem: string | null;
  /** Its driver connects with `connection()`, to a database whose ledger has `done`. */
  open(connection: () => Readonly<Record<string, unknown>>, done: readonly string[]): Promise<OpenProject>;
}

/** What is seen of a migration without running it. */
interface LookedAt {
  /** The guard is around it, by what wraps the project or the migration. What a body calls by itself is not seen. */
  readonly guarded: boolean;
  /** Its runner gives it a transaction. */
  readonly transactional: boolean;
}

export interface OpenProject {
  /** Runs this migration, and no other one, as the runner would. */
  run(name: string): Promise<void>;
  close(): Promise<void>;
}

// Registered by the adapters, on what they have wrapped.
const LOCK_PLACES = Symbol.for('holdfast.lock-places');

/** Where the guard finds the file; else the first place where one can be. Without a guard: in the first of these folders. */
export function lockPathIn(holder: unknown, folders: readonly string[]): string {
  const told = (holder as { readonly [LOCK_PLACES]?: readonly string[] } | undefined)?.[LOCK_PLACES] ?? [];
  const places = [...told, ...folders.map((folder) => join(folder, 'holdfast.lock.json'))];
  return places.find(existsSync) ?? places.find((place) => existsSync(dirname(place))) ?? (places[0] as string);
}

export function hashFile(file: string): string {
  return hashText(readFileSync(file, 'utf8'));
}

/** As the runners load a file: `import` where it is a module by its name or its package, else `require`, so that either kind of hook for TypeScript works. */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  const extension = extname(file);
  const asModule = /^\.m[jt]s$/.test(extension) || (!/^\.c[jt]s$/.test(extension) && inModulePackage(dirname(file)));
  return (asModule ? await import(pathToFileURL(file).href) : createRequire(file)(file)) as Record<string, unknown>;
}

/** By the nearest package.json. */
export function inModulePackage(folder: string): boolean {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type === 'module';
  return dirname(folder) !== folder && inModulePackage(dirname(folder));
}
