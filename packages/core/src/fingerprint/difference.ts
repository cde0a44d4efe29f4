/** What is different between two catalogs, by object. */
import type { CatalogLines } from './read-catalog-lines.js';

export interface CatalogDifference {
  /** In the first and not in the second. */
  readonly missing: readonly string[];
  /** In the second and not in the first. */
  readonly extra: readonly string[];
  /** In both, with another definition. */
  readonly changed: readonly { readonly key: string; readonly expected: string; readonly found: string }[];
}

/** Keys in their order, whatever that of the lines is. `keys` restricts both sides to those objects. */
export function catalogDifference(
  expected: CatalogLines,
  found: CatalogLines,
  keys?: ReadonlySet<string>,
): CatalogDifference {
  const asked = (key: string): boolean => keys === undefined || keys.has(key);
  const both = [...expected].filter(([key]) => asked(key) && found.has(key));
  return {
    missing: [...expected.keys()].filter((key) => asked(key) && !found.has(key)).sort(),
    extra: [...found.keys()].filter((key) => asked(key) && !expected.has(key)).sort(),
    changed: both
      .map(([key, line]) => ({ key, expected: line, found: found.get(key) ?? '' }))
      .filter((change) => change.expected !== change.found)
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** The lines of these objects alone. */
export function restrictLines(lines: CatalogLines, keys: ReadonlySet<string>): CatalogLines {
  return new Map([...lines].filter(([key]) => keys.has(key)));
}
