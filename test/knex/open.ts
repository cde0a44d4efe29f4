/** A database with tables, and Knex on it, for the length of a test. */
import knex, { type Knex } from 'knex';
import { onTestFinished } from 'vitest';
import { execute } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';

const SETUP = `
  CREATE TABLE orgs (id integer PRIMARY KEY, name text);
  CREATE TABLE users (id integer PRIMARY KEY, name text);
  INSERT INTO orgs SELECT i, 'org ' || i FROM generate_series(1, 3) i;
  INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 20) i;
  CREATE SCHEMA app;
  CREATE TABLE app.users (id integer PRIMARY KEY);`;

export interface Opened {
  readonly db: Knex;
  readonly url: string;
  /** Another Knex on the same database. */
  another(config: Knex.Config): Knex;
}

export async function open(config: Knex.Config = {}): Promise<Opened> {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  await execute(database.url, SETUP);
  const another = (more: Knex.Config): Knex => {
    const db = knex({ client: 'pg', connection: database.url, pool: { min: 0, max: 1 }, ...more });
    onTestFinished(() => db.destroy());
    return db;
  };
  return { db: another(config), url: database.url, another };
}
