/**
 * Random statements: the first time the guard leaves what the server alone leaves, a second time nothing changes or it says why not.
 * A hundred and fifty in `npm test`, twenty thousand in `npm run test:fuzz`; HOLDFAST_RUNS changes the number, HOLDFAST_SEED (and
 * HOLDFAST_PATH, which a failure prints along) repeats them.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dice } from '../property/model.js';
import { execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { drawStatement, SCHEMA } from './fuzz-grammar.js';
import { type FuzzTally, walk } from './fuzz-walk.js';

const path = process.env['HOLDFAST_PATH'];
const statements = Number(process.env['HOLDFAST_RUNS'] ?? 150);
const long = statements > 300;
/** Always the same in `npm test`, so that whoever changes something else is not held up. */
const seed = Number(process.env['HOLDFAST_SEED'] ?? (long ? randomInt(2 ** 31) : 1));

const numbers = fc.array(fc.nat(5039), { minLength: 30, maxLength: 30 });
/** A migration: mostly of one statement. */
const migration = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(numbers) },
  { weight: 1, arbitrary: fc.array(numbers, { minLength: 2, maxLength: 4 }) },
);
const PER_MIGRATION = 1.5;

const chosen = availableMajors([15, 18]);

describe.each(chosen)('random statements on PostgreSQL %s', (major) => {
  let database: Database;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase(serverFor(major));
    await execute(database.url, SCHEMA);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test('leave the same through the guard, and nothing more a second time', {
    timeout: 60_000 + statements * 1_000,
  }, async () => {
    const tally: FuzzTally = { valid: 0, refused: 0, again: new Map() };
    const property = fc.asyncProperty(migration, (each) =>
      walk(
        client,
        each.map((entropy) => drawStatement(new Dice(entropy))),
        tally,
      ),
    );
    const result = await fc.check(property, {
      seed: seed + major,
      numRuns: Math.ceil(statements / PER_MIGRATION / chosen.length),
      interruptAfterTimeLimit: 50_000 + statements * 1_000,
      ...(path === undefined ? {} : { path }),
    });
    if (process.env['HOLDFAST_TALLY'] !== undefined)
      process.stderr.write(`${JSON.stringify({ ...tally, again: Object.fromEntries([...tally.again].sort()) })}\n`);
    expect(
      result.failed
        ? `${fc.defaultReportMessage(result)}\n${String(result.errorInstance)}\nHOLDFAST_SEED=${seed} HOLDFAST_PATH=${result.counterexamplePath}`
        : 'fine',
    ).toBe('fine');
    // With fewer the test would have tried nothing.
    expect(tally.valid).toBeGreaterThan(tally.refused);
  });
});
