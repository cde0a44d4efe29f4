import { appendFileSync } from 'node:fs';
import pg from 'pg';
import { test } from 'vitest';
import { Dice } from '../property/model.js';
import { execute } from '../support/catalog.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { drawStatement, SCHEMA } from './fuzz-grammar.js';
import { walk } from './fuzz-walk.js';

test('dev', { timeout: 3_000_000 }, async () => {
  const major = Number(process.env['M'] ?? 18);
  const out = process.env['OUT'] ?? '/tmp/kinds-fuzz.log';
  const until = Date.now() + Number(process.env['SECS'] ?? 60) * 1000;
  const database = await createDatabase(serverFor(major));
  await execute(database.url, SCHEMA);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const tally = { valid: 0, refused: 0, again: new Map<string, number>() };
  let n = 0;
  let fails = 0;
  while (Date.now() < until) {
    const count = Math.random() < 0.75 ? 1 : 2 + Math.floor(Math.random() * 3);
    const stmts = Array.from({ length: count }, () =>
      drawStatement(new Dice(Array.from({ length: 30 }, () => Math.floor(Math.random() * 5040)))),
    );
    n += 1;
    try {
      await walk(client, stmts, tally);
    } catch (error) {
      fails += 1;
      appendFileSync(
        out,
        `=== ${(error as Error).constructor.name} ${(error as Error).message.slice(0, 1800)}\n--- all: ${stmts.join(';;\n')}\n`,
      );
    }
  }
  appendFileSync(
    out,
    `TALLY ${n} ${fails} ${JSON.stringify({ ...tally, again: Object.fromEntries([...tally.again].sort()) })}\n`,
  );
  await client.end();
  await database.drop();
});
