/**
 * One process of the load, forked by measure.mjs: `node load.mjs reader|writer|watcher <url> <rows>`. It says `ready` when it is warm,
 * counts from the message `measure` on, and answers `stop` with what it saw, after the statement at hand.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/**
 * What a reader or writer saw.
 * @typedef {object} Seen
 * @property {number} worstMs the longest that one statement took
 * @property {number} p99Ms
 * @property {number} statements
 *
 * What the watcher saw of the others, by looking every 20 ms.
 * @typedef {object} Watched
 * @property {number} lockWaitMs the longest that one of them waited for a lock of a table or a row
 * @property {number} lateMs the longest that a look came late: what the machine alone does to a process
 * @property {Record<string, number>} during looks at statements that had run for longer than `slowMs`, by wait event; `CPU` where there
 *   was none
 */

/** What readers, writers and the watcher are known by in pg_stat_activity. */
const application = 'holdfast_bench_load';
const [role, url, rowsText] = process.argv.slice(2);
const rows = Number(rowsText);
const warmUp = 50;
const pauseMs = { reader: 4, writer: 8, watcher: 20 };
const slowMs = 50;

/** An autovacuum is told apart: it gives way to a lock only after `deadlock_timeout`, with all others waiting behind. */
const looking = `
  SELECT coalesce(a.wait_event_type || ': ' || a.wait_event, 'CPU') || CASE WHEN l.vacuumed THEN ' behind autovacuum' ELSE '' END AS doing,
    coalesce(extract(epoch FROM clock_timestamp() - l.since) * 1000, 0)::float AS lock_wait,
    extract(epoch FROM clock_timestamp() - a.query_start)::float * 1000 AS running
  FROM pg_stat_activity a
  CROSS JOIN LATERAL (
    SELECT min(w.waitstart) AS since, bool_or(EXISTS (SELECT FROM pg_locks v JOIN pg_stat_activity b USING (pid)
      WHERE v.relation = w.relation AND v.granted AND b.backend_type = 'autovacuum worker')) AS vacuumed
    FROM pg_locks w WHERE w.pid = a.pid AND NOT w.granted) l
  WHERE a.application_name = $1 AND a.state = 'active' AND a.pid <> pg_backend_pid()`;

// Whoever has started this process is gone.
process.on('disconnect', () => process.exit(1));

const client = new pg.Client({ connectionString: url, application_name: application });
await client.connect();
let measuring = false;
let stopped = false;
process.on('message', (message) => {
  if (message === 'measure') measuring = true;
  if (message === 'stop') stopped = true;
});
const seen = role === 'watcher' ? await watch() : await work(role === 'reader' ? read : write);
await client.end();
process.send?.(seen);
process.disconnect();

/**
 * @param {(turn: number) => Promise<unknown>} statement
 * @returns {Promise<Seen>}
 */
async function work(statement) {
  const interval = role === 'reader' ? pauseMs.reader : pauseMs.writer;
  /** @type {number[]} */
  const times = [];
  for (let turn = 1; !stopped; turn += 1) {
    const counts = measuring;
    const started = performance.now();
    await statement(turn);
    if (counts) times.push(performance.now() - started);
    if (turn === warmUp) process.send?.('ready');
    await sleep(interval);
  }
  const asMet = times.flatMap((ms) => missedBy(ms, interval)).sort((a, b) => a - b);
  return {
    worstMs: asMet.at(-1) ?? 0,
    p99Ms: asMet[Math.floor(asMet.length * 0.99)] ?? 0,
    statements: times.length,
  };
}

/**
 * A client that waits sends nothing meanwhile, so that a stall of ten seconds would count as one slow statement. Requests of a service
 * keep coming: each that would have come during the stall counts too.
 * @param {number} ms
 * @param {number} interval
 */
function missedBy(ms, interval) {
  const times = [ms];
  for (let rest = ms - interval; rest > interval; rest -= interval) times.push(rest);
  return times;
}

function read() {
  return client.query('SELECT id, version, note FROM orders WHERE id = $1', [anyRow()]);
}

/** @param {number} turn */
function write(turn) {
  if (turn % 10 === 0) {
    return client.query(
      "INSERT INTO orders (customer_id, email, city, note) VALUES ($1, 'new@example.org', 'Bern', repeat('n', 288))",
      [1 + Math.floor(Math.random() * (rows / 4))],
    );
  }
  return client.query('UPDATE orders SET version = version + 1 WHERE id = $1', [anyRow()]);
}

function anyRow() {
  return 1 + Math.floor(Math.random() * rows);
}

/** @returns {Promise<Watched>} */
async function watch() {
  /** @type {Watched} */
  const watched = { lockWaitMs: 0, lateMs: 0, during: {} };
  for (let turn = 1; !stopped; turn += 1) {
    const before = performance.now();
    await sleep(pauseMs.watcher);
    const late = performance.now() - before - pauseMs.watcher;
    const looked = await client.query(looking, [application]);
    if (turn === 5) process.send?.('ready');
    if (!measuring) continue;
    watched.lateMs = Math.max(watched.lateMs, late);
    for (const { doing, lock_wait, running } of looked.rows) {
      watched.lockWaitMs = Math.max(watched.lockWaitMs, lock_wait);
      if (running > slowMs) watched.during[doing] = (watched.during[doing] ?? 0) + 1;
    }
  }
  return watched;
}
