import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { dropPolicy } from './drop-policy.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: dropPolicy,
    args: { table: { schema: 'public', name: 'users' }, name: 'own' },
    over: { object: ['absent', 'present'] as const },
    facts: (state) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state,
      dependents: [],
      table: { schema: 'public', name: 'users' },
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "object   form    steps
    absent   online  nothing left to do
    absent   plain   nothing left to do
    present  online  drop
    present  plain   drop"
  `);
});
