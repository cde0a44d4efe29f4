/** Reads that need a lock (sizes, rows, a copy of the table) wait for it no longer than a step would, and leave no setting behind. */
import type { Connection } from '../postgres/connection.js';
import { type Waiting, withRetries } from './retries.js';

/** `scans`: the read may take as long as a scan; a limit that was made for requests does not hold for it. */
export async function readBounded<T>(
  waiting: Waiting & { readonly scans?: boolean },
  read: () => Promise<T>,
): Promise<T> {
  const { connection, inHostTransaction, settings } = waiting.context;
  const limits = [unlessOwn('lock_timeout', settings.lockTimeoutMs)];
  if (waiting.scans === true) limits.push(unlessOwn('statement_timeout', settings.scanTimeoutMs));
  // Rolling back a read undoes its settings and its locks, and nothing else.
  const begin = inHostTransaction ? 'SAVEPOINT holdfast_read' : 'BEGIN';
  const end = inHostTransaction
    ? ['ROLLBACK TO SAVEPOINT holdfast_read', 'RELEASE SAVEPOINT holdfast_read']
    : ['ROLLBACK'];
  return withRetries(waiting, async () => {
    try {
      await connection.script([begin, ...limits]);
      return await read();
    } finally {
      await endRead(connection, end);
    }
  });
}

/** The user's own SET, or connection option, wins. The mark tells `readSurroundings` that a value is ours; it ends with the read. */
function unlessOwn(name: string, ms: number): string {
  return `SELECT pg_catalog.set_config('${name}', '${ms}', true), pg_catalog.set_config('holdfast.${name}', 'limited', true) FROM pg_catalog.pg_settings WHERE name = '${name}' AND source NOT IN ('session', 'client')`;
}

/** A connection that was lost in the middle has ended its transaction; the read's own error is the one to report. */
async function endRead(connection: Connection, end: readonly string[]): Promise<void> {
  await connection.script(end).catch(() => undefined);
}
