/** Values and conditions in Knex's own words, where rows are written. */
import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { errorOf, useDatabase } from '../core/support.js';
import { open } from '../lock/knex-migrations.js';

const db = useDatabase(`
  CREATE TABLE people (id integer PRIMARY KEY, name text, shown text, at timestamptz, best integer);
  CREATE TABLE copies (id integer PRIMARY KEY, shown text);
  INSERT INTO people (id, name) SELECT i, 'p?' || i FROM generate_series(1, 5) i`);

async function withKnex<T>(use: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = open(db.url());
  try {
    return await use(knex);
  } finally {
    await knex.destroy();
  }
}

test('raw, ref, fn and queries set what they say, with their values', () =>
  withKnex(async (knex) => {
    const g = guard(knex);
    const change = {
      set: {
        shown: knex.raw("upper(??) || ? || '\\?'", ['name', "'s"]),
        at: knex.fn.now(),
        best: knex('people').max('id'),
      },
      where: knex.raw('?? IS NULL AND id < ?', ['shown', 4]),
    };
    expect(await g.backfill('people', change)).toMatchObject({ status: 'applied', rows: 3 });
    expect(await g.backfill('people', change)).toMatchObject({ status: 'unchanged', rows: 0 });
    expect(await knex('people').select('id', 'shown', 'best').whereNotNull('at').orderBy('id')).toEqual(
      [1, 2, 3].map((id) => ({ id, shown: `P?${id}'s?`, best: 5 })),
    );
    const copied = {
      columns: { id: 'id', shown: knex.raw('?? || ?', ['name', '!']) },
      key: 'id',
    };
    expect(await g.copyRows('people', 'copies', copied)).toMatchObject({ rows: 5 });
    expect(await g.deleteRows('copies', { where: knex.raw('id > ?', [2]) })).toMatchObject({ rows: 3 });
    expect(await knex('copies').orderBy('id')).toEqual([
      { id: 1, shown: 'p?1!' },
      { id: 2, shown: 'p?2!' },
    ]);
    expect(await g.seed('copies', [{ id: 9, shown: knex.raw('lower(?)', ['ABC']) }], { key: 'id' })).toMatchObject({
      rows: 1,
    });
    expect(await knex('copies').where({ id: 9 }).first()).toEqual({ id: 9, shown: 'abc' });
    await g.safeSetNotNull('people', 'shown', { backfill: knex.raw('?? || ?', ['name', '-']) });
    expect(await knex('people').where({ id: 5 }).first('shown')).toEqual({ shown: 'p?5-' });
    const error = await errorOf(g.backfill('people', { set: { shown: () => knex.raw('lower(name)') } }));
    expect(error).toMatchObject({ code: 'HF_ARGUMENT' });
  }));
