/** The entry of one migration in the lock of the schema, from what was seen while it ran. */
import { type CatalogLines, catalogDelta, type LockedMigration, type ObjectName, tokenize } from '@holdfast/core';
import { type Touch, touchedKeys } from './footprint.js';
import { namesIn, neededKeys } from './needed-keys.js';
import { rowEffects, speaksOf } from './statements.js';
import { functionsIn, writtenKeys } from './written-keys.js';

export interface Seen extends Pick<LockedMigration, 'name' | 'hash'> {
  readonly before: CatalogLines;
  readonly after: CatalogLines;
  /** What it sent, in its order. */
  readonly texts: readonly string[];
  readonly touches: readonly Touch[];
  /** The runner's own tables. */
  readonly ignoreTables: readonly Pick<ObjectName, 'name'>[];
}

export async function lockedMigration({
  name,
  hash,
  before,
  after,
  texts,
  touches,
  ignoreTables,
}: Seen): Promise<LockedMigration> {
  const catalog = catalogDelta(before, after);
  const ledger = new Set(ignoreTables.map((table) => table.name));
  const ofLedger = (key: string): boolean => namesIn(key).some((part) => ledger.has(part));
  const changed = new Set(Object.keys(catalog).map((signed) => signed.slice(1)));
  const touched = touchedKeys(touches, texts, before, after).filter((key) => !changed.has(key) && !ofLedger(key));
  const footprint = new Set([...changed, ...touched]);
  // The columns of the ledger are called as others are: what the runner says of it, the migration does not need.
  const own = texts.filter((text) => !speaksOf(text, ledger));
  const needs = neededKeys(own, before).filter((key) => !footprint.has(key));
  const lenient = lenientKeys(own, catalog);
  const effects = rowEffects(texts, ledger, functionsIn(before, after));
  const writes = effects.rows === 'writes' ? await writtenKeys({ texts, ledger, before, after }) : undefined;
  return {
    name,
    hash,
    catalog,
    touched,
    needs,
    ...effects,
    ...(writes === undefined ? {} : { writes }),
    ...(lenient.length === 0 ? {} : { lenient }),
  };
}

/** Of the schemas and extensions that are new. */
function lenientKeys(texts: readonly string[], catalog: LockedMigration['catalog']): readonly string[] {
  const said = new Set(texts.filter((text) => /if\s+not\s+exists/i.test(text)).flatMap(madeLeniently));
  return Object.keys(catalog)
    .filter((signed) => signed.startsWith('+') && said.has(namesIn(signed.slice(1)).join(' ')))
    .map((signed) => signed.slice(1));
}

/** `schema core`, `extension uuid-ossp` */
function madeLeniently(text: string): readonly string[] {
  const values = (tokenize(text) ?? []).map(({ value }) => value);
  return values.flatMap((value, i) => {
    const [kind = '', ...words] = values.slice(i + 1, i + 5);
    const is = value === 'create' && (kind === 'schema' || kind === 'extension') && words.join(' ') === 'if not exists';
    return is ? [`${kind} ${values[i + 5]}`] : [];
  });
}
