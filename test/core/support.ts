/** A database of its own for a test file, or for one major of it, and clients that are closed when their test ends. */
import pg from 'pg';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';

export interface TestDatabase {
  /** A new connection, closed after the test. */
  connect(): Promise<pg.Client>;
  /** One statement or several on a connection of their own. */
  run(sql: string): Promise<void>;
  url(): string;
}

/** `setup` runs once, before the first test of the suite. */
export function useDatabase(setup = '', major?: number): TestDatabase {
  let database: Database;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  beforeAll(async () => {
    database = await createDatabase(serverFor(major));
    await run(setup);
  });
  afterAll(() => database.drop());
  return {
    run,
    url: () => database.url,
    connect: async () => {
      const client = new pg.Client({ connectionString: database.url });
      client.on('error', () => {}); // the database is dropped under it when a test fails
      await client.connect();
      onTestFinished(() => client.end());
      return client;
    },
  };
}

/** Counts what is sent through a client from now on; counting again starts anew. */
export function countQueries(client: pg.Client): { sent: number; texts: string[] } {
  const count: { sent: number; texts: string[] } = { sent: 0, texts: [] };
  const query = pg.Client.prototype.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    count.sent += 1;
    const [first] = args;
    count.texts.push(typeof first === 'string' ? first : String((first as { text?: string }).text));
    return query(...args);
  }) as typeof client.query;
  return count;
}

/** The error that a promise rejects with. */
export async function errorOf<E = Error>(promise: Promise<unknown>): Promise<E> {
  const resolved = Symbol('resolved');
  const error: unknown = await promise.then(
    () => resolved,
    (thrown: unknown) => thrown,
  );
  if (error === resolved) throw new Error('expected an error, but it resolved');
  return error as E;
}

/** The first column of the first row. */
export async function one<T = unknown>(client: pg.Client, sql: string, values: unknown[] = []): Promise<T> {
  const { rows } = await client.query({ text: sql, values, rowMode: 'array' });
  return (rows as unknown[][])[0]?.[0] as T;
}
