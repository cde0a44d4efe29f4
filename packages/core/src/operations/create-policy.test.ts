import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createPolicy } from './create-policy.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: createPolicy,
    args: { table: { schema: 'public', name: 'users' }, name: 'own', policy: { using: 'true' } },
    over: { object: ['absent', 'present'] as const },
    facts: (state) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state,
      table: { schema: 'public', name: 'users' },
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "object   form    steps
    absent   online  create
    absent   plain   create
    present  online  nothing left to do
    present  plain   nothing left to do"
  `);
});
