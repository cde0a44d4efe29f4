/** A few migrations of Knex in memory, the lock of their schema, and Knex's runner with the guard around them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LockedMigration, printSchemaLock, readCatalogLines } from '@holdfast/core';
import { GuardedMigrationSource, type GuardedOptions, type KnexMigration } from '@holdfast/knex';
import knexLibrary, { type Knex } from 'knex';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { RECORDER, REPLAY_SCHEMA, takeTouched } from '../../packages/cli/src/lock/footprint.js';
import { lockedMigration } from '../../packages/cli/src/lock/locked-migration.js';
import { withClient } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';

export type Migrations = Readonly<Record<string, KnexMigration>>;

/** Its statements, one after the other. */
export function raw(...statements: readonly string[]): KnexMigration {
  return {
    up: async (knex) => {
      for (const statement of statements) await knex.raw(statement);
    },
    down: () => {},
  };
}

export interface LockFile {
  readonly folder: string;
  readonly path: string;
  remove(): void;
}

/** As `holdfast lock` makes it, on a database of its own. */
export async function lockOf(migrations: Migrations): Promise<LockFile> {
  const scratch = await createDatabase(serverFor());
  const knex = open(scratch.url);
  const ignoreTables = ['knex_migrations', 'knex_migrations_lock'];
  const read = () => readCatalogLines(client as never, { ignoreSchemas: [REPLAY_SCHEMA] });
  const texts: string[] = [];
  knex.on('query', ({ sql }: { readonly sql: string }) => texts.push(sql));
  const client = await knex.client.acquireConnection();
  const locked: LockedMigration[] = [];
  try {
    await client.query(RECORDER);
    for (const [name, { up }] of Object.entries(migrations)) {
      const before = await read();
      texts.length = 0;
      await up(knex);
      const touches = await takeTouched(client, []);
      const after = await read();
      const seen = { name, hash: '0'.repeat(64), before, after, texts: [...texts], touches, ignoreTables: [] };
      locked.push(await lockedMigration(seen));
    }
  } finally {
    await knex.client.releaseConnection(client);
    await knex.destroy();
    await scratch.drop();
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
  const path = join(folder, 'holdfast.lock.json');
  writeFileSync(path, printSchemaLock({ version: 1, tool: 'knex', ignoreTables, migrations: locked }));
  return { folder, path, remove: () => rmSync(folder, { recursive: true }) };
}

export interface Locked {
  /** Of all tests of the file. */
  readonly lock: () => LockFile;
  /** Of each test. */
  readonly url: () => string;
}

/** The lock of these migrations for a file of tests, and an empty database for each of them. */
export function useLocked(migrations: Migrations): Locked {
  let lock: LockFile;
  let database: Database;
  beforeAll(async () => {
    lock = await lockOf(migrations);
  });
  afterAll(() => lock.remove());
  beforeEach(async () => {
    database = await createDatabase(serverFor());
    onTestFinished(() => database.drop());
  });
  return { lock: () => lock, url: () => database.url };
}

/** To the last one. Rejects as the runner does. */
export async function migrate(
  url: string,
  migrations: Migrations,
  lockFile: string,
  options: GuardedOptions = {},
): Promise<void> {
  const source = sourceOf(migrations);
  const knex = open(url);
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  try {
    const migrationSource = new GuardedMigrationSource({ source, lockFile, logger: quiet, ...options });
    await knex.migrate.latest({ migrationSource });
  } finally {
    await knex.destroy();
  }
}

/** As Knex takes them. */
export function sourceOf(migrations: Migrations): Knex.MigrationSource<unknown> {
  return {
    getMigrations: () => Promise.resolve(Object.keys(migrations)),
    getMigrationName: String,
    getMigration: (name) => Promise.resolve(migrations[String(name)] as unknown as Knex.Migration),
  };
}

export function open(url: string): Knex {
  return knexLibrary({ client: 'pg', connection: url, pool: { min: 0, max: 2 } });
}

/** The first column of each row, as somebody without the guard reads and writes. */
export async function rowsOf(url: string, text: string): Promise<readonly unknown[]> {
  return withClient(url, async (client) => (await client.query({ text, rowMode: 'array' })).rows.flat());
}

export async function stock(url: string, ...statements: readonly string[]): Promise<void> {
  await withClient(url, (client) => client.query(statements.join('; ')));
}
