import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type RenameTableFacts, renameTable } from './rename-table.js';

const USERS = { schema: 'public', name: 'users' };
const PEOPLE = { schema: 'public', name: 'people' };

test('facts → steps', () => {
  const plans = planTable({
    operation: renameTable,
    args: { from: USERS, to: PEOPLE },
    over: {
      from: ['present', 'absent'] as const,
      to: ['present', 'absent'] as const,
      otherKind: [null, 'a view'],
      taken: [null, 'index public.people'],
    },
    facts: ({ from, to, otherKind, taken }): RenameTableFacts => ({
      target: 'public.users to people',
      state: { from, to },
      begun: false,
      differences: [],
      missing: [],
      from: USERS,
      to: PEOPLE,
      otherKind,
      taken,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "from     to       otherKind  taken                form    steps
    present  present  none       none                 online  rename
    present  present  none       index public.people  online  refused: the name people is taken in that schema by index public.people.
    present  present  a view     none                 online  refused: public.users is a view, not a table.
    present  present  a view     index public.people  online  refused: public.users is a view, not a table.
    present  absent   none       none                 online  rename
    present  absent   none       index public.people  online  refused: the name people is taken in that schema by index public.people.
    present  absent   a view     none                 online  refused: public.users is a view, not a table.
    present  absent   a view     index public.people  online  refused: public.users is a view, not a table.
    absent   present  none       none                 online  nothing left to do
    absent   present  none       index public.people  online  nothing left to do
    absent   present  a view     none                 online  nothing left to do
    absent   present  a view     index public.people  online  nothing left to do
    absent   absent   none       none                 online  nothing left to do
    absent   absent   none       index public.people  online  nothing left to do
    absent   absent   a view     none                 online  refused: public.users is a view, not a table.
    absent   absent   a view     index public.people  online  refused: public.users is a view, not a table."
  `);
});
