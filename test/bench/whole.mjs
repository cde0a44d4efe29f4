/**
 * `npm run bench:whole [-- --migrations=300 --rounds=3]`
 *
 * A project of many migrations: `holdfast lock` on it, cold and with one more; its file; the fingerprint of the whole; and a fresh run by
 * Knex alone, through the guard, and through the guard with the file; and what reading a statement costs. Ends with code 1 when a target is missed.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readCatalogLines } from '@holdfast/core';
import { GuardedMigrationSource } from '@holdfast/knex';
import knexLibrary from 'knex';
import { loadModule, parseSync } from 'libpg-query';
import pg from 'pg';
import { startServer } from '../../scripts/postgres-server.mjs';

const { values } = parseArgs({
  options: { migrations: { type: 'string', default: '300' }, rounds: { type: 'string', default: '3' } },
});
const count = Number(values.migrations);
const rounds = Number(values.rounds);
const targets = {
  cold: 20_000,
  added: 2_000,
  gzip: 60_000,
  fingerprint: 30 / 2_000,
  guarded: 1.3,
  locked: 1.15,
  parse: 0.1,
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules/.cache', `holdfast-bench-${process.pid}`);
const directory = join(folder, 'migrations');
const lockFile = join(directory, 'holdfast.lock.json');

/** Each makes or changes a table, by turns in the ways in which people do. @param {number} i */
function migration(i) {
  const table = `table_${Math.floor(i / 3)}`;
  const before = `table_${Math.max(0, Math.floor(i / 3) - 1)}`;
  const up = [
    `await knex.schema.createTable('${table}', (t) => {
    t.increments('id');
    t.string('name', 100).notNullable();
    t.enu('state', ['open', 'done']).notNullable().defaultTo('open');
    t.decimal('price', 10, 2);
    t.timestamps(true, true);
    t.unique(['name']);
  });`,
    `await knex.schema.alterTable('${table}', (t) => {
    t.text('note').defaultTo('');
    t.integer('parent_id').references('id').inTable('${before}').onDelete('CASCADE');
    t.index(['parent_id']);
  });`,
    `await knex.raw('ALTER TABLE ${table} ADD amount bigint, ALTER note SET NOT NULL');
  await knex.raw('CREATE INDEX ${table}_note ON ${table} (lower(note)) WHERE amount > 0');
  await knex('${table}').insert({ name: 'first' });`,
  ][i % 3];
  return `exports.up = async (knex) => {\n  ${up}\n};\nexports.down = async () => {};\n`;
}

/** @param {number} i */
const write = (i) => writeFileSync(join(directory, `${String(i).padStart(4, '0')}.js`), migration(i));

/** The program as its users start it. @param {readonly string[]} args */
function holdfast(...args) {
  const started = performance.now();
  const bin = join(root, 'packages/cli/dist/bin.js');
  const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${status}\n${stderr}`);
  return performance.now() - started;
}

/** @param {readonly number[]} times */
const median = (times) => /** @type {number} */ ([...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]);

/** Milliseconds of the processor for one of many statements, the best of ten rounds: whatever else runs is not the parser's. */
function parsing() {
  const texts = Array.from(
    { length: 500 },
    (_, i) => `ALTER TABLE users ADD COLUMN c${i} varchar(100) NOT NULL DEFAULT 'x'`,
  );
  const rounds = Array.from({ length: 10 }, () => {
    const started = process.cpuUsage();
    for (const text of texts) parseSync(text);
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1000 / texts.length;
  });
  return Math.min(...rounds);
}

/** @type {string[]} */
const missed = [];
/** @param {string} what @param {number} found @param {number} target @param {string} text */
function judge(what, found, target, text) {
  console.log(`${what}: ${text}${found <= target ? '' : ', target missed'}`);
  if (found > target) missed.push(what);
}

mkdirSync(directory, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
writeFileSync(join(folder, 'knexfile.js'), "module.exports = { client: 'pg', connection: '' };\n");
for (let i = 0; i < count; i += 1) write(i);
const server = await startServer();
await loadModule();
const admin = new pg.Client({ connectionString: server.url() });
await admin.connect();
try {
  const cold = holdfast('lock');
  judge('lock, cold', cold, targets.cold, `${(cold / 1000).toFixed(1)} s for ${count} migrations`);
  write(count);
  const added = holdfast('lock');
  judge('lock, one added', added, targets.added, `${(added / 1000).toFixed(1)} s`);
  const unchanged = holdfast('lock', '--check');
  console.log(`lock --check, nothing new: ${(unchanged / 1000).toFixed(1)} s`);
  const gzip = gzipSync(readFileSync(lockFile)).length;
  judge('file', gzip, targets.gzip, `${(gzip / 1000).toFixed(1)} kB gzip`);

  /** @type {Record<string, () => object>} */
  const runs = {
    stock: () => ({ directory }),
    guarded: () => ({ migrationSource: new GuardedMigrationSource({ directory, lockFile: false }) }),
    locked: () => ({ migrationSource: new GuardedMigrationSource({ directory, lockFile }) }),
  };
  /** @type {Record<string, number[]>} */
  const times = { stock: [], guarded: [], locked: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, migrations] of Object.entries(runs)) {
      await admin.query('DROP DATABASE IF EXISTS bench WITH (FORCE)');
      await admin.query('CREATE DATABASE bench');
      const knex = knexLibrary({ client: 'pg', connection: server.url('bench') });
      const started = performance.now();
      await knex.migrate.latest(migrations());
      times[name]?.push(performance.now() - started);
      await knex.destroy();
    }
  }
  const stock = median(times['stock'] ?? []);
  for (const name of /** @type {const} */ (['guarded', 'locked'])) {
    const ratio = median(times[name] ?? []) / stock;
    const what = name === 'locked' ? 'fresh run, guarded with the file' : 'fresh run, guarded';
    judge(what, ratio, targets[name], `${ratio.toFixed(2)} of Knex alone`);
  }
  const parse = parsing();
  judge('parsing a statement', parse, targets.parse, `${parse.toFixed(3)} ms of the processor`);
  const client = new pg.Client({ connectionString: server.url('bench') });
  await client.connect();
  /** @type {number[]} */
  const reads = [];
  let lines = 0;
  for (let i = 0; i < 10; i += 1) {
    const started = performance.now();
    lines = (await readCatalogLines(/** @type {any} */ (client))).size;
    reads.push(performance.now() - started);
  }
  await client.end();
  const each = median(reads);
  judge('fingerprint', each / lines, targets.fingerprint, `${each.toFixed(0)} ms for ${lines} lines`);
} finally {
  await admin.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (missed.length > 0) {
  console.error(`Targets missed: ${missed.join('; ')}`);
  process.exitCode = 1;
}
