/** The lock of a schema, made ready for questions; and how much of one migration a catalog shows. Pure. */
import { type CatalogDifference, catalogDifference } from '../fingerprint/difference.js';
import { schemaOf } from '../fingerprint/key.js';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import { CatalogHistory, footprintOf, type LockedMigration, type SchemaLock } from '../schema-lock/schema-lock.js';
import { LiveCatalog } from './live-catalog.js';

export interface History {
  readonly migrations: readonly LockedMigration[];
  readonly catalogs: CatalogHistory;
  /** Of the catalog before the first migration, and after each; see `LiveCatalog`. */
  readonly digests: readonly bigint[];
  readonly footprints: readonly ReadonlySet<string>[];
  /** Every object that a migration made at any time: others are the user's own affair. */
  readonly known: ReadonlySet<string>;
  /** Of those: schemas and extensions that migrations make IF NOT EXISTS, and nothing else with them. They may be there before. */
  readonly lenient: ReadonlySet<string>;
  /** The others: by them the catalog tells where it stands. */
  readonly telling: ReadonlySet<string>;
  /** In which all of these live, and those that were there before them. */
  readonly schemas: ReadonlySet<string>;
  /** Does the migration leave the catalog another one than it found? By what is telling. */
  readonly changes: readonly boolean[];
}

export function historyOf(lock: SchemaLock): History {
  const footprints = lock.migrations.map(footprintOf);
  const known = new Set(footprints.flatMap((keys) => [...keys]));
  const lenient = lenientOf(lock);
  const telling = new Set([...known].filter((key) => !lenient.has(key)));
  const catalogs = new CatalogHistory(lock);
  const now = new LiveCatalog(telling, catalogs.lines(-1));
  const digests = [now.digest];
  for (const { catalog } of lock.migrations) {
    now.change(catalog);
    digests.push(now.digest);
  }
  return {
    migrations: lock.migrations,
    catalogs,
    digests,
    footprints,
    known,
    lenient,
    telling,
    schemas: new Set([...known, ...Object.keys(lock.initial?.catalog ?? {})].flatMap((key) => schemaOf(key) ?? [])),
    changes: lock.migrations.map(({ catalog }) => Object.keys(catalog).some((signed) => !lenient.has(signed.slice(1)))),
  };
}

function lenientOf({ migrations }: SchemaLock): ReadonlySet<string> {
  const named = new Set(migrations.flatMap((migration) => migration.lenient ?? []));
  for (const { catalog, lenient = [] } of migrations)
    for (const signed of Object.keys(catalog)) {
      const key = signed.slice(1);
      if (!signed.startsWith('+') || !lenient.includes(key)) named.delete(key);
    }
  return named;
}

/** What is not as it should be after the migration, in the objects that it touched; null when all is. */
export function checkAfter(history: History, live: CatalogLines, index: number): CatalogDifference | null {
  const difference = differenceAfter(history, live, index);
  return difference.missing.length + difference.extra.length + difference.changed.length === 0 ? null : difference;
}

export function differenceAfter(
  { catalogs, footprints, lenient }: History,
  live: CatalogLines,
  index: number,
): CatalogDifference {
  const touched = footprints[index] as ReadonlySet<string>;
  const expected = [...touched].flatMap((key): [string, string][] => {
    const line = catalogs.line(key, index);
    return line === undefined ? [] : [[key, (lenient.has(key) ? live.get(key) : undefined) ?? line]];
  });
  return catalogDifference(new Map(expected), live, touched);
}

/** After which migrations the catalog would be as it is; -1: before the first. */
export function positions({ digests, telling }: History, live: CatalogLines): readonly number[] {
  const { digest } = live instanceof LiveCatalog ? live : new LiveCatalog(telling, live);
  return digests.flatMap((each, k) => (each === digest ? [k - 1] : []));
}

/** By the objects of the migration alone, where others have drifted. */
export function byFootprint(history: History, live: CatalogLines, index: number): 'before' | 'after' | 'neither' {
  const keys = [...(history.footprints[index] as ReadonlySet<string>)];
  const isAs = (key: string, after: number): boolean => isLike(history, live, key, after);
  if (keys.every((key) => isAs(key, index))) return 'after';
  const isBefore = (key: string): boolean => isAs(key, index - 1) || (history.lenient.has(key) && isAs(key, index));
  return keys.every(isBefore) ? 'before' : 'neither';
}

/** Of a schema or an extension that somebody else may have made, it counts that it is there. */
function isLike({ catalogs, lenient }: History, live: CatalogLines, key: string, after: number): boolean {
  const line = catalogs.line(key, after);
  return lenient.has(key) ? (line !== undefined) === live.has(key) : line === live.get(key);
}

/** Is something there that was not before it, or otherwise? */
export function leaves(history: History, live: CatalogLines, index: number): boolean {
  const own = history.footprints[index] as ReadonlySet<string>;
  return [...own].some((key) => !isLike(history, live, key, index - 1));
}

/** Is a schema or an extension there that it makes where there is none? */
export function hasLenient({ footprints, lenient, catalogs }: History, live: CatalogLines, index: number): boolean {
  const touched = footprints[index] as ReadonlySet<string>;
  return [...touched].some((key) => lenient.has(key) && catalogs.line(key, index - 1) === undefined && live.has(key));
}

/** Is one of them missing? */
export function lacksLenient({ footprints, lenient, catalogs }: History, live: CatalogLines, index: number): boolean {
  const touched = footprints[index] as ReadonlySet<string>;
  return [...touched].some((key) => lenient.has(key) && catalogs.line(key, index) !== undefined && !live.has(key));
}
