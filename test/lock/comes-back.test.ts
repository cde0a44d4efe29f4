/** A history that comes back to an earlier catalog: what is made, and dropped by a later migration that writes rows. */
import { describe, expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

describe.each([
  [
    'a table',
    {
      '0.js': raw('CREATE TABLE t (n int)'),
      '1.js': raw('CREATE TABLE a ()'),
      '2.js': raw('DROP TABLE a', 'INSERT INTO t VALUES (2)'),
      '3.js': raw('INSERT INTO t VALUES (3)'),
    },
  ],
  [
    'a column',
    {
      '0.js': raw('CREATE TABLE t (n int)', 'INSERT INTO t VALUES (1)'),
      '1.js': raw('ALTER TABLE t ADD tmp int', 'UPDATE t SET tmp = n * 10'),
      '2.js': raw('UPDATE t SET n = tmp', 'ALTER TABLE t DROP tmp'),
    },
  ],
] satisfies [string, Migrations][])('%s', (_, migrations: Migrations) => {
  const locked = useLocked(migrations);
  const up = (): Promise<void> => migrate(locked.url(), migrations, locked.lock().path);
  const rows = (): Promise<readonly unknown[]> => rowsOf(locked.url(), 'SELECT n FROM t ORDER BY 1');

  test.each([
    // They may be of before it was taken back by a runner that knows no marks.
    ['with the marks', 'DELETE FROM knex_migrations'],
    ['without them', 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal'],
  ])('a ledger that is lost, %s: it stops', async (__, lost) => {
    await up();
    const before = await rows();
    await stock(locked.url(), lost);
    await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rows()).toEqual(before);
  });
});
