import type { LockedMigration, SchemaLock } from '@holdfast/core';
import { expect, test } from 'vitest';
import { compareEffects, compareFiles } from './compare.js';

const migration = (name: string, hash = name): LockedMigration => ({
  name,
  hash,
  catalog: {},
  touched: [],
  needs: [],
  rows: 'none',
  tail: false,
});
const of = (...migrations: LockedMigration[]): SchemaLock => ({
  version: 1,
  tool: 'knex',
  ignoreTables: [],
  migrations,
});

test.each([
  ['the same', of(migration('a'), migration('b')), []],
  ['one more', of(migration('a'), migration('b'), migration('c')), [{ problem: 'missing', migration: 'c' }]],
  ['another text', of(migration('a'), migration('b', 'x')), [{ problem: 'edited', migration: 'b' }]],
  ['another name', of(migration('a'), migration('c', 'b')), [{ problem: 'renamed', migration: 'c', was: 'b' }]],
  ['one less', of(migration('a')), [{ problem: 'gone', migration: 'b' }]],
  ['another order', of(migration('b'), migration('a')), [{ problem: 'order', migration: 'b' }]],
])('%s', (_, listed, findings) => {
  expect(compareFiles(of(migration('a'), migration('b')), listed)).toEqual(findings);
});

test('names what does something else than was locked', () => {
  const other = { ...migration('b'), catalog: { '+table public.t': '' } };
  expect(compareEffects(of(migration('a'), migration('b')), of(migration('a'), other))).toEqual([
    { problem: 'stale', migration: 'b' },
  ]);
});
