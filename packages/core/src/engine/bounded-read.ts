/** Reads that need a lock (sizes, rows, a copy of the table) wait for it no longer than a step would, and leave no setting behind. */
import type { Connection, Row } from '../postgres/connection.js';
import type { Recurring } from '../postgres/recurring.js';
import { type Waiting, withRetries } from './retries.js';

/** `scans`: the read may take as long as a scan; a limit that was made for requests does not hold for it. */
export async function readBounded<T>(
  waiting: Waiting & { readonly scans?: boolean },
  read: () => Promise<T>,
): Promise<T> {
  const { connection, settings } = waiting.context;
  const limits = [unlessOwn('lock_timeout', settings.lockTimeoutMs)];
  if (waiting.scans === true) limits.push(unlessOwn('statement_timeout', settings.scanTimeoutMs));
  const { begin, end } = around(waiting);
  return withRetries(waiting, async () => {
    try {
      await connection.script([begin, ...limits]);
      return await read();
    } finally {
      await endRead(connection, end);
    }
  });
}

/** The same for what recurs, in one message. The parts set the limit themselves. */
export async function repeatBounded(
  waiting: Waiting,
  { parts, given }: Pick<Recurring, 'parts' | 'given'>,
): Promise<readonly Row[]> {
  const { connection } = waiting.context;
  const { begin, end } = around(waiting);
  return withRetries(waiting, async () => {
    try {
      const results = await connection.repeat({ before: [begin, GENERIC], parts, given, after: end });
      return results.flatMap(({ rows }) => rows);
    } catch (error) {
      await endRead(connection, end);
      throw error;
    }
  });
}

/** Planned once, and not five times more. */
const GENERIC = 'SET LOCAL plan_cache_mode = force_generic_plan';

/** Rolling back a read undoes its settings and its locks, and nothing else. */
function around({ context }: Waiting): { readonly begin: string; readonly end: readonly string[] } {
  return context.inHostTransaction
    ? {
        begin: 'SAVEPOINT holdfast_read',
        end: ['ROLLBACK TO SAVEPOINT holdfast_read', 'RELEASE SAVEPOINT holdfast_read'],
      }
    : { begin: 'BEGIN', end: ['ROLLBACK'] };
}

/** The user's own SET, or connection option, wins. */
function unlessOwn(name: string, ms: number): string {
  return `SELECT pg_catalog.set_config('${name}', '${ms}', true) FROM pg_catalog.pg_settings WHERE name = '${name}' AND source NOT IN ('session', 'client')`;
}

/** A connection that was lost in the middle has ended its transaction; the read's own error is the one to report. */
async function endRead(connection: Connection, end: readonly string[]): Promise<void> {
  await connection.script(end).catch(() => undefined);
}
