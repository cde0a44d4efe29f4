/** A database of its own on a server that somebody names, for what PGlite cannot do: migrations are replayed there, and it is dropped. */
import { randomBytes } from 'node:crypto';
import type { PgClient } from '@holdfast/core';
import pg from 'pg';
import { withConnection } from '../connection.js';
import { RECORDER } from './footprint.js';
import type { ReplayDatabase } from './replay-database.js';

interface NewDatabase {
  readonly url: string;
  /** Those that are not there are made, and dropped with the database. */
  readonly roles: readonly string[];
  /** Of the runner's ledger, where the project names one. */
  readonly schema: string | undefined;
}

/** Nothing else on the server is read or changed. The role of `url` has to be a superuser, for event triggers. */
export async function openServerDatabase({ url, roles, schema }: NewDatabase): Promise<ReplayDatabase> {
  const name = `holdfast_replay_${randomBytes(6).toString('hex')}`;
  const onServer = <T>(use: (client: pg.Client) => Promise<T>): Promise<T> =>
    withConnection({ url, operation: 'holdfast lock', env: {} }, use);
  const madeRoles = await onServer(async (client) => {
    const made = await makeRoles(client, roles);
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    return made;
  });
  const own = new URL(url);
  own.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: own.href });
  client.on('error', () => undefined); // the query that runs rejects
  const drop = (): Promise<void> =>
    onServer(async (admin) => {
      await client.end().catch(() => undefined);
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      for (const role of madeRoles) await admin.query(`DROP ROLE ${pg.escapeIdentifier(role)}`);
    });
  try {
    await client.connect();
    if (schema !== undefined) await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`);
    await client.query(RECORDER);
  } catch (error) {
    await drop();
    throw error;
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

async function makeRoles(client: pg.Client, roles: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_catalog.pg_roles');
  const there = new Set(rows.map(({ rolname }) => rolname));
  const missing = roles.filter((role) => !there.has(role));
  for (const role of missing) await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)}`);
  return missing;
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
