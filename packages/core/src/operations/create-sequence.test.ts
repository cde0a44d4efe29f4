import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createSequence } from './create-sequence.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: createSequence,
    args: { sequence: { schema: 'public', name: 'tickets' }, options: {} },
    over: { object: ['absent', 'present'] as const },
    facts: (state) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state,
      sequence: { schema: 'public', name: 'tickets' },
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
