/** The two examples, run as a user runs them: by the runner's own command, in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Example
 * @property {string} name
 * @property {string} folder
 * @property {readonly [program: string, ...parameters: string[]]} up the runner's command
 * @property {string} ledger the table in which it records what has run
 */

/** @type {Example} */
export const knexExample = {
  name: 'Knex',
  folder: folderOf('knex-flows'),
  up: ['knex', 'migrate:latest'],
  ledger: 'knex_migrations',
};
/** @type {Example} */
export const typeormExample = {
  name: 'TypeORM',
  folder: folderOf('typeorm-flows'),
  up: ['typeorm', 'migration:run', '-d', 'data-source.mjs'],
  ledger: 'migrations',
};

/**
 * Runs the pending migrations. `reports` are what they wrote to MIGRATION_REPORT, in order.
 * @param {Example} example
 * @param {string} url
 */
export async function migrate(example, url) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const file = join(folder, 'report.jsonl');
  try {
    const result = await run(example, { ...process.env, DATABASE_URL: url, MIGRATION_REPORT: file });
    return { ...result, reports: result.code === 0 ? readReports(file) : [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {import('@holdfast/core').Report[]}
 */
function readReports(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/**
 * @param {Example} example
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string }>}
 */
function run({ folder, up: [program, ...parameters] }, env) {
  const child = spawn(join(folder, 'node_modules', '.bin', program), parameters, {
    cwd: folder,
    env,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    child[name].setEncoding('utf8').on('data', (text) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output, stdout: withoutNoise(output.stdout) }));
  });
}

/**
 * Knex tells that it reads an ESM knexfile.
 * @param {string} output
 */
function withoutNoise(output) {
  return output.replace(/^Requiring external module .*\n/gm, '');
}

/** @param {string} name */
function folderOf(name) {
  return fileURLToPath(new URL(`../${name}`, import.meta.url));
}
