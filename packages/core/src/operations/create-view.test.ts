import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { createView } from './create-view.js';

const STANDS = { refuse: 'other columns', hint: '' };

test('facts → steps', () => {
  const plans = planTable({
    operation: createView,
    args: { view: { schema: 'public', name: 'users' }, select: 'SELECT 1' },
    over: {
      object: ['absent', 'present'] as const,
      probed: [[], ['differs'], ['differs', 'replace']] as const,
      stands: [null, STANDS] as const,
    },
    facts: ({ object, probed, stands }) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state: { object },
      view: { schema: 'public', name: 'users' },
      stored: null,
      probed,
      stands,
    }),
  });
  expect(plans.replaceAll('[object Object]', 'yes            ')).toMatchInlineSnapshot(`
    "object   probed           stands           form    steps
    absent   none             none             online  create
    absent   none             none             plain   create
    absent   none             yes              online  refused: other columns
    absent   none             yes              plain   refused: other columns
    absent   differs          none             online  create → replace
    absent   differs          none             plain   create → replace
    absent   differs          yes              online  refused: other columns
    absent   differs          yes              plain   refused: other columns
    absent   differs,replace  none             online  create
    absent   differs,replace  none             plain   create
    absent   differs,replace  yes              online  refused: other columns
    absent   differs,replace  yes              plain   refused: other columns
    present  none             none             online  nothing left to do
    present  none             none             plain   nothing left to do
    present  none             yes              online  refused: other columns
    present  none             yes              plain   refused: other columns
    present  differs          none             online  replace
    present  differs          none             plain   replace
    present  differs          yes              online  refused: other columns
    present  differs          yes              plain   refused: other columns
    present  differs,replace  none             online  nothing left to do
    present  differs,replace  none             plain   nothing left to do
    present  differs,replace  yes              online  refused: other columns
    present  differs,replace  yes              plain   refused: other columns"
  `);
});
