/** What the statements of a migration speak of, and find there: told by their words. */
import { type CatalogLines, tokenize } from '@holdfast/core';

/** Kinds that a statement can only name if they are there. */
const KINDS = /^(table|view|materialized view|foreign table|sequence|enum|domain|composite type|column) /;

interface Named {
  readonly key: string;
  readonly kind: string;
  /** Schema, relation, column; without quotation marks. */
  readonly names: readonly string[];
}

/**
 * Keys, sorted. What stands in strings and in the bodies of functions is not read. Where two schemas have the name, the one whose schema is
 * named, too.
 */
export function neededKeys(texts: readonly string[], before: CatalogLines): readonly string[] {
  const words = new Set(texts.flatMap((text) => (tokenize(text) ?? []).filter(isName).map(({ value }) => value)));
  const said = [...before.keys()].flatMap((key): readonly Named[] => {
    const kind = KINDS.exec(key)?.[1];
    if (kind === undefined) return [];
    const names = namesIn(key.slice(kind.length + 1));
    return names.slice(1).every((name) => words.has(name)) ? [{ key, kind, names }] : [];
  });
  const times = new Map<string, number>();
  for (const each of said) times.set(unqualified(each), (times.get(unqualified(each)) ?? 0) + 1);
  return said
    .filter((each) => times.get(unqualified(each)) === 1 || words.has(each.names[0] as string))
    .map(({ key }) => key)
    .sort();
}

function isName({ kind }: { readonly kind: string }): boolean {
  return kind === 'word' || kind === 'ident';
}

function unqualified({ kind, names }: Named): string {
  return JSON.stringify([kind, ...names.slice(1)]);
}

/** The names in a key or an identity, without quotation marks: `public."Order".id`, taken apart. */
export function namesIn(text: string): readonly string[] {
  const parts = text.match(/"(?:[^"]|"")*"|[^\s."]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}
