import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type CreateUniqueConstraintFacts, createUniqueConstraint } from './create-unique-constraint.js';

const USERS = { schema: 'public', name: 'users' };
const ARGS = { table: USERS, columns: ['email'] };

test('facts → steps; the index is a child that is done before', () => {
  const plans = planTable({
    operation: createUniqueConstraint,
    args: ARGS,
    over: { constraint: ['absent', 'present'] as const, partitioned: [false, true] },
    facts: ({ constraint, partitioned }) => facts(constraint, partitioned),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  partitioned  form    steps
    absent      false        online  attach
    absent      false        plain   attach
    absent      true         online  add (scan)
    absent      true         plain   add (scan)
    present     false        online  nothing left to do
    present     false        plain   nothing left to do
    present     true         online  nothing left to do
    present     true         plain   nothing left to do"
  `);
});

test('no index is built where the constraint is there, or cannot take one over', () => {
  const children = (constraint: 'absent' | 'present', partitioned: boolean): readonly string[] =>
    createUniqueConstraint.children?.(ARGS, facts(constraint, partitioned)).before.map((each) => each.name) ?? [];
  expect(children('absent', false)).toEqual(['safeCreateIndex']);
  expect(children('present', false)).toEqual([]);
  expect(children('absent', true)).toEqual([]);
});

function facts(constraint: 'absent' | 'present', partitioned: boolean): CreateUniqueConstraintFacts {
  return {
    target: 'public.users(email)',
    state: { constraint },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    name: 'users_email_key',
    partitioned,
  };
}
