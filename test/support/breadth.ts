/**
 * How much of what is tested with many values is tested with all of them. `npm test` has minutes: it takes a few of many alike, and one major
 * where two are asked for. `npm run test:wide`, `test:matrix` and `test:crash` take all.
 */
export const wide = process.env['HOLDFAST_BREADTH'] === 'wide';

/** All of the list, or a few that are spread over it, always the same. */
export function some<T>(list: readonly T[], few: number): readonly T[] {
  if (wide || few >= list.length) return list;
  return Array.from({ length: few }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / few)] as T);
}
