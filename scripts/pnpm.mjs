/**
 * Runs the pnpm release this repository is made with, through npx: a machine needs Node, npm and git, nothing else. A
 * `pnpm` that is on the PATH already is never called: it may be another major, or a corepack shim that refuses to
 * start.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Rejects with the whole output when pnpm fails.
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<string>} what pnpm printed
 */
export function pnpm(args, { cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn('npx', ['--yes', 'pnpm@12', ...args], {
      cwd,
      env: { ...process.env, CI: 'true', ...cacheVariables() },
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`pnpm ${args.join(' ')} ended with code ${code}\n${output}`));
    });
  });
}

/**
 * A home directory that cannot be written (containers, CI users without one) must not stop the install: the caches move
 * into the clone.
 */
function cacheVariables() {
  const npmCache = process.env['npm_config_cache'] ?? inHome('.npm');
  const pnpmStore = process.env['XDG_DATA_HOME'] ?? inHome('.local/share/pnpm');
  if ([npmCache, pnpmStore].every((folder) => folder !== undefined && isWritable(folder))) return {};
  const here = join(root, '.cache');
  return {
    npm_config_cache: join(here, 'npm'),
    XDG_DATA_HOME: join(here, 'data'),
    XDG_CACHE_HOME: join(here, 'cache'),
    XDG_STATE_HOME: join(here, 'state'),
  };
}

/** @param {string} folder */
function inHome(folder) {
  try {
    return join(homedir(), folder);
  } catch {
    return undefined; // no HOME and no entry in the user database
  }
}

/** @param {string} folder */
function isWritable(folder) {
  let nearest = folder;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
