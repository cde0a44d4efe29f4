import type { MissingPrerequisite } from '../errors.js';

/** One line of the report. */
export function miss(
  kind: string,
  name: string,
  problem: string,
  nearMisses: readonly string[] = [],
): MissingPrerequisite {
  return { kind, name, problem, nearMisses };
}
