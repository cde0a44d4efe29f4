import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { dropExtension } from './drop-extension.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: dropExtension,
    args: { extension: 'citext' },
    over: { object: ['absent', 'present'] as const, dependents: [[], ['view v']] as const },
    facts: ({ object, dependents }) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state: { object },
      dependents,
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
