/** What a migration needs of the schema before it, by the lock of the schema: nobody has to write it down. Pure. */
import { nearest } from '../catalog/near-misses.js';
import type { MissingPrerequisite } from '../errors.js';
import { identityOf, kindOf } from '../fingerprint/key.js';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import { byFootprint, type History, positions } from './history.js';

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
    provide(history, index, now);
    const { name: migration = '' } = history.migrations[index] ?? {};
    return missing.length === 0 ? [] : [{ migration, missing }];
  });
}

/** What the migration needs and does not find, while it runs or before: its own changes may be there already. */
export function missingNow(history: History, live: CatalogLines, index: number): readonly MissingPrerequisite[] {
  const { catalogs } = history;
  const footprint = history.footprints[index] as ReadonlySet<string>;
  const changed = [...footprint].flatMap((key): readonly MissingPrerequisite[] => {
    const [found, before, after] = [live.get(key), catalogs.line(key, index - 1), catalogs.line(key, index)];
    if (found === undefined || found === before || found === after) return [];
    if (before === undefined && after === undefined) return [];
    return [missing(key, live, `${key} is ${found}, not ${before ?? after}`)];
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
  const isThere = (key: string, after: number): boolean => history.catalogs.line(key, after) !== undefined;
  return [...new Set([...needs, ...footprint])].filter((key) => isThere(key, index - 1) && isThere(key, index)).sort();
}

/** As it runs. What it only changes, and is not there, it does not make. */
function provide({ catalogs, footprints }: History, index: number, lines: Map<string, string>): void {
  for (const key of footprints[index] as ReadonlySet<string>) {
    const line = catalogs.line(key, index);
    if (line === undefined) lines.delete(key);
    else if (lines.has(key) || catalogs.line(key, index - 1) === undefined) lines.set(key, line);
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
