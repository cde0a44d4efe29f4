/** A database and connections for tests of the engine on the bare client. */
import { type Guard, type GuardEvent, type GuardOptions, guard } from '@holdfast/core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';

export interface Bench {
  /** A new connection to the database of the test; closed after it. */
  connect(): Promise<pg.Client>;
  url(): string;
}

/** One database for the file; `setup` runs once in it. */
export function useDatabase(setup: string): Bench {
  let database: Database;
  const open: pg.Client[] = [];
  beforeAll(async () => {
    database = await createDatabase(serverFor());
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(setup);
    await client.end();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((client) => client.end()));
  });
  afterAll(() => database.drop());
  return {
    connect: async () => {
      const client = new pg.Client({ connectionString: database.url });
      client.on('error', () => {});
      await client.connect();
      open.push(client);
      return client;
    },
    url: () => database.url,
  };
}

/** A guard that notes its events. */
export function watched(client: pg.Client, options: GuardOptions = {}): { g: Guard; events: GuardEvent[] } {
  const events: GuardEvent[] = [];
  const g = guard(client, {
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { g, events };
}

/** The value of a setting as the session has it. */
export async function setting(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
  return rows[0]?.value ?? '';
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Record<string, unknown>;
  }
  throw new Error('expected an error, but it resolved');
}
