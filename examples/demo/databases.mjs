/** Databases of the demo's own, on an embedded server or on the one that DATABASE_URL names. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startServer } from '../../scripts/postgres-server.mjs';

/**
 * @typedef {object} Databases
 * @property {(name: string) => Promise<string>} create makes an empty database and answers its connection string
 * @property {() => Promise<void>} drop drops those that were made and stops the server if it was started here; may be called twice
 * @property {string} about where they are, for people
 */

/** @returns {Promise<Databases>} */
export async function openDatabases() {
  const own = process.env['DATABASE_URL'] === undefined;
  const server = await startServer({ fast: true });
  const prefix = `holdfast_demo_${randomBytes(3).toString('hex')}`;
  /** @type {string[]} */
  const made = [];
  return {
    about: own
      ? `PostgreSQL ${server.major}, started for this demo; it is gone at the end.`
      : `PostgreSQL ${server.major} at ${new URL(server.url()).host}: the demo makes databases named ${prefix}_… there, drops\nthem at the end, and touches nothing else.`,
    async create(name) {
      const database = `${prefix}_${name}`;
      await query(server.url(), `CREATE DATABASE ${pg.escapeIdentifier(database)}`).catch(explainDenied);
      made.push(database);
      return server.url(database);
    },
    async drop() {
      if (!own) {
        for (const database of made.splice(0))
          await query(server.url(), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`);
      }
      await server.stop();
    },
  };
}

/**
 * @param {Error & { code?: string }} error
 * @returns {never}
 */
function explainDenied(error) {
  if (error.code !== '42501') throw error;
  const cure = 'Give it CREATEDB, or unset DATABASE_URL: the demo then starts a server of its own.';
  throw new Error(`The role of DATABASE_URL may not create databases. ${cure}`);
}

/**
 * @param {string} url
 * @param {string} statement
 */
export async function query(url, statement) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}
