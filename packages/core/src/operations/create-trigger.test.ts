import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createTrigger } from './create-trigger.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: createTrigger,
    args: {
      table: { schema: 'public', name: 'users' },
      name: 'touch',
      definition: 'BEFORE UPDATE EXECUTE FUNCTION touch()',
    },
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
