/** What a migration needs of the schema before it, by the lock of the schema: nobody has to write it down. Pure. */
import { nearest } from '../catalog/near-misses.js';
import type { MissingPrerequisite } from '../errors.js';
import { identityOf, kindOf } from '../fingerprint/key.js';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import { byFootprint, catalogBefore, type History, positions } from './position.js';

/** What one migration has not. */
export interface Lacking {
  readonly migration: string;
  readonly missing: readonly MissingPrerequisite[];
}

/**
 * Of the pending migrations, by their index and in their order: those that speak of objects which the database has not, and which no
 * earlier one of them makes. Empty where the database is as after one of its migrations: then each finds what it had when the lock was made.
 */
export function lackingOf(history: History, live: CatalogLines, pending: readonly number[]): readonly Lacking[] {
  if (positions(history, live).length > 0) return [];
  const now = new Map(live);
  return pending.flatMap((index): readonly Lacking[] => {
    const footprint = history.footprints[index] as ReadonlySet<string>;
    if (footprint.size > 0 && byFootprint(history, now, index) === 'after') return [];
    const missing = absent(history, now, index);
    provide(history, now, index);
    const { name: migration = '' } = history.migrations[index] ?? {};
    return missing.length === 0 ? [] : [{ migration, missing }];
  });
}

/** What the migration needs and does not find, while it runs or before: its own changes may be there already. */
export function missingNow(history: History, live: CatalogLines, index: number): readonly MissingPrerequisite[] {
  const before = catalogBefore(history, index);
  const after = history.catalogs[index] as CatalogLines;
  const footprint = history.footprints[index] as ReadonlySet<string>;
  const changed = [...footprint].flatMap((key): readonly MissingPrerequisite[] => {
    const [found, expected] = [live.get(key), before.get(key)];
    if (found === undefined || found === expected || found === after.get(key)) return [];
    if (expected === undefined && after.get(key) === undefined) return [];
    return [missing(key, live, `${key} is ${found}, not ${expected ?? after.get(key)}`)];
  });
  return [...absent(history, live, index), ...changed];
}

/** How many objects the migration needs. */
export function countNeeds(history: History, index: number): number {
  return needsOf(history, index).length;
}

function absent(history: History, live: CatalogLines, index: number): readonly MissingPrerequisite[] {
  const keys = needsOf(history, index).filter((key) => !live.has(key));
  const gone = new Set(keys.filter(isRelation).map(identityOf));
  // A table that is missing as a whole is reported once, as a table.
  return keys
    .filter((key) => isRelation(key) || ![...gone].some((table) => identityOf(key).startsWith(`${table}.`)))
    .map((key) => missing(key, live, `${key} does not exist`));
}

/** Objects that were there before it and are there after it: what it drops may be gone already. */
function needsOf(history: History, index: number): readonly string[] {
  const { needs = [] } = history.migrations[index] ?? {};
  const footprint = history.footprints[index] as ReadonlySet<string>;
  const before = catalogBefore(history, index);
  const after = history.catalogs[index] as CatalogLines;
  return [...new Set([...needs, ...footprint])].filter((key) => before.has(key) && after.has(key)).sort();
}

/** As it runs. What it only changes, and is not there, it does not make. */
function provide(history: History, lines: Map<string, string>, index: number): void {
  const before = catalogBefore(history, index);
  const after = history.catalogs[index] as CatalogLines;
  for (const key of history.footprints[index] as ReadonlySet<string>) {
    const line = after.get(key);
    if (line === undefined) lines.delete(key);
    else if (lines.has(key) || !before.has(key)) lines.set(key, line);
  }
}

function missing(key: string, live: CatalogLines, problem: string): MissingPrerequisite {
  const kind = kindOf(key);
  const name = identityOf(key);
  // Parts are looked for in their own table.
  const parent = isRelation(key) ? '' : name.slice(0, name.lastIndexOf('.') + 1);
  const others = [...live.keys()].filter((each) => kindOf(each) === kind).map(identityOf);
  const beside = others.filter((each) => each.startsWith(parent));
  return { kind, name, problem, nearMisses: nearest(name, beside) };
}

function isRelation(key: string): boolean {
  return /^(?:table|view|materialized view|foreign table) /.test(key);
}
