/** What the tests about two deployers share. */
import {
  type LockSession,
  openLock,
  type RunnerLock,
  type RunnerLockRequest,
  resolveRunnerLock,
  takeRunnerLock,
} from '@holdfast/core';
import pg from 'pg';
import { execute } from '../support/catalog.js';

export { errorOf } from '../core/support.js';

/** A logger that keeps what it is told. */
export function lines(): {
  said: string[];
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
} {
  const said: string[] = [];
  return {
    said,
    info: (line) => said.push(line),
    warn: (line) => said.push(`WARN ${line}`),
    error: (line) => said.push(`ERROR ${line}`),
  };
}

export function request(
  options: Parameters<typeof resolveRunnerLock>[0] = {},
  logger: RunnerLockRequest['logger'] = lines(),
): RunnerLockRequest {
  const words = { wait: 'waitMs', poolMode: 'poolMode' };
  return { settings: resolveRunnerLock(options), operation: 'test', logger, words };
}

export async function open(url: string, wanted: RunnerLockRequest): Promise<LockSession> {
  return openLock(new pg.Client({ connectionString: url }), wanted);
}

export async function lock(url: string, wanted: RunnerLockRequest = request()): Promise<RunnerLock & { pid: number }> {
  const session = await open(url, wanted);
  return { ...(await takeRunnerLock(session, wanted)), pid: session.pid };
}

/** Another deployer that has the lock. */
export function holdLock(url: string, name = 'migrations'): ReturnType<typeof lock> {
  return lock(url, request({ name }));
}

/** Looks until it is so. */
export async function eventually(look: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`never came to be: ${String(look)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How many sessions hold the lock of a runner, of whatever name. */
export async function holders(url: string): Promise<number> {
  const [row] = await execute(
    url,
    `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return Number(row?.['n']);
}
