/**
 * Random sequences of operations on random schemas: run again from anywhere, they end in the same schema and the same rows, or say why not
 * and change nothing. Fifty in `npm test`, five hundred in `npm run test:long`; HOLDFAST_RUNS changes the number, HOLDFAST_SEED (and
 * HOLDFAST_PATH, which a failure prints along) repeats them.
 */
import { randomInt } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../support/database.js';
import { availableMajors, majors, serverFor } from '../support/server.js';
import { Dice } from './model.js';
import { type Call, drawCall } from './operations.js';
import { drawSchema } from './schema.js';
import { Broken, emptyTally, print, Session, type Walk, walk } from './walk.js';

const path = process.env['HOLDFAST_PATH'];
const runs = Number(process.env['HOLDFAST_RUNS'] ?? 50);
const long = runs > 50;
/** Always the same fifty, so that whoever changes something else is not held up; others each time by `npm run test:long`. */
const seed = Number(process.env['HOLDFAST_SEED'] ?? (long ? randomInt(2 ** 31) : 1));

/** How long a failing sequence is made smaller, in ms. */
const SHRINK_MS = 15_000;

const dice = fc.array(fc.nat(5039), { minLength: 24, maxLength: 24 });
const drawn = fc.record({
  schema: dice,
  calls: fc.array(fc.array(fc.nat(5039), { minLength: 10, maxLength: 10 }), {
    minLength: 1,
    maxLength: long ? 12 : 6,
    size: 'max',
  }),
  permille: fc.nat(999),
  kind: fc.constantFrom('throw', 'close'),
  commits: fc.boolean(),
});

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

function build(url: string, { schema: numbers, calls: draws, permille, kind, commits }: Drawn): Walk {
  const { sql, model } = drawSchema(new Dice(numbers));
  const calls = draws.map((each) => drawCall(new Dice(each), model)).filter((call): call is Call => call !== null);
  return { url, schema: sql, calls, cut: { permille, kind: kind as Walk['cut']['kind'] }, commits };
}

// The second major gets a share: NOT NULL, enums and plans differ most between these two.
const chosen = [...new Set([...majors, ...availableMajors([15, 18])])];

describe.each(chosen)('on PostgreSQL %i', (major) => {
  let database: Database;
  let session: Session;
  beforeAll(async () => {
    database = await createDatabase(serverFor(major));
    session = new Session(database.url);
  });
  afterAll(async () => {
    await session.end();
    await database.drop();
  });

  test('sequences run again from anywhere end in the same schema', { timeout: 10_000 + runs * 4_000 }, async () => {
    const tally = emptyTally();
    const started = performance.now();
    const property = fc.asyncProperty(drawn, (each) => walk(session, build(database.url, each), tally));
    const result = await fc.check(property, {
      seed: seed + major,
      endOnFailure: true,
      numRuns: Math.ceil(runs / chosen.length),
      ...(path === undefined ? {} : { path }),
    });
    if (process.env['HOLDFAST_TALLY'] !== undefined)
      process.stderr.write(
        `${JSON.stringify({ ...tally, unforeseen: [...tally.unforeseen], runs: result.numRuns, ms: performance.now() - started })}\n`,
      );
    if (result.failed) {
      const failed = build(database.url, (result.counterexample as [Drawn])[0]);
      throw new Broken(report(result, await smaller(session, failed), major));
    }
    // With few of these the test would have tried nothing.
    expect(tally.accepted).toBeGreaterThan(result.numRuns);
    expect(tally.refused).toBeGreaterThan(0);
    expect(tally.monotone).toBeGreaterThan(result.numRuns / 4);
    expect(tally.committed).toBeGreaterThan(result.numRuns / 10);
  });
});

/** Leaves out what the failure does not need: one operation after the other, as long as it fails without. Smaller than what fast-check finds in the time. */
async function smaller(session: Session, failed: Walk): Promise<Walk & { readonly error: unknown }> {
  const until = performance.now() + SHRINK_MS;
  let found = { ...failed, error: await errorOf(session, failed) };
  for (let i = failed.calls.length - 1; i >= 0 && performance.now() < until; i -= 1) {
    const without = { ...found, calls: found.calls.filter((_, at) => at !== i) };
    const error = await errorOf(session, without);
    if (error !== null) found = { ...without, error };
  }
  return found;
}

/** A connection of its own: the failure may have left the other in a transaction. */
async function errorOf(session: Session, each: Walk): Promise<unknown> {
  await session.again();
  try {
    await walk(session, each, emptyTally());
    return null;
  } catch (error) {
    return error;
  }
}

function report(
  result: fc.RunDetails<[Drawn]>,
  { schema, calls, cut, commits, error }: Walk & { readonly error: unknown },
  major: number,
): string {
  return [
    error instanceof Broken ? error.message : error === null ? 'It fails no second time.' : inspect(error),
    `\nOn PostgreSQL ${major}; to repeat: HOLDFAST_SEED=${seed} HOLDFAST_PATH=${result.counterexamplePath} HOLDFAST_RUNS=${runs}`,
    `The sequence (cut at ${cut.permille}/1000 by ${cut.kind}; one transaction: ${commits ? 'committed' : 'rolled back'}):`,
    ...calls.map((call) => `  ${print(call)}`),
    'The schema:',
    schema,
  ].join('\n');
}
