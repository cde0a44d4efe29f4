/**
 * `node forget.mjs knex_migrations` (or `migrations`, TypeORM's) empties the table in which the runner records what has run, so that the
 * same migrations run again: the state after a crash between a migration and its record, or after a restored backup.
 */
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const LEDGERS = ['knex_migrations', 'migrations'];

/**
 * @param {string} url
 * @param {string} ledger
 */
export async function forgetMigrations(url, ledger) {
  if (!LEDGERS.includes(ledger)) throw new Error(`${ledger} is none of ${LEDGERS.join(', ')}.`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`DELETE FROM ${ledger}`);
  } finally {
    await client.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('Set DATABASE_URL to the database of the example.');
  const ledger = process.argv[2] ?? '';
  await forgetMigrations(url, ledger);
  console.log(`${ledger} is empty: the runner believes that nothing has run.`);
}
