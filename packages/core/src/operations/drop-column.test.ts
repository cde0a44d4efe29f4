import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type DropColumnFacts, dropColumn } from './drop-column.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: dropColumn,
    args: { table: USERS, column: 'legacy' },
    over: {
      column: ['present', 'absent'] as const,
      blocking: [[], ['view v']] as const,
      lost: [[], ['index i']] as const,
    },
    facts,
  });
  expect(plans).toMatchInlineSnapshot(`
    "column   blocking  lost     form    steps
    present  none      none     online  drop
    present  none      none     plain   drop
    present  none      index i  online  drop (at a risk)
    present  none      index i  plain   drop (at a risk)
    present  view v    none     online  refused: these depend on it:
    present  view v    none     plain   refused: these depend on it:
    present  view v    index i  online  refused: these depend on it:
    present  view v    index i  plain   refused: these depend on it:
    absent   none      none     online  nothing left to do
    absent   none      none     plain   nothing left to do
    absent   none      index i  online  nothing left to do
    absent   none      index i  plain   nothing left to do
    absent   view v    none     online  nothing left to do
    absent   view v    none     plain   nothing left to do
    absent   view v    index i  online  nothing left to do
    absent   view v    index i  plain   nothing left to do"
  `);
});

test('inheriting and referenced tables are locked too, and a sequence of its own', () => {
  const found = facts({ column: 'present', blocking: [], lost: [] });
  const given: DropColumnFacts = {
    ...found,
    descendants: [{ schema: 'public', name: 'users_1' }],
    dependents: {
      ...found.dependents,
      referenced: [{ schema: 'app', name: 'orgs' }],
      sequences: [{ schema: 'public', name: 'users_legacy_seq' }],
    },
  };
  const step = firstStep(dropColumn, given, { table: USERS, column: 'legacy' }, 'online');
  expect(step.locks.map((lock) => [lock.on.name, lock.kind])).toEqual([
    ['users', 'table'],
    ['users_1', 'table'],
    ['orgs', 'table'],
    ['users_legacy_seq', 'other'],
  ]);
});

test('a column that is not its own, or that spreads the rows, stays', () => {
  const plans = planTable({
    operation: dropColumn,
    args: { table: USERS, column: 'legacy' },
    over: { parents: [[], ['table people']] as const, partitionKey: [false, true] },
    facts: ({ parents, partitionKey }) => ({
      ...facts({ column: 'present', blocking: ['view v'], lost: [] }),
      parents,
      partitionKey,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "parents       partitionKey  form    steps
    none          false         online  refused: these depend on it:
    none          true          online  refused: it is part of the key by which the table is partitioned.
    table people  false         online  refused: it is inherited from table people.
    table people  true          online  refused: it is inherited from table people."
  `);
});

function facts({
  column,
  blocking,
  lost,
}: {
  readonly column: 'present' | 'absent';
  readonly blocking: readonly string[];
  readonly lost: readonly string[];
}): DropColumnFacts {
  return {
    target: 'public.users.legacy',
    state: { column },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    dependents: { blocking, lost, tables: [], referenced: [], sequences: [] },
    parents: [],
    partitionKey: false,
    descendants: [],
  };
}
