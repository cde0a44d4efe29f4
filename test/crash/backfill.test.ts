/** A backfill that is ended at random moments, and run again, leaves what an undisturbed run leaves; two at once do so, too. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { one, useDatabase } from '../core/support.js';

const db = useDatabase();
const PROGRAM = fileURLToPath(new URL('./backfill-child.mjs', import.meta.url));
const KILLS = process.env['HOLDFAST_CONTRACT'] === 'all' ? 100 : 4;
const ROWS = 10_000;

interface End {
  readonly status: string;
  readonly rows?: number;
  readonly reason?: string;
}

/** Resolves when the process says how it ended; null when it was killed. `told` hears how many batches it has done. */
function run(
  table: string,
  options: object,
  told?: (child: ChildProcess, batches: number) => void,
): Promise<End | null> {
  const child = fork(PROGRAM, [db.url(), table, JSON.stringify(options)], { execArgv: [] });
  return new Promise((resolve, reject) => {
    let batches = -1;
    child.on('message', (message) => {
      if (typeof message === 'object') {
        resolve(message as End);
        child.disconnect();
        return;
      }
      batches += 1;
      told?.(child, batches);
    });
    child.on('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(null);
      else reject(new Error(`the process ended by itself, code ${code}`));
    });
  });
}

const PACE = { batchSize: 10, targetBatchMs: 1 };
const ADDING = { ...PACE, set: { n: 'n + 1' }, resumeAs: 'add one' };
const FILLING = { ...PACE, set: { v: 'id * 2' }, where: 'v IS NULL', workers: 2 };

async function make(table: string): Promise<void> {
  await db.run(`CREATE TABLE ${table} (a integer, id bigint, n integer NOT NULL DEFAULT 0, v bigint, PRIMARY KEY (a, id));
    INSERT INTO ${table} SELECT i % 7, i FROM generate_series(1, ${ROWS}) i`);
}

test.each([
  ['added', ADDING, 'n = 1'],
  ['filled', FILLING, 'v = id * 2'],
])(
  `${KILLS} kills, then the end: each row of %s is changed, and changed once`,
  { timeout: 900_000 },
  async (table, options, right) => {
    await make(table);
    let kills = 0;
    for (; kills < KILLS; kills += 1) {
      const after = Math.floor(Math.random() * 12);
      const end = await run(table, options, (child, batches) => {
        // Not at the same point of each batch.
        if (batches === after) setTimeout(() => child.kill('SIGKILL'), Math.random() * 6);
      });
      if (end !== null) break;
    }
    expect(kills).toBeGreaterThan(0);
    const client = await db.connect();
    const before = await one<number>(client, `SELECT count(*)::int FROM ${table} WHERE ${right}`);
    const end = await run(table, options);
    expect(await one(client, `SELECT count(*)::int FROM ${table} WHERE ${right}`)).toBe(ROWS);
    // A batch that was under way when its process was killed may be committed after the count.
    expect(end?.rows).toBeLessThanOrEqual(ROWS - before);
  },
);

test('two processes at once with one place change each row once', { timeout: 120_000 }, async () => {
  await make('shared');
  const ends = await Promise.all([
    run('shared', { ...ADDING, resumeAs: 'shared' }),
    run('shared', { ...ADDING, resumeAs: 'shared' }),
  ]);
  const client = await db.connect();
  expect(ends.reduce((sum, end) => sum + (end?.rows ?? 0), 0)).toBe(ROWS);
  expect(await one(client, 'SELECT count(*)::int FROM shared WHERE n = 1')).toBe(ROWS);
  expect(await run('shared', { ...ADDING, resumeAs: 'shared' })).toMatchObject({ status: 'unchanged', rows: 0 });
});

test('SIGTERM ends it after the batch at hand, and what is done stays', { timeout: 60_000 }, async () => {
  await make('stopped');
  const end = await run('stopped', FILLING, (child, batches) => {
    if (batches === 5) child.kill('SIGTERM');
  });
  const client = await db.connect();
  const done = await one<number>(client, 'SELECT count(v)::int FROM stopped');
  expect(done).toBeLessThan(ROWS);
  expect(end).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining(`${done} rows were changed and stay.`),
  });
});
