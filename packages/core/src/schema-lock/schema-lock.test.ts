import { describe, expect, test } from 'vitest';
import type { RefusedError } from '../errors.js';
import {
  CatalogHistory,
  catalogDelta,
  footprintOf,
  parseSchemaLock,
  printSchemaLock,
  type SchemaLock,
} from './schema-lock.js';

const HASH = 'a'.repeat(64);
const LOCK: SchemaLock = {
  version: 1,
  tool: 'knex',
  ignoreTables: ['knex_migrations'],
  migrations: [
    {
      name: 'a',
      hash: HASH,
      catalog: { '+column public.t.c': 'text', '+table public.t': '' },
      touched: ['enum public.e'],
      needs: [],
      rows: 'none',
      tail: false,
    },
    {
      name: 'b',
      hash: HASH,
      catalog: { '-table public.t': null, '~column public.t.c': 'integer' },
      touched: [],
      needs: ['table public.t'],
      rows: 'writes',
      tail: true,
    },
  ],
};

test('what is printed is read', () => {
  expect(parseSchemaLock(printSchemaLock(LOCK), 'x.json')).toEqual(LOCK);
});

test('the catalog after each migration, from what each changes, and back', () => {
  const catalogs = new CatalogHistory(LOCK);
  const [first, second] = [catalogs.lines(0), catalogs.lines(1)];
  expect([...(first ?? [])]).toEqual([
    ['column public.t.c', 'text'],
    ['table public.t', ''],
  ]);
  expect([...(second ?? [])]).toEqual([['column public.t.c', 'integer']]);
  expect(catalogDelta(first ?? new Map(), second ?? new Map())).toEqual(LOCK.migrations[1]?.catalog);
});

test('the footprint is what changed and what was touched besides', () => {
  const [first] = LOCK.migrations;
  expect(first && [...footprintOf(first)]).toEqual(['column public.t.c', 'table public.t', 'enum public.e']);
});

describe('what is refused', () => {
  const edited = (edit: (lock: { migrations: object[] }) => void): string => {
    const copy = JSON.parse(printSchemaLock(LOCK)) as { migrations: object[] };
    edit(copy);
    return JSON.stringify(copy);
  };
  test.each([
    ['{', /this is not JSON/],
    ['[]', /this is not a lock of a schema/],
    [edited((lock) => Object.assign(lock, { version: 2 })), /its version is 2, and this Holdfast reads version 1/],
    [edited((lock) => Object.assign(lock, { tool: 'umzug' })), /: tool is not as it should be/],
    [edited((lock) => Object.assign(lock.migrations[0] ?? {}, { hash: 'x' })), /migrations\[0\]\.hash is not/],
    [
      edited((lock) => Object.assign(lock.migrations[1] ?? {}, { catalog: { 'table t': '' } })),
      /migrations\[1\]\.catalog is not/,
    ],
    [edited((lock) => Object.assign(lock.migrations[1] ?? {}, { name: 'a' })), /migrations: a, which is there twice/],
  ])('%s', (text, message) => {
    const refused = (): unknown => parseSchemaLock(text, 'x.json');
    expect(refused).toThrow(message);
    try {
      refused();
    } catch (error) {
      expect((error as RefusedError).code).toBe('HF_REFUSED');
    }
  });
});
