/**
 * `npm run bench:backfill [-- --rows=100000,1000000,5000000 --rounds=3 --stall-rows=1000000 --setting=shared_buffers=1GB]`
 *
 * A backfill beside one big UPDATE and beside the loop that people write (`WHERE id IN (SELECT … LIMIT n)` until nothing is left): rows per
 * second, the longest that a concurrent writer waits, and the memory of the process. Ends with code 1 when a target is missed. With settings
 * the server is an embedded one.
 */
import { parseArgs } from 'node:util';
import { guard } from '@holdfast/core';
import { startEmbeddedServer, startServer } from '../../scripts/postgres-server.mjs';
import { connect, copyTemplate, dropTemplate, makeTemplate, measure } from './locks/measure.mjs';
import { time } from './locks/print.mjs';

/** @typedef {import('./locks/measure.mjs').Step} Step */

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000,1000000,5000000' },
    rounds: { type: 'string', default: '3' },
    'stall-rows': { type: 'string', default: '1000000' },
    setting: { type: 'string', multiple: true, default: [] },
  },
});
const sizes = values.rows.split(',').map(Number);
const rounds = Number(values.rounds);
const stallRows = Number(values['stall-rows']);
/** The loop reads what it has done again and again: its time grows with the square of the rows. */
const mostForLoop = 1_000_000;

const targets = {
  throughput: { backfill: 0.9, 'backfill, 2 workers': 1.3 },
  stall: 1 / 50,
  growth: 1.15,
  memoryMb: 64,
};

// Rows that come in meanwhile have it already, as those of a migration would.
const addColumn =
  "ALTER TABLE orders ADD COLUMN status text; ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open'";

/** @type {Record<string, Step>} */
const contenders = {
  'one big UPDATE': (client) => client.query("UPDATE orders SET status = 'open' WHERE status IS NULL"),
  // What two connections make of it at best here: the write-ahead log is one.
  'two UPDATEs, half of the rows each': async (client, url) => {
    const second = await connect(url);
    try {
      const { rows } = await client.query('SELECT max(id) / 2 AS middle FROM orders');
      const change = (/** @type {string} */ half) =>
        `UPDATE orders SET status = 'open' WHERE status IS NULL AND id ${half} ${rows[0].middle}`;
      await Promise.all([client.query(change('<=')), second.query(change('>'))]);
    } finally {
      await second.end();
    }
  },
  backfill: (client) => guard(client).backfill('orders', { set: { status: 'open' }, where: 'status IS NULL' }),
  'backfill, 2 workers': (client) =>
    guard(client).backfill('orders', { set: { status: 'open' }, where: 'status IS NULL', workers: 2 }),
  'loop with LIMIT': async (client) => {
    for (;;) {
      const { rowCount } = await client.query(
        "UPDATE orders SET status = 'open' WHERE id IN (SELECT id FROM orders WHERE status IS NULL LIMIT 10000)",
      );
      if (rowCount === 0) return;
    }
  },
};

