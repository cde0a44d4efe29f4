/** A connection of our own beside the migration's: to look who blocks while it waits, to hold the lock of a runner. */
import { UnsupportedError } from '../errors.js';
import type { PgClient } from '../session.js';
import { hasOneConnection } from '../whole/rehearsal.js';

/** Never in a transaction, so that nobody waits for it: CREATE INDEX CONCURRENTLY waits for all old snapshots. */
export interface SecondConnection {
  readonly client: PgClient;
  /** Resolves when the connection is gone without `close`, with the driver's error if there was one. */
  readonly lost: Promise<Error | null>;
  close(): Promise<void>;
}

/** What `pg`'s client tells about itself, in all versions from 8.0 on. */
interface Described extends PgClient {
  readonly connectionParameters?: object;
  readonly password?: unknown;
  readonly ssl?: unknown;
}

/** A client of `pg` that is not connected yet. */
export interface Connectable extends PgClient {
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error' | 'end', listener: (error?: Error) => void): void;
}

const CONNECT_WITHIN_MS = 5_000;
const KEEP_ALIVE_MS = 10_000;

/**
 * Connects once more with the parameters of `client` (host, user, database, TLS), under `name` as application_name. Rejects with the
 * driver's error where that cannot be: no connection left, `pg_hba.conf`, a client that came by a stream of its own.
 */
export async function openSecond(client: PgClient, name: string): Promise<SecondConnection> {
  // The parameters of the client are those of the project, which lead to its real database.
  if (hasOneConnection()) throw oneConnection(name);
  const { connectionParameters, password, ssl } = client as Described;
  const Client = client.constructor as new (config: object) => Connectable;
  const config = {
    ...connectionParameters,
    password,
    ssl,
    application_name: name,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    // It is idle most of the time: a network that has gone would not be noticed otherwise.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
  return connectSecond(new Client(config));
}

function oneConnection(target: string): UnsupportedError {
  return new UnsupportedError({
    operation: 'connection',
    target,
    happened: 'a database in this process, on which migrations are replayed or rehearsed, has one connection.',
    hint: 'On a server it has more.',
  });
}

/** Connects a client that was made for this and for nothing else. Rejects with the driver's error. */
export async function connectSecond(second: Connectable): Promise<SecondConnection> {
  let closing = false;
  const lost = new Promise<Error | null>((resolve) => {
    const gone = (error?: Error): void => {
      if (!closing) resolve(error ?? null);
    };
    // An idle client that hears of an error without a listener ends the process.
    second.on('error', gone);
    second.on('end', gone);
  });
  await second.connect();
  return {
    client: second,
    lost,
    async close() {
      closing = true;
      await second.end();
    },
  };
}
