/** The session that is to hold the lock of a runner: does it reach the right database, does a lock on it mean something, will it last? */
import { hostname } from 'node:os';
import { RefusedError, UnsupportedError } from './errors.js';
import { Connection } from './postgres/connection.js';
import { type Connectable, connectSecond, openSecond, type SecondConnection } from './postgres/second-connection.js';
import type { RunnerLockRequest } from './runner-lock-options.js';
import type { PgClient } from './session.js';

export interface LockSession {
  readonly connection: SecondConnection;
  readonly wire: Connection;
  /** Process of the server. */
  readonly pid: number;
}

const TARGET = 'connection of the lock';

/** How the connections that hold or wait for the lock call themselves: `holdfast lock deploy-7:4312`. */
export const LOCK_APPLICATION = 'holdfast lock';

/** Tells a waiting person where to look. The server keeps 63 bytes of it and no more than ASCII. */
export function applicationName(): string {
  const machine = hostname().replaceAll(/[^\w.-]/g, '?');
  return `${LOCK_APPLICATION} ${machine.slice(0, 36)}:${process.pid}`;
}

/**
 * Opens a second connection beside `client`, a client of the pool, which is not needed any more when this resolves. Rejects with
 * `RefusedError` where a lock would not hold: no connection left, another database at its end, a pooler, a standby.
 */
export async function openLockBeside(client: PgClient, request: RunnerLockRequest): Promise<LockSession> {
  const connection = await openSecond(client, applicationName()).catch((cause: Error) => {
    throw noConnection(request, cause);
  });
  return prepare(connection, request, async (pid) => {
    // A client may have come by a stream of its own, or by one of several hosts: its parameters then lead elsewhere.
    const found = await client.query({
      text: `select from pg_catalog.pg_stat_activity
        where pid = $1 and application_name = $2 and datname = pg_catalog.current_database()`,
      values: [pid, applicationName()],
    });
    if (found.rowCount !== 1) throw elsewhere(request);
  });
}

/** Connects `client`, which was made for the lock. Rejects with the driver's error when it cannot connect, else as `openLockBeside`. */
export async function openLock(client: Connectable, request: RunnerLockRequest): Promise<LockSession> {
  return prepare(await connectSecond(client), request, () => Promise.resolve());
}

async function prepare(
  connection: SecondConnection,
  request: RunnerLockRequest,
  prove: (pid: number) => Promise<void>,
): Promise<LockSession> {
  try {
    const wire = new Connection(connection.client, { log: () => undefined });
    const { pid, version } = await examine(wire, connection.client, request);
    await makeLast(wire, version);
    await prove(pid);
    return { connection, wire, pid };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function examine(
  wire: Connection,
  client: PgClient,
  request: RunnerLockRequest,
): Promise<{ readonly pid: number; readonly version: number }> {
  const [row] = await wire.query(
    `select pg_catalog.pg_backend_pid() as pid, pg_catalog.version() as name, pg_catalog.pg_is_in_recovery() as standby,
       pg_catalog.current_setting('server_version_num')::int as version`,
  );
  const name = String(row?.['name']);
  // CockroachDB answers true to every pg_try_advisory_lock.
  if (!name.startsWith('PostgreSQL ') || name.includes('Redshift')) throw notPostgres(request, name);
  if (row?.['standby'] === true) throw standby(request);
  const pid = Number(row?.['pid']);
  const told = client.processID;
  if (typeof told === 'number' && told !== pid && request.settings.poolMode !== 'session') throw pooler(request);
  return { pid, version: Number(row?.['version']) };
}

/** It does nothing for as long as the migrations take. */
async function makeLast(wire: Connection, version: number): Promise<void> {
  const settings: Readonly<Record<string, string>> = {
    application_name: applicationName(),
    // The default of the system is two hours: so long a machine that has vanished would keep the lock.
    tcp_keepalives_idle: '30',
    tcp_keepalives_interval: '10',
    tcp_keepalives_count: '3',
    ...(version >= 140_000 ? { idle_session_timeout: '0' } : {}),
  };
  await wire.query(
    'select pg_catalog.set_config(s.name, s.value, false) from pg_catalog.json_each_text($1::json) as s (name, value)',
    [JSON.stringify(settings)],
  );
}

function noConnection({ operation }: RunnerLockRequest, cause: Error): RefusedError {
  return new RefusedError({
    operation,
    target: TARGET,
    happened: `the lock needs a connection beside those of the pool, and got none: ${cause.message}.`,
    hint: 'Leave one more connection free for each deployer (max_connections, limits of the role and the database), then run again.',
    cause,
  });
}

function elsewhere({ operation }: RunnerLockRequest): RefusedError {
  return new RefusedError({
    operation,
    target: TARGET,
    happened: 'a second connection with the same parameters does not reach the database that the migrations reach.',
    hint: 'Name the database of the lock yourself:\n  npx holdfast exclusive --url <connection string> -- <command>',
  });
}

function pooler({ operation, words }: RunnerLockRequest): RefusedError {
  return new RefusedError({
    operation,
    target: TARGET,
    happened:
      'there is a pooler such as PgBouncer between here and the server (it tells another process id than the server does). In transaction mode it hands the session to somebody else after each statement, and a lock of the session would belong to nobody.',
    hint: `Connect migrations directly to PostgreSQL (usually port 5432 instead of 6432).\nIf the pooler gives each client a session of its own (pool_mode = session), say so: ${words.poolMode}`,
  });
}

function standby({ operation }: RunnerLockRequest): RefusedError {
  return new RefusedError({
    operation,
    target: TARGET,
    happened: 'this server is a standby: a lock here keeps nobody out of the primary, and migrations cannot run here.',
    hint: 'Connect to the primary.',
  });
}

function notPostgres({ operation }: RunnerLockRequest, version: string): UnsupportedError {
  return new UnsupportedError({
    operation,
    target: version.split(/[\s,]/)[0] ?? version,
    happened: 'this server is not PostgreSQL, and its advisory locks need not lock.',
    hint: 'Holdfast works on PostgreSQL 13 to 18.',
  });
}
