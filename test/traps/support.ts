/** What the tests of traps look at: which session waits, for whom, and what one state of a session has more than another. */
import type pg from 'pg';
import { expect } from 'vitest';

/** Longer than any step of a test takes on a busy machine: nothing is to end by it. Shorter than a test may take, in ms. */
export const PATIENCE_MS = 20_000;

/** Resolves once `pid` waits for a lock; `locktype` narrows it: `relation`, `virtualxid`, `advisory`, `object`; and so does the `key` of an advisory one. */
export async function waits(watcher: pg.Client, pid: number, locktype = '%', key?: number): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND pid = $1 AND locktype LIKE $2 AND (objid = $3 OR $3 IS NULL)`;
  await expect
    .poll(async () => (await watcher.query(waiting, [pid, locktype, key])).rowCount, {
      timeout: PATIENCE_MS,
      interval: 10,
    })
    .toBe(1);
}

/** The end of a promise, to be looked at later: whatever it is, it does not count as unhandled meanwhile. */
export function settled<T>(
  promise: Promise<T>,
): Promise<{ readonly value: T } | { readonly error: Record<string, unknown> }> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as Record<string, unknown> }),
  );
}

/** SQLSTATE with which a statement fails. Fails the test when it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const end = await settled(promise);
  if ('error' in end) return end.error['code'];
  throw new Error('expected an error, but it resolved');
}

/** The state of an index: `valid`, `invalid`, or null when there is none. */
export async function stateOfIndex(client: pg.Client, name: string): Promise<'valid' | 'invalid' | null> {
  const { rows } = await client.query<{ valid: boolean }>(
    'SELECT indisvalid AND indisready AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [name],
  );
  return rows[0] === undefined ? null : rows[0].valid ? 'valid' : 'invalid';
}
