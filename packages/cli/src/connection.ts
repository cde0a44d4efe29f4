/** A connection for one command that reads or notes something. */
import { RefusedError } from '@holdfast/core';
import pg from 'pg';

export interface Target {
  /** Default: DATABASE_URL, else the variables of libpq. */
  readonly url: string | undefined;
  readonly operation: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Rejects with `RefusedError` when the database cannot be reached. */
export async function withConnection<T>(
  { url, operation, env }: Target,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const given = url ?? env['DATABASE_URL'] ?? '';
  const client = new pg.Client({
    ...(given === '' ? {} : { connectionString: given }),
    connectionTimeoutMillis: 15_000,
  });
  client.on('error', () => undefined); // the query that runs rejects
  try {
    await client.connect();
  } catch (cause) {
    const { message, code } = cause as { message?: string; code?: string };
    throw new RefusedError({
      operation,
      target: `${client.host}:${client.port}`,
      happened: `no connection: ${message || code || String(cause)}.`,
      left: '',
      hint: 'Check --url, DATABASE_URL or the PG* variables, and that the server can be reached from here.',
      cause,
    });
  }
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
