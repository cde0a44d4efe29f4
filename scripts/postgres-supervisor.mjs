/**
 * `node postgres-supervisor.mjs '{"native": "...", "fast": true}'`, started by postgres-server.mjs and by nobody else.
 *
 * Makes a data directory, starts PostgreSQL on a free port, prints one line of JSON with its url and data directory, and
 * stays until its stdin closes. Then, or on a signal, it ends the server and deletes everything it made. It is a process
 * of its own so that this also happens when the tests are killed. With `standbyOf` ({ data, url } of a server that is
 * halted) it starts a standby on a copy of the data.
 *
 * Each line on its stdin is a command, answered by one line: `{ "do": "halt", "mode": "fast" | "immediate" }` ends the
 * server and keeps the data, `{ "do": "start" }` starts it again on the same port.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, cpSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const { native, fast, standbyOf } = JSON.parse(process.argv[2] ?? '{}');
const startTimeoutMs = 60_000;
const user = serverUser();
const folder = makeFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
const bin = join(reachableNative(), 'bin');
const data = join(folder, 'data');
// A clean environment: no PG* variable, no library path and no locale of the caller may change what the server does.
const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC' };

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
let ending = false;
let halting = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(0));
process.stdout.on('error', () => {}); // whoever asked is gone; stdin closes too

process.stdin.on('error', () => end(0));
// Listened to from the beginning, since stdin may close while the server starts; commands come after the answer to it.
createInterface(process.stdin)
  .on('line', (line) => obey(JSON.parse(line)))
  .on('close', () => end(0));

/** @type {number} */
let port;
try {
  const password = standbyOf === undefined ? randomBytes(12).toString('hex') : new URL(standbyOf.url).password;
  if (standbyOf === undefined) initialise(password);
  else copyData(standbyOf);
  port = await start();
  tell({ url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, data });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  await end(1);
}

/**
 * PostgreSQL refuses to run as root. Then it runs as `postgres`, or as `nobody`, which every system has; no user is
 * created on the machine.
 */
function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('Started as root, and there is neither a user "postgres" nor "nobody" to run PostgreSQL as.');
}

function makeFolder() {
  const candidates = [...(fast ? inMemory() : []), tmpdir(), '/tmp', '/var/tmp'];
  const base = user ? candidates.find(canReach) : candidates[0];
  if (base === undefined) throw new Error(`No temporary folder that user ${user?.uid} can enter: set TMPDIR.`);
  const made = mkdtempSync(join(base, 'holdfast-pg-'));
  chmodSync(made, 0o700);
  if (user) chownSync(made, user.uid, user.gid);
  return made;
}

/**
 * Data that may be lost need not be on a disk: a test run creates and drops a database for nearly every test, and the
 * files of it cost thirty times as much there. Only where the memory has room for all of them.
 */
function inMemory() {
  const [folder, roomNeeded] = ['/dev/shm', 6 * 2 ** 30];
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= roomNeeded ? [folder] : [];
  } catch {
    return []; // no such folder on this system
  }
}

/**
 * The binaries; a copy when the clone lies where the server's user cannot go, as below /root. Copied per start (0.1 s):
 * a shared copy in /tmp could be tampered with.
 */
function reachableNative() {
  if (!user || canReach(join(native, 'bin', 'postgres'))) return native;
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'a+rX', copy]); // the clone's own modes may shut others out
  return copy;
}

/** @param {string} path */
function canReach(path) {
  return spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { ...user, cwd: '/' }).status === 0;
}

/** @param {string} password */
function initialise(password) {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const flags = [
    '--username=postgres',
    '--auth=scram-sha-256',
    '--locale=C',
    '--lc-messages=C',
    '--encoding=UTF8',
    '--no-sync',
  ];
  execFileSync(join(bin, 'initdb'), [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...flags], {
    ...user,
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/**
 * A copy of a server that was ended cleanly is consistent; the standby asks the primary for what comes after it.
 * @param {{ data: string, url: string }} primary
 */
function copyData(primary) {
  cpSync(primary.data, data, { recursive: true });
  chmodSync(data, 0o700);
  const { hostname, port: primaryPort, password } = new URL(primary.url);
  const source = `host=${hostname} port=${primaryPort} user=postgres password=${password}`;
  const settings = `primary_conninfo = '${source}'\nwal_retrieve_retry_interval = '100ms'\n`;
  writeFileSync(join(data, 'postgresql.auto.conf'), settings, { flag: 'a' });
  writeFileSync(join(data, 'standby.signal'), '');
  if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, data]);
}

/** @param {object} answer */
function tell(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** @param {{ do: 'halt' | 'start', mode?: string }} command */
async function obey(command) {
  if (command.do === 'halt') await halt(command.mode ?? 'fast');
  else await startAgain();
  tell({ done: command.do });
}

/** @param {string} mode */
async function halt(mode) {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  halting = true;
  const exited = new Promise((resolve) => server?.once('exit', resolve));
  spawn(join(bin, 'pg_ctl'), ['stop', '-D', data, '-m', mode, '-W'], { ...user, cwd: folder, env, stdio: 'ignore' });
  await exited;
}

/** On the old port; whoever has taken it meanwhile may give it back. */
async function startAgain() {
  for (let attempt = 1; ; attempt += 1) {
    const problem = await startOn(port);
    if (problem === undefined) break;
    process.stderr.write(`PostgreSQL did not start again.\n${problem}`);
    if (attempt === 10) await end(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  halting = false;
}

/** Resolves with the port. The port is free when chosen, but another process may take it first: then the next one. */
async function start() {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const problem = await startOn(port);
    if (problem === undefined) return port;
    if (attempt === 5 || !problem.includes('could not bind')) throw new Error(`PostgreSQL did not start.\n${problem}`);
  }
}

/**
 * @param {number} port
 * @returns {Promise<string | undefined>} the end of the server's log when it gave up, nothing when it runs
 */
function startOn(port) {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    timezone: 'UTC',
    logging_collector: 'off',
    ...(fast ? { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
    ...user,
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  server = child;
  return new Promise((resolve) => {
    let log = '';
    const timer = setTimeout(() => resolve(`Not ready after ${startTimeoutMs} ms.\n${log}`), startTimeoutMs);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4000);
      if (/ready to accept (read.only )?connections/.test(log)) resolve(undefined);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(log);
      if (ending || halting || server !== child) return;
      process.stderr.write(`PostgreSQL ended with code ${code}\n${log}`);
    });
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(/** @type {import('node:net').AddressInfo} */ (address).port));
    });
  });
}

/** @param {number} code */
async function end(code) {
  if (ending) return;
  ending = true;
  if (server && server.exitCode === null && server.signalCode === null) {
    const exited = new Promise((resolve) => server?.once('exit', resolve));
    // Immediate mode: no checkpoint for data that is deleted the next moment.
    spawnSync(join(bin, 'pg_ctl'), ['stop', '-D', data, '-m', 'immediate', '-w', '-t', '10'], {
      ...user,
      cwd: folder,
      env,
      stdio: 'ignore',
    });
    setTimeout(() => server?.kill('SIGKILL'), 1000).unref();
    await exited;
  }
  process.exit(code);
}
