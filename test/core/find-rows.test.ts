import { guard, sql } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { errorOf, useDatabase } from './support.js';

const db = useDatabase(`
  CREATE TABLE people (id integer PRIMARY KEY, email text, team integer);
  INSERT INTO people VALUES (1, 'a', 1), (2, 'a', 1), (3, 'a', 2), (4, 'b', 1), (5, 'b', NULL), (6, 'b', NULL), (7, NULL, 1), (8, NULL, 1);
  CREATE TABLE many (n integer);
  INSERT INTO many SELECT i % 10500 FROM generate_series(1, 21000) i;
  INSERT INTO many SELECT NULL FROM generate_series(1, 10001);
`);

describe('findDuplicates', () => {
  test('counts keys and shows those with the most rows first', async () => {
    const g = guard(await db.connect());
    expect(await g.findDuplicates('people', ['email'])).toEqual({
      count: 2,
      atLeast: false,
      samples: [
        { email: 'a', rows: 3 },
        { email: 'b', rows: 3 },
      ],
    });
    expect(await g.findDuplicates('people', ['email', 'team'])).toMatchObject({
      count: 1,
      samples: [{ email: 'a', team: 1, rows: 2 }],
    });
    expect(await g.findDuplicates('people', ['email', 'team'], { nullsNotDistinct: true })).toMatchObject({ count: 3 });
    expect(await g.findDuplicates('people', ['email'], { where: sql`team = ${2}` })).toMatchObject({ count: 0 });
    expect(await g.findDuplicates('people', ['email'], { limit: 0 })).toMatchObject({ count: 2, samples: [] });
  });

  test('stops counting at ten thousand', async () => {
    const found = await guard(await db.connect()).findDuplicates('many', ['n'], { limit: 1 });
    expect(found).toMatchObject({ count: 10_000, atLeast: true });
    expect(found.samples).toHaveLength(1);
  });
});

describe('findNulls', () => {
  test('counts and shows the rows', async () => {
    const g = guard(await db.connect());
    expect(await g.findNulls('people', 'email', { select: ['id'] })).toEqual({
      count: 2,
      atLeast: false,
      samples: [{ id: 7 }, { id: 8 }],
    });
    expect(await g.findNulls('people', 'team', { where: { email: 'b' }, limit: 1 })).toMatchObject({ count: 2 });
    expect(await g.findNulls('many', 'n')).toMatchObject({ count: 10_000, atLeast: true });
  });
});

test('both say by name what they need', async () => {
  const g = guard(await db.connect());
  const [duplicates, nulls] = [g.findDuplicates('people', ['id', 'mail']), g.findNulls('peopel', 'id')];
  expect((await errorOf(duplicates)).message).toContain(
    'column public.people.mail does not exist (there is public.people.email',
  );
  expect((await errorOf(nulls)).message).toContain('table peopel does not exist (there is public.people');
  expect(await errorOf(g.findDuplicates('people', []))).toMatchObject({ code: 'HF_ARGUMENT' });
  expect(await errorOf(g.findNulls('people', 'id', { limit: -1 }))).toMatchObject({ code: 'HF_ARGUMENT' });
});
