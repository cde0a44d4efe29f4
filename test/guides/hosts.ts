/** What runs the migrations of a guide: the host's own runner, in each of the ways in which it opens transactions. */
import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createDatabase } from '../support/database.js';
import type { SharedServer } from '../support/server.js';

interface Runner {
  /** Runs what the ledger does not have. */
  up(): Promise<unknown>;
  /** Takes all of it back, the last one first. */
  down(): Promise<unknown>;
  close(): Promise<void>;
}

export interface Host {
  /** The folder of its migrations beside each guide. */
  readonly folder: 'knex' | 'typeorm';
  /** Table of the finished migrations. */
  readonly ledger: string;
  readonly modes: readonly string[];
  open(url: string, migrations: readonly Migration[], mode: string): Promise<Runner>;
}

/** A file with a migration in it. */
export interface Migration {
  readonly file: string;
  readonly exported: Readonly<Record<string, unknown>>;
}

/** The migrations of a guide, in the order of their names. */
export async function readMigrations(guide: string, { folder }: Host): Promise<readonly Migration[]> {
  const directory = new URL(`./${guide}/${folder}/`, import.meta.url);
  const files = (await readdir(directory)).sort();
  const read = async (file: string): Promise<Migration> => {
    const { href } = new URL(file, directory);
    return { file, exported: (await import(/* @vite-ignore */ href)) as Migration['exported'] };
  };
  return Promise.all(files.map(read));
}

/** Empties the ledger: the runner takes everything for pending. */
export async function forget(client: pg.Client, { ledger }: Host): Promise<void> {
  await client.query(`DO $$ BEGIN IF to_regclass('${ledger}') IS NOT NULL THEN DELETE FROM ${ledger}; END IF; END $$`);
}

/** A database for the test, and a connection to it beside the runner's. */
export async function openDatabase(
  server: SharedServer,
): Promise<{ readonly client: pg.Client; readonly url: string }> {
  const database = await createDatabase(server);
  onTestFinished(() => database.drop());
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  return { client, url: database.url };
}
