import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createSchema } from './create-schema.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: createSchema,
    args: { schema: 'app' },
    over: { object: ['absent', 'present'] as const },
    facts: (state) => ({ target: 't', begun: false, differences: [], missing: [], state }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "object   form    steps
    absent   online  create
    absent   plain   create
    present  online  nothing left to do
    present  plain   nothing left to do"
  `);
});
