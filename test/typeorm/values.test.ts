/** Values and conditions in TypeORM's own words, where rows are written. */
import { guard } from '@holdfast/typeorm';
import { DataSource } from 'typeorm';
import { expect, test } from 'vitest';
import { errorOf, useDatabase } from '../core/support.js';

const db = useDatabase(`
  CREATE TABLE people (id integer PRIMARY KEY, name text, shown text);
  INSERT INTO people (id, name) SELECT i, 'p' || i FROM generate_series(1, 5) i`);

test('functions that give SQL, as in update().set()', async () => {
  const dataSource = await new DataSource({ type: 'postgres', url: db.url() }).initialize();
  const queryRunner = dataSource.createQueryRunner();
  try {
    const g = guard(queryRunner);
    const change = { set: { shown: () => 'upper(name)' }, where: () => 'shown IS NULL AND id < 4' };
    expect(await g.backfill('people', change)).toMatchObject({ status: 'applied', rows: 3 });
    expect(await g.backfill('people', change)).toMatchObject({ status: 'unchanged', rows: 0 });
    expect(await g.deleteRows('people', { where: () => 'shown IS NULL' })).toMatchObject({ rows: 2 });
    expect(await queryRunner.query('SELECT shown FROM people ORDER BY id')).toEqual(
      ['P1', 'P2', 'P3'].map((shown) => ({ shown })),
    );
    await queryRunner.query('UPDATE people SET shown = NULL WHERE id = 2');
    await g.safeSetNotNull('people', 'shown', { backfill: () => "name || '!'" });
    expect(await queryRunner.query('SELECT shown FROM people WHERE id = 2')).toEqual([{ shown: 'p2!' }]);
    const error = await errorOf(g.backfill('people', { set: { shown: async () => 'upper(name)' } }));
    expect(error).toMatchObject({ code: 'HF_ARGUMENT' });
  } finally {
    await queryRunner.release();
    await dataSource.destroy();
  }
});
