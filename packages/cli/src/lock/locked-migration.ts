/** The entry of one migration in the lock of the schema, from what was seen while it ran. */
import { type CatalogLines, catalogDelta, type LockedMigration, type ObjectName } from '@holdfast/core';
import { type Touch, touchedKeys } from './footprint.js';
import { neededKeys } from './needed-keys.js';
import { rowEffects, speaksOf } from './statements.js';

export interface Seen extends Pick<LockedMigration, 'name' | 'hash'> {
  readonly before: CatalogLines;
  readonly after: CatalogLines;
  /** What it sent, in its order. */
  readonly texts: readonly string[];
  readonly touches: readonly Touch[];
  /** The runner's own tables. */
  readonly ignoreTables: readonly Pick<ObjectName, 'name'>[];
}

export function lockedMigration({ name, hash, before, after, texts, touches, ignoreTables }: Seen): LockedMigration {
  const catalog = catalogDelta(before, after);
  const ledger = new Set(ignoreTables.map((table) => table.name));
  const ofLedger = (key: string): boolean => partsOf(key).some((part) => ledger.has(part));
  const changed = new Set(Object.keys(catalog).map((signed) => signed.slice(1)));
  const touched = touchedKeys(touches, texts, before, after).filter((key) => !changed.has(key) && !ofLedger(key));
  const footprint = new Set([...changed, ...touched]);
  // The columns of the ledger are called as others are: what the runner says of it, the migration does not need.
  const own = texts.filter((text) => !speaksOf(text, ledger));
  const needs = neededKeys(own, before).filter((key) => !footprint.has(key));
  return { name, hash, catalog, touched, needs, ...rowEffects(texts, ledger) };
}

/** Names in a key, without quotation marks. */
function partsOf(key: string): readonly string[] {
  const parts = key.match(/"(?:[^"]|"")*"|[^\s."]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}
