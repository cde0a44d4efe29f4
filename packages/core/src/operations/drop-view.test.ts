import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { dropView } from './drop-view.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: dropView,
    args: { view: { schema: 'public', name: 'users' } },
    over: { object: ['absent', 'present'] as const, dependents: [[], ['view v']] as const },
    facts: ({ object, dependents }) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state: { object },
      dependents,
      view: { schema: 'public', name: 'users' },
      materialized: false,
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "object   dependents  form    steps
    absent   none        online  nothing left to do
    absent   none        plain   nothing left to do
    absent   view v      online  nothing left to do
    absent   view v      plain   nothing left to do
    present  none        online  drop
    present  none        plain   drop
    present  view v      online  refused: these depend on it:
    present  view v      plain   refused: these depend on it:"
  `);
});
