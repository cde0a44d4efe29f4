/**
 * The PostgreSQL servers of this test run: started once by global-setup.ts, shared by all test files, each of which
 * makes its own database.
 */
import { inject } from 'vitest';
import { type Server, serverAt } from '../../scripts/postgres-server.mjs';
import { wide } from './breadth.js';

export { type Server, startServer } from '../../scripts/postgres-server.mjs';

/** What most helpers need of a server: its url, not the right to stop it. */
export type SharedServer = Pick<Server, 'major' | 'url'>;

const provided = inject('postgres');

/**
 * The majors that the whole suite runs on: HOLDFAST_PG_MAJORS, else that of DATABASE_URL, else 18. For
 * `describe.each(majors)`.
 */
export const majors: readonly number[] = provided.majors;

/**
 * Those of `wanted` that this run has, for what differs between majors: 15 and 18 are always there, unless DATABASE_URL names the only
 * server. Those that the whole suite runs on stand for the others, unless it is to be wide.
 */
export function availableMajors(wanted: readonly number[]): number[] {
  const there = wanted.filter((major) => major in provided.urls);
  const main = there.filter((major) => majors.includes(major));
  return wide || main.length === 0 ? there : main;
}

/** The shared server of a major; without one, of the first major of the run. Throws when the run has no such server. */
export function serverFor(major = majors[0]): SharedServer {
  const url = major === undefined ? undefined : provided.urls[major];
  if (major === undefined || url === undefined) {
    throw new Error(
      `This run has no PostgreSQL ${major}, only ${Object.keys(provided.urls).join(', ')}: set HOLDFAST_PG_MAJORS`,
    );
  }
  return serverAt(url, major, async () => {});
}
