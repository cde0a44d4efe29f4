/** The migration whose body runs now, for what is called from inside of it without naming it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { MissingPrerequisite } from '../errors.js';
import type { PgClient } from '../session.js';
import { Replaced, type Sources } from './sources.js';

export interface CurrentMigration {
  readonly name: string;
  /** What its body takes from chance and from the clock; undefined: as always. */
  readonly sources?: Sources;
  /** How many objects it needs of the schema before it, by the lock of the schema, and which of them it does not find. */
  needs(client: PgClient): Promise<{ readonly checked: number; readonly missing: readonly MissingPrerequisite[] }>;
}

// Registered: the wrapper of the migration and what it calls may have copies of this package.
const CURRENT = Symbol.for('holdfast.current-migration');

function storage(): AsyncLocalStorage<CurrentMigration> {
  const shared = globalThis as { [CURRENT]?: AsyncLocalStorage<CurrentMigration> };
  shared[CURRENT] ??= new AsyncLocalStorage();
  return shared[CURRENT];
}

const replaced = new Replaced(() => storage().getStore()?.sources);

/** What `body` calls, and what that calls, finds the migration. */
export function asCurrent<T>(migration: CurrentMigration, body: () => Promise<T>): Promise<T> {
  const run = (): Promise<T> => storage().run(migration, body);
  return migration.sources === undefined ? run() : replaced.during(run);
}

/** Undefined outside of the body of a guarded migration, and in one that no lock of the schema knows. */
export function currentMigration(): CurrentMigration | undefined {
  return storage().getStore();
}
