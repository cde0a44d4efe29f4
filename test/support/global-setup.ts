/** Starts the servers of a test run before its first file and stops them after the last. */
import type { TestProject } from 'vitest/node';
import { startServer } from '../../scripts/postgres-server.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { majors: number[]; urls: Record<number, string> };
  }
}

/**
 * Enums changed much between these two: their behaviour is tested on both in every run, whatever major the rest runs
 * on.
 */
const alwaysThere = [15, 18];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const fast = project.name !== 'bench'; // a measurement without fsync measures nothing
  const majors = requestedMajors();
  const wanted =
    process.env['DATABASE_URL'] && majors.length === 0 ? [undefined] : [...new Set([...majors, ...alwaysThere])];
  const servers = await Promise.all(
    wanted.map((major) => startServer({ fast, ...(major === undefined ? {} : { major }) })),
  );
  project.provide('postgres', {
    majors: majors.length > 0 ? majors : servers.map((server) => server.major),
    urls: Object.fromEntries(servers.map((server) => [server.major, server.url()])),
  });
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}

function requestedMajors(): number[] {
  const listed = process.env['HOLDFAST_PG_MAJORS'] ?? (process.env['DATABASE_URL'] ? '' : '18');
  return listed
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
}
