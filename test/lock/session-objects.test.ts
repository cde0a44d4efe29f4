/** A migration without a transaction that is interrupted between temporary objects: they are gone with its session. */
import { describe, expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, useLocked } from './knex-migrations.js';

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
