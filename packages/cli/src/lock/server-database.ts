/** A database of its own on a server that somebody names, for what PGlite cannot do: migrations are replayed there, and it is dropped. */
import { randomBytes } from 'node:crypto';
import { type PgClient, RefusedError } from '@holdfast/core';
import pg from 'pg';
import { withConnection } from '../connection.js';
import { type Extensions, grant } from './extensions.js';
import { RECORDER } from './footprint.js';
import { InitialFailure, type InitialSql, lay } from './initial-schema.js';
import type { ReplayDatabase } from './replay-database.js';

const OPERATION = 'holdfast lock';

interface NewDatabase {
  readonly url: string;
  /** Those that are not there are made, and dropped with the database. */
  readonly roles: readonly string[];
  /** Of the runner's ledger, where the project names one. */
  readonly schema: string | undefined;
  readonly extensions: Extensions;
  readonly initial: InitialSql | null;
}

/**
 * Nothing else on the server is read or changed. Rejects with `RefusedError` when the server cannot be reached, or its role may not do this;
 * then nothing stays there.
 */
export async function openServerDatabase({
  url,
  roles,
  schema,
  extensions,
  initial,
}: NewDatabase): Promise<ReplayDatabase> {
  const name = `holdfast_replay_${randomBytes(6).toString('hex')}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  const onServer = <T>(use: (client: pg.Client) => Promise<T>): Promise<T> =>
    withConnection({ url, operation: OPERATION, env: {} }, use);
  const client = new pg.Client({ connectionString: own.href });
  client.on('error', () => undefined); // the query that runs rejects
  const madeRoles: string[] = [];
  const drop = (): Promise<void> =>
    onServer(async (admin) => {
      await client.end().catch(() => undefined);
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      for (const role of madeRoles) await admin.query(`DROP ROLE ${pg.escapeIdentifier(role)}`);
    });
  await onServer((admin) => admin.query(`CREATE DATABASE ${name} TEMPLATE template0`)).catch((cause: Error) => {
    throw refused(own, cause);
  });
  try {
    await client.connect();
    await client.query(RECORDER);
    await makeRoles(client, roles, madeRoles);
    if (schema !== undefined) await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
    for (const statement of grant(extensions)) await client.query(statement);
    if (initial !== null) await lay((sql) => client.query(sql), initial);
  } catch (cause) {
    await drop();
    throw refused(own, cause as Error);
  }
  let texts: string[] = [];
  return {
    client: client as unknown as PgClient,
    takeStatements() {
      const taken = texts;
      texts = [];
      return taken;
    },
    connection: () => ({ connectionString: own.href, connection: recorded(client, (text) => texts.push(text)) }),
    close: drop,
  };
}

function refused({ host }: URL, cause: Error): Error {
  if (cause instanceof RefusedError || cause instanceof InitialFailure) return cause;
  return new RefusedError({
    operation: OPERATION,
    target: host,
    happened: `no database could be made for the replay: ${cause.message}.`,
    left: 'Nothing stays on the server.',
    hint: 'The role in --server has to be a superuser: event triggers tell what each migration touches.',
    cause,
  });
}

/** `made` tells those that are there now and were not before, also when one of them fails. */
async function makeRoles(client: pg.Client, roles: readonly string[], made: string[]): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_catalog.pg_roles');
  const there = new Set(rows.map(({ rolname }) => rolname));
  for (const role of roles) {
    if (there.has(role)) continue;
    await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)}`);
    made.push(role);
    there.add(role);
  }
}

/** A connection of the driver, as one of its clients takes it, that tells each SQL text it sends. */
function recorded({ ssl }: pg.Client & { readonly ssl?: unknown }, sent: (text: string) => void): pg.Connection {
  const connection = new pg.Connection({ ssl } as pg.ConnectionConfig);
  const { query, parse } = connection;
  return Object.assign(connection, {
    query(text: string) {
      sent(text);
      query.call(connection, text);
    },
    parse(message: pg.QueryParse, more: boolean) {
      sent(message.text);
      parse.call(connection, message, more);
    },
  });
}
