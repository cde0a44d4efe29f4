/**
 * `node customers.mjs make` makes the table `customers` with three rows, once for each runner; it stops when it is there already and drops
 * nothing. `node customers.mjs show` prints its rows.
 */
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const RUNNERS = ['stock', 'guarded'];

/** @param {string} url */
export async function makeCustomers(url) {
  await withClient(url, async (client) => {
    for (const runner of RUNNERS) {
      await client.query(`CREATE SCHEMA ${runner}`);
      await client.query(`CREATE TABLE ${runner}.customers (id integer PRIMARY KEY, name varchar(20), credit integer)`);
      await client.query(`CREATE INDEX by_name ON ${runner}.customers (name)`);
      await client.query(
        `INSERT INTO ${runner}.customers VALUES (1, 'Ada Lovelace', 1200), (2, 'Grace Hopper', 870), (3, 'Edsger Dijkstra', 0)`,
      );
    }
  });
}

/**
 * A line for each runner and each of its rows.
 * @param {string} url
 */
export async function showCustomers(url) {
  return withClient(url, async (client) => {
    const lines = [];
    for (const runner of RUNNERS) {
      const { rows } = await client.query(`SELECT to_jsonb(c) AS row FROM ${runner}.customers c ORDER BY id`);
      const { rows: indexes } = await client.query(
        `SELECT FROM pg_indexes WHERE schemaname = '${runner}' AND indexname = 'by_name'`,
      );
      lines.push(`${runner}, index on name: ${indexes.length === 1 ? 'there' : 'gone'}`);
      for (const { row } of rows)
        lines.push(
          `  ${Object.entries(row)
            .map(([key, value]) => `${key}: ${value}`)
            .join(', ')}`,
        );
    }
    return lines;
  });
}

/**
 * @template T
 * @param {string} url
 * @param {(client: pg.Client) => Promise<T>} use
 */
async function withClient(url, use) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('Set DATABASE_URL to an empty database.');
  if (process.argv[2] === 'make') await makeCustomers(url);
  else console.log((await showCustomers(url)).join('\n'));
}
