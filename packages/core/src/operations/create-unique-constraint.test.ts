import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createUniqueConstraint } from './create-unique-constraint.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps; the index is a child that is done before', () => {
  const plans = planTable({
    operation: createUniqueConstraint,
    args: { table: USERS, columns: ['email'] },
    over: { constraint: ['absent', 'present'] as const },
    facts: (state) => ({
      target: 'public.users(email)',
      state,
      begun: false,
      differences: [],
      missing: [],
      table: USERS,
      name: 'users_email_key',
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  form    steps
    absent      online  attach
    absent      plain   attach
    present     online  nothing left to do
    present     plain   nothing left to do"
  `);
  const children = createUniqueConstraint.children?.({ table: USERS, columns: ['email'] });
  expect(children?.before.map((each) => each.name)).toEqual(['safeCreateIndex']);
});
