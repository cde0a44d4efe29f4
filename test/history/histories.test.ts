/**
 * Random histories on random days: releases, late merges, crashes, the runner alone, ways back, lost rows of the ledger, things dropped or built by hand. Whatever
 * happens, the guard writes the rows of each migration once and leaves its schema, or stops. Twenty in `npm test`, five hundred in `npm run
 * test:long`; HOLDFAST_RUNS changes the number, HOLDFAST_SEED (and HOLDFAST_PATH, which a failure prints along) repeats them.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { test } from 'vitest';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { type Case, cases } from './draw.js';
import { Life } from './live.js';

const path = process.env['HOLDFAST_PATH'];
const runs = Number(process.env['HOLDFAST_RUNS'] ?? 20);
/** Always the same twenty, so that whoever changes something else is not held up. */
const seed = Number(process.env['HOLDFAST_SEED'] ?? (runs > 20 ? randomInt(2 ** 31) : 1));

async function live(drawn: Case): Promise<{ readonly wrong: string | null; readonly log: readonly string[] }> {
  const database = await createDatabase(serverFor());
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  try {
    const life = new Life(database.url, client, drawn);
    return { wrong: await life.run(), log: life.log };
  } finally {
    await client.end();
    await database.drop();
  }
}

test('a success is none where rows are missing, twice, or the schema is another', { timeout: 3_600_000 }, async () => {
  const checked = await fc.check(
    fc.asyncProperty(cases, async (drawn) => {
      const { wrong } = await live(drawn);
      if (wrong !== null) throw new Error(wrong);
    }),
    { numRuns: runs, seed, interruptAfterTimeLimit: 3_000_000, ...(path === undefined ? {} : { path }) },
  );
  if (!checked.failed) return;
  const [drawn] = checked.counterexample as [Case];
  const { wrong, log } = await live(drawn);
  const print = drawn.migrations.map(
    ({ name, transaction, parts }) =>
      `${name}${transaction ? '' : ' (no transaction)'}: ${parts.map(({ up }) => up).join('; ')}`,
  );
  throw new Error(
    `${wrong}\nHOLDFAST_SEED=${seed} HOLDFAST_PATH=${checked.counterexamplePath}\n\n${print.join('\n')}\nlate: ${drawn.late + 1}\n\n${log.join('\n')}`,
  );
});
