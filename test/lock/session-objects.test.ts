/** A migration without a transaction that is interrupted between temporary objects: they are gone with its session. */
import { describe, expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

/** Stops in front of the statement with this number; -1: nowhere. */
let stopAt = -1;

function interruptible(...statements: readonly string[]): Migrations {
  return {
    '0.js': raw('CREATE TABLE old (v text)', "INSERT INTO old VALUES ('1')"),
    '1.js': {
      config: { transaction: false },
      up: async (knex) => {
        for (const [i, statement] of statements.entries()) {
          if (i === stopAt) throw new Error('cut');
          await knex.raw(statement);
        }
      },
      down: () => {},
    },
  };
}

describe('a temporary table, and what it held', () => {
  const migrations = interruptible(
    'CREATE TABLE t (id int, v text)',
    'CREATE TEMPORARY TABLE x (id int, v text)',
    'INSERT INTO x SELECT 1, v FROM old',
    'CREATE UNIQUE INDEX xi ON x (id)',
    "UPDATE x SET v = v || 'b'",
    'TRUNCATE old',
    'INSERT INTO t SELECT * FROM x',
    'ALTER TABLE t ADD COLUMN w int',
    'DROP TABLE x',
  );
  const locked = useLocked(migrations);

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('cut in front of statement %i', async (at) => {
    stopAt = at;
    await expect(migrate(locked.url(), migrations, locked.lock().path)).rejects.toThrow('cut');
    stopAt = -1;
    const again = migrate(locked.url(), migrations, locked.lock().path);
    const rows = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT v FROM t');
    if (at !== 6) {
      await again;
      expect(await rows()).toEqual(['1b']);
      return;
    }
    // What it was filled from is gone.
    await expect(again).rejects.toMatchObject({
      code: 'HF_REFUSED',
      message: expect.stringContaining('x was of the session that was interrupted, and what it held is gone'),
    });
    expect(await rows()).toEqual([]);
  });
});

describe('functions and types of the session', () => {
  const migrations = interruptible(
    'CREATE TABLE t (v text)',
    "CREATE FUNCTION pg_temp.up(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)'",
    "CREATE TYPE pg_temp.mood AS ENUM ('a', 'b')",
    "INSERT INTO t SELECT pg_temp.up('a')",
    'ALTER TABLE t ALTER v TYPE varchar USING pg_temp.up(v)',
    "INSERT INTO t SELECT 'b'::pg_temp.mood::text",
  );
  const locked = useLocked(migrations);

  test.each([2, 3, 4, 5])('cut in front of statement %i', async (at) => {
    stopAt = at;
    await expect(migrate(locked.url(), migrations, locked.lock().path)).rejects.toThrow('cut');
    stopAt = -1;
    await migrate(locked.url(), migrations, locked.lock().path);
    expect(await rowsOf(locked.url(), 'SELECT v FROM t ORDER BY 1')).toEqual(['A', 'b']);
  });
});

/** Cut in front of each statement, then run again: the rows are those of a run without a cut, or it stops. */
describe.each([
  [
    'a table of a table',
    [
      'CREATE TEMP TABLE x AS SELECT v FROM old',
      'TRUNCATE old',
      'CREATE TEMP TABLE y AS SELECT v FROM x',
      'INSERT INTO t SELECT v FROM y',
    ],
    [3, 4, 5],
  ],
  [
    'a body that names it',
    ['CREATE TEMP TABLE x AS SELECT v FROM old', 'TRUNCATE old', 'DO $$ BEGIN INSERT INTO t SELECT v FROM x; END $$'],
    [3],
  ],
  [
    'a function that reads it',
    [
      'CREATE TEMP TABLE x AS SELECT v FROM old',
      "CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT v FROM x'",
      'TRUNCATE old',
      'INSERT INTO t SELECT pg_temp.f()',
    ],
    [4],
  ],
  [
    'a statement that was prepared',
    [
      'CREATE TEMP TABLE x AS SELECT v FROM old',
      'PREPARE p AS INSERT INTO t SELECT v FROM x',
      'TRUNCATE old',
      'EXECUTE p',
    ],
    [4],
  ],
  [
    'a sequence',
    [
      'CREATE TEMP SEQUENCE s',
      "INSERT INTO t SELECT nextval('s') FROM generate_series(1, 2)",
      "INSERT INTO t SELECT nextval('s') FROM generate_series(1, 2)",
    ],
    [3],
  ],
  [
    'a message that makes more',
    [
      "CREATE TABLE x AS SELECT 'lasting' AS v",
      'CREATE TEMP TABLE x AS SELECT v FROM old; CREATE TABLE more ()',
      'DROP TABLE x',
      'INSERT INTO t SELECT v FROM x',
    ],
    [3, 4],
  ],
  [
    'one that is discarded',
    [
      'CREATE TEMP TABLE x (v text)',
      'DISCARD TEMP',
      'CREATE TABLE x (v text)',
      "INSERT INTO x VALUES ('a')",
      'CREATE TABLE more ()',
      'INSERT INTO t SELECT v FROM x',
    ],
    [],
  ],
  [
    'one that is taken back',
    [
      'BEGIN; CREATE TEMP TABLE x (v text); ROLLBACK',
      'CREATE TABLE x (v text)',
      "INSERT INTO x VALUES ('a')",
      'INSERT INTO t SELECT v FROM x',
    ],
    [],
  ],
  [
    'one that is renamed',
    [
      'CREATE TABLE x (v text)',
      'CREATE TEMP TABLE x (v text)',
      'ALTER TABLE x RENAME TO y',
      "INSERT INTO x VALUES ('a')",
      "INSERT INTO y VALUES ('b')",
      'INSERT INTO t SELECT v FROM x',
    ],
    [4, 5, 6],
  ],
] as const)('%s', (_, statements, mayStop) => {
  const migrations = interruptible('CREATE TABLE t (v text)', ...statements);
  const locked = useLocked(migrations);
  const all = async (): Promise<readonly unknown[]> => [
    await rowsOf(locked.url(), 'SELECT v FROM t ORDER BY 1'),
    await rowsOf(
      locked.url(),
      "SELECT relname FROM pg_class WHERE relname IN ('x', 'y', 'more') AND relpersistence = 'p' ORDER BY 1",
    ),
  ];

  test.each(statements.map((__, i) => i + 1))('cut in front of statement %i', async (at) => {
    const up = (): Promise<void> => migrate(locked.url(), migrations, locked.lock().path);
    stopAt = -1;
    await up();
    const whole = await all();
    await stock(
      locked.url(),
      'DROP TABLE t, old, knex_migrations, knex_migrations_lock, holdfast_journal; DROP TABLE IF EXISTS x, more',
    );
    stopAt = at;
    await expect(up()).rejects.toThrow('cut');
    stopAt = -1;
    const error = await up().catch((each: unknown) => each);
    if (error === undefined) expect(await all()).toEqual(whole);
    else
      expect({ error, mayStop }).toMatchObject({
        error: { code: 'HF_REFUSED' },
        mayStop: expect.arrayContaining([at]),
      });
  });
});
