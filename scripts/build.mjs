/**
 * `node scripts/build.mjs [--if-stale]` builds all packages into their `dist`. With `--if-stale` only when the sources,
 * manifests or build settings differ from those of the last build, or a `dist` is missing. Content is compared, not
 * times: a checkout makes every file new.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pnpm.mjs';

/** @typedef {{ name: string, folder: string, needs: string[] }} Package */

const stamp = join(root, 'node_modules', '.holdfast-build');
const packages = readPackages();
const state = hashOf(buildInputs());
const fresh = packages.every(isBuilt) && existsSync(stamp) && readFileSync(stamp, 'utf8') === state;
if (fresh && process.argv.includes('--if-stale')) process.exit(0);

const started = Date.now();
rmSync(stamp, { force: true });
// A package's types are made from the built types of the packages it needs: those come first.
const waiting = new Set(packages);
while (waiting.size > 0) {
  const ready = [...waiting].filter(({ needs }) => ![...waiting].some(({ name }) => needs.includes(name)));
  if (ready.length === 0) throw new Error(`Packages need each other: ${[...waiting].map(({ name }) => name)}`);
  await Promise.all(ready.map(build));
  for (const done of ready) waiting.delete(done);
}
writeFileSync(stamp, state);
process.stderr.write(`Built ${packages.length} packages in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);

/** @returns {Package[]} */
function readPackages() {
  return readdirSync(join(root, 'packages')).map((directory) => {
    const folder = join('packages', directory);
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const needs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    return { name: manifest.name, folder, needs };
  });
}

/** @param {Package} target */
async function build({ name, folder }) {
  const tsdown = join(root, 'node_modules', '.bin', 'tsdown');
  const shell = process.platform === 'win32';
  const child = spawn(tsdown, ['--logLevel', 'warn'], { cwd: join(root, folder), stdio: 'inherit', shell });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code === 0) return;
  process.stderr.write(`${name} was not built\n`);
  process.exit(1);
}

/** @param {Package} target */
function isBuilt({ folder }) {
  return existsSync(join(root, folder, 'dist', 'index.cjs'));
}

function buildInputs() {
  const files = ['tsdown.config.ts', 'tsconfig.base.json', 'pnpm-lock.yaml'];
  for (const { folder } of packages) {
    for (const file of ['package.json', 'tsconfig.json', 'tsdown.config.ts']) files.push(join(folder, file));
    const sources = readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' });
    files.push(...sources.filter(isBuildInput).map((source) => join(folder, 'src', source)));
  }
  return files.sort();
}

/** @param {string} source */
function isBuildInput(source) {
  return source.endsWith('.ts') && !source.endsWith('.test.ts');
}

/** @param {string[]} files */
function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const path = join(root, file);
    hash.update(`${file}\n`).update(existsSync(path) ? readFileSync(path) : '');
  }
  return hash.digest('hex');
}
