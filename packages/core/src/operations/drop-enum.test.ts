import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { dropEnum } from './drop-enum.js';

const TYPE = { schema: 'public', name: 'mood' };

test('facts → steps', () => {
  expect(
    planTable({
      operation: dropEnum,
      args: { type: TYPE },
      over: { type: ['present', 'absent'] as const, uses: [[], ['column mood of table users']] },
      facts: ({ type, uses }) => ({
        target: 'public.mood',
        state: { type },
        begun: false,
        differences: [],
        missing: [],
        type: TYPE,
        uses,
      }),
    }),
  ).toMatchInlineSnapshot(`
    "type     uses                        form    steps
    present  none                        online  drop
    present  none                        plain   drop
    present  column mood of table users  online  refused: it is in use:
    present  column mood of table users  plain   refused: it is in use:
    absent   none                        online  nothing left to do
    absent   none                        plain   nothing left to do
    absent   column mood of table users  online  nothing left to do
    absent   column mood of table users  plain   nothing left to do"
  `);
});
