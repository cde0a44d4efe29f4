/** What the catalog shows of a migration, and how far that can be trusted. */
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import type { LockedMigration } from '../schema-lock/schema-lock.js';
import type { History } from './history.js';

/**
 * How much of what the migration does to the catalog is taken back: missing, or as before it. What later migrations have changed again is
 * not, and what somebody has changed into something else is not either.
 */
export function goneOf(history: History, live: CatalogLines, index: number): 'nothing' | 'a part' | 'all' {
  const { catalogs, footprints, lenient } = history;
  const changed = [...(footprints[index] as ReadonlySet<string>)].filter(
    (key) => catalogs.line(key, index - 1) !== catalogs.line(key, index),
  );
  const gone = changed.filter((key) => {
    const found = live.get(key);
    const later = catalogs.linesFrom(key, index);
    if (later.includes(found) || (lenient.has(key) && found !== undefined)) return false;
    return found === undefined || found === catalogs.line(key, index - 1);
  });
  if (gone.length === 0) return 'nothing';
  return gone.length === changed.length ? 'all' : 'a part';
}

/** Are all rows that the migration writes gone, with the tables and columns that they were in? Unknown counts as no. */
export function areRowsGone({ catalogs, migrations }: History, live: CatalogLines, index: number): boolean {
  const { rows, writes } = migrations[index] as LockedMigration;
  if (rows !== 'writes') return true;
  return writes?.every((key) => !live.has(key) && !catalogs.linesFrom(key, index).includes(undefined)) === true;
}

/** Of rows that the migration has written: were they in what has been made anew meanwhile? `made`: keys. */
export function rowsIn({ migrations }: History, index: number, made: ReadonlySet<string>): 'all' | 'none' | 'unknown' {
  const { rows, writes } = migrations[index] as LockedMigration;
  const places = [...made].filter((key) => HOLDS_ROWS.test(key));
  if (rows !== 'writes' || places.length === 0) return 'none';
  if (writes?.every((key) => made.has(key)) === true) return 'all';
  // A column is another one with its table.
  return writes?.every((key) => !places.includes(key)) === true ? 'none' : 'unknown';
}

const HOLDS_ROWS = /^(?:table|foreign table|materialized view|column) /;

/** Is all that the catalog shows of the migrations from this one to `later` of kinds that people build by hand ahead of a release? */
export function isBuiltAhead({ migrations }: History, index: number, later: number): boolean {
  const keys = migrations.slice(index, later + 1).flatMap(({ catalog }) => Object.keys(catalog));
  return keys.length > 0 && keys.every((signed) => AHEAD.test(signed.slice(1)));
}

const AHEAD = /^(?:index|constraint|statistics|extension|schema|comment on|grants on) /;
