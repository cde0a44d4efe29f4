import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type AddPrimaryKeyFacts, addPrimaryKey } from './add-primary-key.js';

const USERS = { schema: 'public', name: 'users' };
const ARGS = { table: USERS, columns: ['org', 'id'] };

test('facts → steps; rows, NOT NULL and the index are children that are done before', () => {
  const plans = planTable({
    operation: addPrimaryKey,
    args: ARGS,
    over: { constraint: ['absent', 'present'] as const, partitioned: [false, true], obstacle: [false, true] },
    facts: ({ constraint, partitioned, obstacle }) => facts(constraint, partitioned, obstacle),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  partitioned  obstacle  form    steps
    absent      false        false     online  attach
    absent      false        false     plain   attach
    absent      false        true      online  refused: no key can hold it
    absent      false        true      plain   refused: no key can hold it
    absent      true         false     online  add (scan)
    absent      true         false     plain   add (scan)
    absent      true         true      online  refused: no key can hold it
    absent      true         true      plain   refused: no key can hold it
    present     false        false     online  nothing left to do
    present     false        false     plain   nothing left to do
    present     false        true      online  nothing left to do
    present     false        true      plain   nothing left to do
    present     true         false     online  nothing left to do
    present     true         false     plain   nothing left to do
    present     true         true      online  nothing left to do
    present     true         true      plain   nothing left to do"
  `);
});

test('a partitioned table builds its index with the key', () => {
  const children = (constraint: 'absent' | 'present', partitioned: boolean): readonly string[] =>
    addPrimaryKey.children?.(ARGS, facts(constraint, partitioned, false)).before.map((each) => each.name) ?? [];
  expect(children('absent', false)).toEqual(['keyRows', 'safeSetNotNull', 'safeSetNotNull', 'safeCreateIndex']);
  expect(children('absent', true)).toEqual(['keyRows', 'safeSetNotNull', 'safeSetNotNull']);
  expect(children('present', false)).toEqual([]);
  expect(children('present', true)).toEqual([]);
});

function facts(constraint: 'absent' | 'present', partitioned: boolean, obstacle: boolean): AddPrimaryKeyFacts {
  return {
    target: 'public.users(org, id)',
    state: { constraint },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    name: 'users_pkey',
    partitioned,
    ownRowsOnly: false,
    obstacle: obstacle ? { refuse: 'no key can hold it', hint: 'Pick another.' } : null,
  };
}
