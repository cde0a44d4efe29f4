import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createCheckConstraint } from './create-check-constraint.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: createCheckConstraint,
    args: { table: USERS, name: 'users_age', expression: 'age > 0' },
    over: { constraint: ['absent', 'unvalidated', 'valid'] as const },
    facts: (state) => ({
      target: 'public.users.users_age',
      state,
      begun: state.constraint !== 'absent',
      differences: [],
      missing: [],
      table: USERS,
      key: ['id'],
      stored: null,
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint   form    steps
    absent       online  violations → add → validate (scan)
    absent       plain   violations → add (scan)
    unvalidated  online  violations → validate (scan)
    unvalidated  plain   violations → validate (scan)
    valid        online  nothing left to do
    valid        plain   nothing left to do"
  `);
});
