/**
 * A migration as a process of its own, on the built packages; test/crash/process.ts starts it and is told how it goes.
 *
 * `victim <host> <form> <case> <url> <clean url>`: runs the case on the second database for its duration, then on the first,
 * says `begun` before and `ended` or `failed` after it, and stays until it is disconnected.
 * `again <host> <form> <case> <url>`: runs the case twice, each time on a connection of its own.
 */
import { openHost } from '../support/hosts.mjs';
import { CRASH_CASES } from './cases.mjs';

const [task, name, form, index, url, cleanUrl] =
  /** @type {['victim' | 'again', import('../support/hosts.mjs').HostName, import('../support/hosts.mjs').TransactionForm, string, string, string]} */ (
    /** @type {unknown} */ (process.argv.slice(2))
  );
const migration = /** @type {import('./cases.mjs').CrashCase} */ (CRASH_CASES[Number(index)]);
const adapter = name.replace(/-.*/, '').replace('pg', 'core');
const packages = { core: undefined, knex: undefined, typeorm: undefined };
packages[/** @type {keyof typeof packages} */ (adapter)] = await import(`../../packages/${adapter}/dist/index.js`);

process.on('disconnect', () => process.exit());
await (task === 'victim' ? victim() : again());

async function victim() {
  const { durationMs } = await run(cleanUrl);
  const host = await openHost(name, packages, url, form);
  const settings = await readSettings(host);
  /** @type {'operation' | 'commit'} */
  let stage = 'operation';
  process.send?.({ type: 'begun', durationMs });
  try {
    const outcome = await migration.run(host.guard(), host);
    stage = 'commit';
    await host.commit();
    process.send?.({ type: 'ended', status: outcome.status, settings, settingsAfter: await readSettings(host) });
  } catch (error) {
    const rollback = await messageOf(() => host.rollback());
    const settingsAfter = await readSettings(host).catch(() => null); // the connection may be gone
    process.send?.({ type: 'failed', stage, error: describe(error), rollback, settings, settingsAfter });
  }
}

async function again() {
  try {
    const first = await run(url);
    const second = await run(url);
    process.send?.({ type: 'ended', first: first.outcome, second: second.outcome });
  } catch (error) {
    process.send?.({ type: 'failed', error: describe(error) });
  }
}

/** @param {string} database */
async function run(database) {
  const host = await openHost(name, packages, database, form);
  try {
    const started = performance.now();
    const outcome = await migration.run(host.guard(), host);
    await host.commit();
    return { outcome, durationMs: performance.now() - started };
  } finally {
    await host.close();
  }
}

/** @param {import('../support/hosts.mjs').OpenHost} host */
async function readSettings(host) {
  const [row] = await host.query(
    "SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') AS both",
  );
  return row?.both;
}

/** @param {() => Promise<void>} act */
async function messageOf(act) {
  try {
    await act();
    return null;
  } catch (error) {
    return String(error);
  }
}

/** @param {any} error */
function describe(error) {
  return {
    name: error.name,
    code: error.code,
    left: error.left,
    message: String(error.message),
    cause: String(error.cause),
    stack: error.stack,
  };
}
