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

test('a referenced table is locked too: its triggers go', () => {
  const given = {
    ...facts({ column: 'present', blocking: [], lost: [] }),
    referenced: [{ schema: 'app', name: 'orgs' }],
  };
  const step = firstStep(dropColumn, given, { table: USERS, column: 'legacy' }, 'online');
  expect(step.locks.map((lock) => lock.on.name)).toEqual(['users', 'orgs']);
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
    blocking,
    lost,
    referenced: [],
  };
}
