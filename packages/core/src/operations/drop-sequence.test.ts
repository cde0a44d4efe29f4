import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { dropSequence } from './drop-sequence.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: dropSequence,
    args: { sequence: { schema: 'public', name: 'tickets' } },
    over: { object: ['absent', 'present'] as const, dependents: [[], ['column id of table t']] as const },
    facts: ({ object, dependents }) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state: { object },
      dependents,
      sequence: { schema: 'public', name: 'tickets' },
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "object   dependents            form    steps
    absent   none                  online  nothing left to do
    absent   none                  plain   nothing left to do
    absent   column id of table t  online  nothing left to do
    absent   column id of table t  plain   nothing left to do
    present  none                  online  drop
    present  none                  plain   drop
    present  column id of table t  online  refused: these depend on it:
    present  column id of table t  plain   refused: these depend on it:"
  `);
});
