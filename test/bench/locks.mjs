/**
 * `npm run bench:locks [-- --rows=3000000 --rounds=3 --only=index,not-null --unedited]`
 *
 * The longest that readers and writers of a large table wait while a migration step runs on it, guarded beside raw. With `--unedited` the
 * guarded ones are the raw statements in Knex migrations that nobody edits, outside of a transaction and in one. Ends with code 1 when a
 * target is missed, unless the guard says of an unedited statement what it will do to others. A server that DATABASE_URL names must be PostgreSQL 15 or later, and the role a superuser (CHECKPOINT).
 */
import { parseArgs } from 'node:util';
import { startServer } from '../../scripts/postgres-server.mjs';
import { cases, stepsOf } from './locks/cases.mjs';
import { dropTemplate, makeTemplate, measure } from './locks/measure.mjs';
import { judge, printTable, time } from './locks/print.mjs';
import { uneditedOf } from './locks/unedited.mjs';

/** @typedef {import('./locks/measure.mjs').Measured} Measured */
/**
 * @typedef {object} Compared
 * @property {import('./locks/cases.mjs').Case} case
 * @property {string} title
 * @property {{ readonly raw: import('./locks/measure.mjs').Step, readonly guarded: import('./locks/measure.mjs').Step }} steps
 * @property {Measured[]} raw
 * @property {Measured[]} guarded
 * @property {readonly string[]} said warnings of the guard
 */

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '3000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: cases.map(({ name }) => name).join(',') },
    unedited: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
if (!Number.isInteger(rows) || rows < 1000) throw new Error(`--rows=${values.rows}: a whole number from 1000 on`);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds=${values.rounds}: a whole number from 1 on`);
const only = values.only.split(',');
const unknown = only.filter((name) => !cases.some((each) => each.name === name));
if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(', ')}`);

const started = performance.now();
const server = await startServer();
try {
  say(`making a table of ${rows} rows`);
  const machine = await makeTemplate(server, rows);
  const controls = [
    { title: 'no migration', step: rest, measured: /** @type {Measured[]} */ ([]) },
    { title: 'no migration, all rows are read', step: readAll, measured: /** @type {Measured[]} */ ([]) },
  ];
  const compared = cases
    .filter(({ name }) => only.includes(name))
    .flatMap((each) =>
      (values.unedited ? uneditedOf(each) : [{ title: each.title, steps: stepsOf(each), said: [] }]).map(
        (form) => /** @type {Compared} */ ({ ...form, case: each, raw: [], guarded: [] }),
      ),
    );
  for (let round = 1; round <= rounds; round += 1) {
    for (const { title, step, measured } of controls)
      measured.push(await measureStep(`round ${round}: ${title}`, step, { undo: 'SELECT' }));
    for (const one of compared) {
      // In turns, so that what wears off or builds up favours neither.
      const order =
        round % 2 === 1 ? /** @type {const} */ (['raw', 'guarded']) : /** @type {const} */ (['guarded', 'raw']);
      for (const form of order)
        one[form].push(await measureStep(`round ${round}: ${one.title}, ${form}`, one.steps[form], one.case));
    }
  }
  console.info(
    `\nThe longest that any reader or writer waited for one statement. PostgreSQL ${machine.version}, fsync ${machine.fsync}, shared_buffers ${machine.buffers}; ` +
      `${rows} rows, ${machine.size}; ${rounds} rounds.\n`,
  );
  console.info(printTable(controls, compared));
  for (const { title, said } of compared) for (const line of new Set(said)) console.info(`\n${title}: ${line}`);
  const missed = compared.flatMap((one) => judge(one).missed);
  for (const line of missed) console.error(line);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await dropTemplate(server);
  await server.stop();
}

/** @param {import('pg').Client} client */
async function rest(client) {
  await client.query('SELECT pg_sleep(5)');
}

/**
 * What the machine does to everybody while a scan goes on that takes no lock that matters.
 * @param {import('pg').Client} client
 */
async function readAll(client) {
  for (const started = performance.now(); performance.now() - started < 5000; )
    await client.query('SELECT count(*) FROM orders WHERE note IS NULL');
}

/**
 * @param {string} what
 * @param {import('./locks/measure.mjs').Step} step
 * @param {{ readonly before?: string | undefined, readonly undo?: string | undefined }} around
 */
async function measureStep(what, step, around) {
  const found = await measure(server, rows, step, around);
  const { lockWaitMs, lateMs, during } = found.watched;
  const events = Object.entries(during)
    .sort(([, a], [, b]) => b - a)
    .map(([event, looks]) => `${event} ${looks}`)
    .join(', ');
  say(
    `${what}: worst ${time(found.stallMs)}, p99 ${time(found.p99Ms)}; step ${time(found.stepMs)}, ${found.statements} statements; ` +
      `lock wait ${time(lockWaitMs)}, watcher late ${time(lateMs)}${events === '' ? '' : `; slow ones: ${events}`}`,
  );
  return found;
}

/** @param {string} line */
function say(line) {
  const seconds = Math.round((performance.now() - started) / 1000);
  console.info(`${String(seconds).padStart(4)} s  ${line}`);
}
