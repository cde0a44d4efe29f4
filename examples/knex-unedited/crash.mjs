/**
 * Runs the migrations and kills the process in the middle of the second one, as a deployment is killed: while it waits for `visits`, which a
 * session of this script reads in an open transaction. Two statements of it are done then. `node crash.mjs [knexfile]`
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

const [, , knexfile = 'knexfile.mjs'] = process.argv;
const url = process.env['DATABASE_URL'] ?? '';
const knex = (/** @type {string[]} */ ...command) =>
  spawn(process.execPath, [join('node_modules', 'knex', 'bin', 'cli.js'), '--knexfile', knexfile, ...command], {
    stdio: 'ignore',
  });
const ended = (/** @type {import('node:child_process').ChildProcess} */ child) =>
  new Promise((resolve) => child.on('close', resolve));

await ended(knex('migrate:up'));
const client = new pg.Client({ connectionString: url });
await client.connect();
await client.query('BEGIN; LOCK TABLE visits IN ACCESS SHARE MODE');
const child = knex('migrate:up');
const closed = ended(child);
// Until a session waits for this lock.
for (;;) {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_catalog.pg_locks WHERE NOT granted AND relation = 'visits'::regclass`,
  );
  if (rows.length > 0 || child.exitCode !== null) break;
  await setTimeout(20);
}
child.kill('SIGKILL');
await closed;
await client.query('ROLLBACK');
const { rows } = await client.query('SELECT email, points FROM members ORDER BY email');
await client.end();
console.log('Killed in the middle of 002-points.mjs. It has done so far:');
for (const { email, points } of rows) console.log(`  ${email} has ${points} points`);
