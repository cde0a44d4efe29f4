import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createEnum } from './create-enum.js';

const MOOD = { schema: 'public', name: 'mood' };

test('facts → steps', () => {
  const plans = planTable({
    operation: createEnum,
    args: { type: MOOD, values: ['sad', 'happy'] },
    over: { type: ['absent', 'present'] as const },
    facts: (state) => ({ target: 'public.mood', state, begun: false, differences: [], missing: [], type: MOOD }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "type     form    steps
    absent   online  create
    absent   plain   create
    present  online  nothing left to do
    present  plain   nothing left to do"
  `);
});