const started = performance.now();
const server = values.setting.length === 0 ? await startServer() : await startWith(values.setting);
/** @type {string[]} */
const missed = [];
try {
  /** @type {Map<number, Map<string, number>>} */
  const medians = new Map();
  let peakMb = 0;
  for (const rows of sizes) {
    say(`making a table of ${rows} rows`);
    const machine = await makeTemplate(server, rows);
    if (rows === sizes[0])
      console.info(`PostgreSQL ${machine.version}, fsync ${machine.fsync}, shared_buffers ${machine.buffers}`);
    /** @type {Map<string, number[]>} */
    const times = new Map();
    for (let round = 1; round <= rounds; round += 1) {
      const names = Object.keys(contenders).filter((name) => name !== 'loop with LIMIT' || rows <= mostForLoop);
      for (const name of round % 2 === 1 ? names : names.reverse()) {
        const ms = await alone(contenders[name], (mb) => {
          if (name.startsWith('backfill')) peakMb = Math.max(peakMb, mb);
        });
        times.set(name, [...(times.get(name) ?? []), ms]);
        say(`${rows} rows, round ${round}, ${name}: ${time(ms)}, ${Math.round(rows / ms)} rows per ms`);
      }
    }
    medians.set(rows, new Map([...times].map(([name, all]) => [name, median(all)])));
  }
  for (const [rows, found] of medians) {
    const big = Number(found.get('one big UPDATE'));
    const line = [...found].map(([name, ms]) => `${name} ${time(ms)} (${(big / ms).toFixed(2)})`).join(', ');
    console.info(`${String(rows).padStart(8)} rows: ${line}`);
    for (const [name, target] of Object.entries(targets.throughput)) {
      const ratio = big / Number(found.get(name));
      if (ratio < target)
        missed.push(`${rows} rows: ${name}: throughput ${ratio.toFixed(2)} of one big UPDATE, target ${target}`);
    }
  }
  const perRow = [...medians].map(([rows, found]) => Number(found.get('backfill')) / rows);
  const growth = perRow.length > 1 ? Number(perRow.at(-1)) / Number(perRow.at(-2)) : 1;
  console.info(
    `cost per row of the largest table: ${growth.toFixed(2)} of that of the next smaller one; memory of the process: +${peakMb} MB at most`,
  );
  if (growth > targets.growth) missed.push(`cost per row grows by ${growth.toFixed(2)}, target ${targets.growth}`);
  if (peakMb > targets.memoryMb) missed.push(`memory grows by ${peakMb} MB, target ${targets.memoryMb}`);
  await compareStalls();
  for (const line of missed) console.error(line);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await dropTemplate(server);
  await server.stop();
}

async function compareStalls() {
  if (stallRows === 0) return;
  say(`making a table of ${stallRows} rows, for readers and writers meanwhile`);
  await makeTemplate(server, stallRows);
  /** @type {Record<string, number[]>} */
  const stalls = { 'one big UPDATE': [], backfill: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of ['one big UPDATE', 'backfill']) {
      const { stallMs, stepMs } = await measure(server, stallRows, /** @type {Step} */ (contenders[name]), {
        before: addColumn,
      });
      stalls[name]?.push(stallMs);
      say(`under load, round ${round}, ${name}: worst ${time(stallMs)}, step ${time(stepMs)}`);
    }
  }
  const [big, own] = [median(stalls['one big UPDATE'] ?? []), median(stalls['backfill'] ?? [])];
  console.info(
    `the longest that a reader or writer waited: one big UPDATE ${time(big)}, backfill ${time(own)}: 1/${(big / own).toFixed(0)}`,
  );
  if (own > big * targets.stall)
    missed.push(`stall 1/${(big / own).toFixed(1)} of that of one big UPDATE, target 1/50`);
}

/** @param {readonly string[]} settings `name=value` */
async function startWith(settings) {
  const own = await startEmbeddedServer();
  const client = await connect(own.url());
  for (const setting of settings) {
    const [name, value] = setting.split('=');
    await client.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  await client.end();
  await own.restart();
  return own;
}

/**
 * On a copy of the table, and nobody else there.
 * @param {Step | undefined} step
 * @param {(mb: number) => void} tell how much more memory the process took
 */
async function alone(step, tell) {
  const url = await copyTemplate(server);
  const client = await connect(url);
  try {
    await client.query(addColumn);
    await client.query('CHECKPOINT');
    const before = process.memoryUsage().rss;
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 100);
    const from = performance.now();
    await step?.(client, url);
    const ms = performance.now() - from;
    clearInterval(watch);
    tell(Math.round((peak - before) / 1024 / 1024));
    const { rows } = await client.query('SELECT count(*)::int AS left FROM orders WHERE status IS NULL');
    if (rows[0].left !== 0) throw new Error(`${rows[0].left} rows were left out`);
    return ms;
  } finally {
    await client.end();
  }
}

/** @param {readonly number[]} all */
function median(all) {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

/** @param {string} line */
function say(line) {
  console.info(`${String(Math.round((performance.now() - started) / 1000)).padStart(4)} s  ${line}`);
}
