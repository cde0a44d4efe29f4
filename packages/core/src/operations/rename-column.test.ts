import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type RenameColumnFacts, renameColumn } from './rename-column.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: renameColumn,
    args: { table: USERS, from: 'legacy', to: 'heritage' },
    over: {
      from: ['present', 'absent'] as const,
      parents: [[], ['table people']] as const,
      obstacles: [[], ['table users_1 has a column of that name already']] as const,
    },
    facts: ({ from, parents, obstacles }): RenameColumnFacts => ({
      target: 'public.users.legacy to heritage',
      state: { from, to: from === 'present' ? 'absent' : 'present' },
      begun: false,
      differences: [],
      missing: [],
      table: USERS,
      parents,
      obstacles,
      descendants: [],
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "from     parents       obstacles                                        form    steps
    present  none          none                                             online  rename
    present  none          none                                             plain   rename
    present  none          table users_1 has a column of that name already  online  refused: the new name cannot be given:
    present  none          table users_1 has a column of that name already  plain   refused: the new name cannot be given:
    present  table people  none                                             online  refused: it is inherited from table people.
    present  table people  none                                             plain   refused: it is inherited from table people.
    present  table people  table users_1 has a column of that name already  online  refused: it is inherited from table people.
    present  table people  table users_1 has a column of that name already  plain   refused: it is inherited from table people.
    absent   none          none                                             online  nothing left to do
    absent   none          none                                             plain   nothing left to do
    absent   none          table users_1 has a column of that name already  online  nothing left to do
    absent   none          table users_1 has a column of that name already  plain   nothing left to do
    absent   table people  none                                             online  nothing left to do
    absent   table people  none                                             plain   nothing left to do
    absent   table people  table users_1 has a column of that name already  online  nothing left to do
    absent   table people  table users_1 has a column of that name already  plain   nothing left to do"
  `);
});
