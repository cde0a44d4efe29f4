import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { renameEnumValue } from './rename-enum-value.js';

const TYPE = { schema: 'public', name: 'mood' };

test('facts → steps', () => {
  expect(
    planTable({
      operation: renameEnumValue,
      args: { type: TYPE, from: 'sad', to: 'blue' },
      // Both, and neither outside of a plan, end before: as a mismatch, and as a missing parent.
      over: { value: ['from', 'none', 'to'] as const },
      facts: ({ value }) => ({
        target: 'public.mood.sad → blue',
        state: { value },
        begun: false,
        differences: [],
        missing: [],
        type: TYPE,
      }),
    }),
  ).toMatchInlineSnapshot(`
    "value  form    steps
    from   online  rename
    from   plain   rename
    none   online  rename
    none   plain   rename
    to     online  nothing left to do
    to     plain   nothing left to do"
  `);
});
