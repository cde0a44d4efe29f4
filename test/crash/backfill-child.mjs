/**
 * `<url> <table> <options>`: a backfill as a process of its own, on the built package. Says `begun`, each number of rows, and how it ended;
 * stays until it is disconnected. SIGTERM stops it after the batch at hand.
 */
import pg from 'pg';

const { guard, sql } = await import('../../packages/core/dist/index.js');
const [url, table, options] = /** @type {[string, string, string]} */ (process.argv.slice(2));
process.on('disconnect', () => process.exit());

const client = new pg.Client({ connectionString: url });
await client.connect();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const { set, ...rest } = JSON.parse(options);
process.send?.('begun');
try {
  const outcome = await guard(client).backfill(table, {
    ...rest,
    set: Object.fromEntries(Object.entries(set).map(([column, text]) => [column, sql.raw(text)])),
    signal: stop.signal,
    onProgress: (/** @type {{ rows: number }} */ { rows }) => process.send?.(rows),
  });
  process.send?.({ status: outcome.status, rows: outcome.rows, reason: outcome.reason });
} catch (error) {
  process.send?.({ status: 'failed', reason: String(error) });
}
await client.end();
