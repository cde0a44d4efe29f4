/**
 * `npm run demo`: a database in a bad state, repaired by the migrations of examples/knex-flows and examples/typeorm-flows through the
 * stock runners, each of them twice. Ends with code 1 when anything is not as it should be.
 */
import { openDatabases, query } from './demo/databases.mjs';
import { knexExample, migrate, typeormExample } from './demo/examples.mjs';
import { chapter, command, quote, say, table, title } from './demo/terminal.mjs';
import { forgetMigrations } from './flows-database/forget.mjs';
import { checked, findWrongs, printWrongs } from './flows-database/look.mjs';
import { makeFlowsDatabase } from './flows-database/make.mjs';

/** @typedef {import('./demo/examples.mjs').Example} Example */
/** @typedef {import('@holdfast/core').Report} Report */
/** @typedef {{ name: string, reports: Report[], wrong: number }} Summary */

/** @type {string[]} */
const problems = [];
const databases = await openDatabases();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
  });
}
try {
  await show();
} catch (error) {
  if (!interrupted) throw error;
} finally {
  await databases.drop();
}
if (interrupted) process.exit(130);
if (problems.length > 0) {
  console.error(`\nThe demo has failed:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  process.exitCode = 1;
}

async function show() {
  title('Holdfast: migrations that can run again');
  say(databases.about);
  const [knexUrl, typeormUrl, brokenUrl] = [
    await databases.create('knex'),
    await databases.create('typeorm'),
    await databases.create('broken'),
  ];
  await Promise.all([knexUrl, typeormUrl, brokenUrl].map(makeFlowsDatabase));

  chapter('A database in a bad state');
  say('Flows should belong to a master flow. Many do not, and earlier tries to repair it stopped halfway:\n');
  const before = await findWrongs(knexUrl);
  quote(printWrongs(before).join('\n'));
  // Two checks are about what the migrations must not do: no link is lost yet, and nobody has made a master.
  expectThat(before.length === checked - 2, 'the database is not in the bad state that the demo is about');

  const summaries = [...(await showTwice(knexExample, knexUrl)), ...(await showTwice(typeormExample, typeormUrl))];
  await showMissing(brokenUrl);
  summarise(before.length, summaries);
}

/**
 * @param {Example} example
 * @param {string} url
 * @returns {Promise<Summary[]>}
 */
async function showTwice(example, url) {
  stopIfInterrupted();
  chapter(`${example.name} runs three migrations`);
  const first = await showRun(example, url);
  if (example === knexExample) {
    say('\nThe repairs, with the lock that each statement took:');
    quote(printRepairs(first).join('\n'));
  }
  const afterFirst = await findWrongs(url);
  say('\nWhat is wrong now:');
  quote(printWrongs(afterFirst).join('\n'));
  for (const status of /** @type {const} */ (['applied', 'repaired', 'unchanged', 'skipped']))
    expectThat(total(first, status) > 0, `${example.name}, first run: nothing was ${status}`);

  stopIfInterrupted();
  chapter(`${example.name} runs them again`);
  say('The ledger is emptied, as after a crash or a restored backup, and the same migrations run again.');
  const rowsBefore = await hashRows(url);
  await forgetMigrations(url, example.ledger);
  const second = await showRun(example, url);
  const afterSecond = await findWrongs(url);
  const same = (await hashRows(url)) === rowsBefore;
  for (const status of /** @type {const} */ (['applied', 'repaired', 'failed', 'refused']))
    expectThat(total(second, status) === 0, `${example.name}, second run: something was ${status}`);
  expectThat(same, `${example.name}: the second run has changed rows`);
  if (same) say('\nEach row is what it was.');

  for (const { what, count } of [...afterFirst, ...afterSecond]) problems.push(`${example.name}: ${count} ${what}`);
  return [
    { name: `${example.name}, first run`, reports: first, wrong: afterFirst.length },
    { name: `${example.name}, again`, reports: second, wrong: afterSecond.length },
  ];
}

/**
 * @param {Example} example
 * @param {string} url
 */
async function showRun(example, url) {
  command(`npx ${example.up.join(' ')}`);
  const { code, stdout, stderr, reports } = await migrate(example, url);
  quote(code === 0 ? stdout : stdout + stderr);
  expectThat(code === 0, `${example.name}: the runner ended with code ${code}`);
  expectThat(reports.length === 3, `${example.name}: ${reports.length} instead of 3 migrations have run`);
  return reports;
}

/** @param {string} url */
async function showMissing(url) {
  stopIfInterrupted();
  chapter('When something is missing');
  say('In a third database one table and one column have other names. All of it is said at once, before any change:');
  await query(
    url,
    `ALTER TABLE migration.flow_masters RENAME TO flow_master;
     ALTER TABLE migration.discovery_flows RENAME COLUMN client_account_id TO client_acount_id`,
  );
  command(`npx ${knexExample.up.join(' ')}`);
  const { code, stdout } = await migrate(knexExample, url);
  quote(stdout);
  expectThat(code === 1, `the run on a database without prerequisites ended with code ${code}`);
  expectThat(/flow_master\b.*\n.*client_acount_id/.test(stdout), 'the error does not name what is missing');
}

/**
 * @param {number} wrongBefore
 * @param {readonly Summary[]} summaries
 */
function summarise(wrongBefore, summaries) {
  chapter('Summary');
  const statuses = /** @type {const} */ (['applied', 'repaired', 'unchanged', 'skipped', 'failed']);
  table([
    ['', ...statuses, 'wrong before', 'wrong after'],
    ...summaries.map(({ name, reports, wrong }, i) => [
      name,
      ...statuses.map((status) => total(reports, status)),
      i % 2 === 0 ? wrongBefore : (summaries[i - 1]?.wrong ?? 0),
      wrong,
    ]),
  ]);
  say('\nWhat to look at next:');
  say('  examples/knex-flows/migrations/062-link-flows-to-masters.mjs          the migration that does most of it');
  say('  examples/typeorm-flows/migrations/1718000062000-link-flows-to-masters.mjs');
  say('  examples/knex-flows/README.md, examples/typeorm-flows/README.md       run them yourself, up and down');
}

/**
 * @param {readonly Report[]} reports
 * @param {keyof Report['counts']} status
 */
function total(reports, status) {
  return reports.reduce((sum, report) => sum + report.counts[status], 0);
}

/**
 * The statements of each repaired operation.
 * @param {readonly Report[]} reports
 */
function printRepairs(reports) {
  /** @type {(outcome: import('@holdfast/core').Outcome) => string[]} */
  const print = ({ operation, status, steps, children }) => {
    const changes = status === 'repaired' ? steps.filter((step) => step.locks.length > 0) : [];
    const lines = changes.map(({ sql, locks }) => `  ${locks[0]?.mode.padEnd(24)}  ${sql.replaceAll('"', '')}`);
    return [...(lines.length === 0 ? [] : [operation, ...lines]), ...children.flatMap(print)];
  };
  return reports.flatMap((report) => report.outcomes.flatMap(print));
}

/** @param {string} url */
async function hashRows(url) {
  const tables = ['flow_masters', 'discovery_flows', 'assessment_flows'];
  const rows = tables.map((name) => `SELECT t::text FROM migration.${name} t`).join(' UNION ALL ');
  const result = await query(url, `SELECT md5(string_agg(row, ' ' ORDER BY row)) AS hash FROM (${rows}) q (row)`);
  return result.rows[0].hash;
}

/**
 * @param {boolean} holds
 * @param {string} otherwise
 */
function expectThat(holds, otherwise) {
  if (!holds) problems.push(otherwise);
}

/** Between the steps only: a database can be dropped when nothing is connected to it any more. */
function stopIfInterrupted() {
  if (interrupted) throw new Error('interrupted');
}
