/**
 * A database of its own for a test file or a test: made in some 30 ms, dropped with whatever is still connected to it.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { SharedServer } from './server.js';

export interface Database {
  readonly url: string;
  readonly name: string;
  /** Ends every session in it and drops it. May be called twice. */
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** Default: `hf_` and random letters. */
  readonly name?: string;
  /** A database to copy, tables and all; nobody may be connected to it. Default: an empty one. */
  readonly template?: string;
}

export async function createDatabase(server: SharedServer, options: DatabaseOptions | string = {}): Promise<Database> {
  const { name = `hf_${randomBytes(6).toString('hex')}`, template = 'template0' } =
    typeof options === 'string' ? { name: options } : options;
  const quoted = pg.escapeIdentifier(name);
  // The other strategy writes every page to the write-ahead log too; before 15 there is this one only.
  const strategy = server.major >= 15 ? ' STRATEGY file_copy' : '';
  await administer(server, `CREATE DATABASE ${quoted} TEMPLATE ${pg.escapeIdentifier(template)}${strategy}`);
  return {
    url: server.url(name),
    name,
    drop: () => administer(server, `DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`),
  };
}

async function administer(server: SharedServer, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
