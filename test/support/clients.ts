import type pg from 'pg';

/** Process id of a connection's server process. */
export function pidOf(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}
