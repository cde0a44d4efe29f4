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

  test('a ledger that is lost, and marks that may be of before it was taken back: it stops', async () => {
    await up();
    const before = await rows();
    await stock(locked.url(), 'DELETE FROM knex_migrations');
    await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rows()).toEqual(before);
  });

  test('without the marks: it stops', async () => {
    await up();
    const before = await rows();
    await stock(locked.url(), 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal');
    await expect(up()).rejects.toMatchObject({ code: 'HF_REFUSED' });
    expect(await rows()).toEqual(before);
  });
});
