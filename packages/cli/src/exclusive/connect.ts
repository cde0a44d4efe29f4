/** The connection of the lock: from --url, else DATABASE_URL, else the variables of libpq. */
import { HoldfastError, type LockSession, openLock, RefusedError } from '@holdfast/core';
import pg from 'pg';
import type { Io } from '../exit.js';
import { type Exclusive, OPERATION } from './arguments.js';

const CONNECT_WITHIN_MS = 15_000;
/** Any of them names a database or a server. */
const PG_VARIABLES = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER'];

/** Rejects with `RefusedError` when no database is named or it cannot be reached. */
export async function connect({ url, request }: Exclusive, { env }: Io): Promise<LockSession> {
  const given = url ?? env['DATABASE_URL'];
  if ((given ?? '') === '' && !PG_VARIABLES.some((name) => (env[name] ?? '') !== '')) throw noDatabase();
  const client = makeClient(given);
  try {
    return await openLock(client, request);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw unreachable(client, error);
  }
}

function makeClient(url: string | undefined): pg.Client {
  try {
    return new pg.Client({
      ...((url ?? '') === '' ? {} : { connectionString: url }),
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
  } catch (cause) {
    throw new RefusedError({
      operation: OPERATION,
      target: '',
      happened: 'the connection string cannot be read.',
      left: NOT_RUN,
      hint: 'Write it as postgres://user:password@host:5432/database, with special characters of the password percent-encoded.',
      cause,
    });
  }
}

const NOT_RUN = 'The command has not run.';

function noDatabase(): RefusedError {
  return new RefusedError({
    operation: OPERATION,
    target: '',
    happened: 'no database is named.',
    left: NOT_RUN,
    hint: 'Set DATABASE_URL, or PGHOST, PGDATABASE and PGUSER, or pass it:\n  holdfast exclusive --url postgres://user:password@host:5432/database -- <command>',
  });
}

/** Without the password. */
function unreachable({ user, host, port, database }: pg.Client, cause: unknown): RefusedError {
  const { message, code } = cause as { message?: string; code?: string };
  return new RefusedError({
    operation: OPERATION,
    target: `${user === undefined ? '' : `${user}@`}${host}:${port}${database === undefined ? '' : `/${database}`}`,
    happened: `no connection: ${message || code || String(cause)}.`,
    left: NOT_RUN,
    hint: 'Check --url, DATABASE_URL or the PG* variables, and that the server can be reached from here.',
    cause,
  });
}
