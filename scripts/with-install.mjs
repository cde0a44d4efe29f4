/**
 * `node scripts/with-install.mjs [--build] [--majors=13,18] <command> [arguments]`
 *
 * Makes a fresh clone ready, then runs the command: installs the dependencies when they are missing or older than the
 * lockfile, and with `--build` builds the packages when their source changed. `--majors` (or HOLDFAST_PG_MAJORS) names
 * the PostgreSQL versions the tests run on; those that `npm test` does not need anyway are fetched on first use.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pnpm, root } from './pnpm.mjs';

const installedMajors = ['15', '18'];

const args = process.argv.slice(2);
/** @type {string[]} */
const flags = [];
while (args[0]?.startsWith('--')) flags.push(/** @type {string} */ (args.shift()));
const majors = flags.find((flag) => flag.startsWith('--majors='))?.slice('--majors='.length);
if (majors !== undefined) process.env['HOLDFAST_PG_MAJORS'] = majors;
process.env['PATH'] = join(root, 'node_modules', '.bin') + delimiter + process.env['PATH'];

await install(root, 'dependencies');
if (needsMatrix()) await install(join(root, 'test', 'matrix'), 'the other PostgreSQL majors');
if (flags.includes('--build')) await run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale']);
const [command, ...rest] = args;
if (command) await run(command === 'node' ? process.execPath : command, rest);

function needsMatrix() {
  const wanted = (process.env['HOLDFAST_PG_MAJORS'] ?? '').split(',').filter(Boolean);
  return !process.env['DATABASE_URL'] && wanted.some((major) => !installedMajors.includes(major.trim()));
}

/**
 * @param {string} folder
 * @param {string} what
 */
async function install(folder, what) {
  const stamp = join(folder, 'node_modules', '.holdfast-install');
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(folder, file)));
  const wanted = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  process.stderr.write(`Installing ${what} (first run or changed lockfile) ...`);
  const ticker = setInterval(() => process.stderr.write('.'), 2000);
  try {
    await pnpm(['install', '--frozen-lockfile'], { cwd: folder });
    writeFileSync(stamp, wanted);
    process.stderr.write(` done in ${seconds()} s\n`);
  } catch (error) {
    process.stderr.write(` failed after ${seconds()} s\n${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  } finally {
    clearInterval(ticker);
  }
}

/**
 * Resolves when the program ends well; otherwise this process ends with the program's own exit code.
 * @param {string} program
 * @param {string[]} parameters
 */
async function run(program, parameters) {
  const child = spawn(program, parameters, { stdio: 'inherit', shell: process.platform === 'win32' });
  // Ctrl-C reaches the child too (same terminal): stay until it has cleaned up. Other signals come to this process
  // alone, so pass them on.
  const wait = () => {};
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on('SIGINT', wait).on('SIGTERM', pass).on('SIGHUP', pass);
  // npm, when told to end, ends without telling: being adopted by another process is the only sign.
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.on('close', (exitCode, signal) => resolve(exitCode ?? (signal === 'SIGINT' ? 130 : 1)));
  });
  clearInterval(watch);
  process.off('SIGINT', wait).off('SIGTERM', pass).off('SIGHUP', pass);
  if (code !== 0) process.exit(code);
}
