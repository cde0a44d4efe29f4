import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type CreateCheckConstraintFacts, createCheckConstraint } from './create-check-constraint.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: createCheckConstraint,
    args: { table: USERS, name: 'users_age', expression: 'age > 0' },
    over: {
      constraint: ['absent', 'unvalidated', 'valid'] as const,
      readable: [true, false],
      unvalidatedBelow: [false, true],
    },
    facts: ({ constraint, ...others }) => facts(constraint, others),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint   readable  unvalidatedBelow  form    steps
    absent       true      false             online  violations → add → validate (scan)
    absent       true      false             plain   violations → add (scan)
    absent       true      true              online  violations → add → validate (scan)
    absent       true      true              plain   violations → add → validate (scan)
    absent       false     false             online  add → validate (scan)
    absent       false     false             plain   add (scan)
    absent       false     true              online  add → validate (scan)
    absent       false     true              plain   add → validate (scan)
    unvalidated  true      false             online  violations → validate (scan)
    unvalidated  true      false             plain   violations → validate (scan)
    unvalidated  true      true              online  violations → validate (scan)
    unvalidated  true      true              plain   violations → validate (scan)
    unvalidated  false     false             online  validate (scan)
    unvalidated  false     false             plain   validate (scan)
    unvalidated  false     true              online  validate (scan)
    unvalidated  false     true              plain   validate (scan)
    valid        true      false             online  nothing left to do
    valid        true      false             plain   nothing left to do
    valid        true      true              online  nothing left to do
    valid        true      true              plain   nothing left to do
    valid        false     false             online  nothing left to do
    valid        false     false             plain   nothing left to do
    valid        false     true              online  nothing left to do
    valid        false     true              plain   nothing left to do"
  `);
});

test('what rows that violate make of it', () => {
  const plans = planTable({
    operation: createCheckConstraint,
    args: { table: USERS, name: 'users_age', expression: 'age > 0', onViolation: 'keep-unvalidated' },
    over: { constraint: ['absent', 'unvalidated', 'valid'] as const },
    facts: ({ constraint }) => facts(constraint, FOUND),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint   form    steps
    absent       online  add → left: not validated: 2 rows violate it
    absent       plain   add → left: not validated: 2 rows violate it
    unvalidated  online  left: not validated: 2 rows violate it
    unvalidated  plain   left: not validated: 2 rows violate it
    valid        online  nothing left to do
    valid        plain   nothing left to do"
  `);
  const warned = planTable({
    operation: createCheckConstraint,
    args: { table: USERS, name: 'users_age', expression: 'age > 0', onViolation: 'warn' },
    over: { constraint: ['absent', 'unvalidated', 'valid'] as const },
    facts: ({ constraint }) => facts(constraint, FOUND),
  });
  expect(warned).toMatchInlineSnapshot(`
    "constraint   form    steps
    absent       online  skipped: nothing was changed: 2 rows violate it
    absent       plain   skipped: nothing was changed: 2 rows violate it
    unvalidated  online  skipped: not validated: 2 rows violate it
    unvalidated  plain   skipped: not validated: 2 rows violate it
    valid        online  nothing left to do
    valid        plain   nothing left to do"
  `);
});

test('a constraint of a child that cannot be merged is in the way', () => {
  const plans = planTable({
    operation: createCheckConstraint,
    args: { table: USERS, name: 'users_age', expression: 'age > 0' },
    over: {
      inTheWay: [null, { table: { schema: 'public', name: 'kids' }, definition: 'CHECK ((age > 1)) NO INHERIT' }],
    },
    facts: (others) => facts('absent', others),
    forms: ['online'],
  });
  expect(plans).toContain('refused: public.kids, which would inherit it, has another constraint of that name:');
});

const FOUND = { probed: ['violations'], findings: { violations: '2 rows violate it' } };

function facts(
  constraint: CreateCheckConstraintFacts['state']['constraint'],
  others: Partial<CreateCheckConstraintFacts>,
): CreateCheckConstraintFacts {
  return {
    target: 'public.users.users_age',
    state: { constraint },
    begun: constraint !== 'absent',
    differences: [],
    missing: [],
    table: USERS,
    key: ['id'],
    stored: null,
    readable: true,
    hidden: false,
    below: [],
    inTheWay: null,
    unvalidatedBelow: false,
    twins: [],
    ...others,
  };
}
