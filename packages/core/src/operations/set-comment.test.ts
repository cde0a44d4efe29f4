import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { setComment } from './set-comment.js';

const USERS = { schema: 'public', name: 'users' };

test.each([
  { wanted: 'A person', text: 'A person' },
  { wanted: null, text: null },
  { wanted: '', text: null },
])('wanted $wanted: other texts are replaced, $text is left alone', ({ wanted, text }) => {
  const others = ['Something else', null, 'A person'].filter((each) => each !== text);
  const plans = planTable({
    operation: setComment,
    args: { table: USERS, column: 'name', text: wanted },
    over: { text: [...others, text] },
    facts: (state) => ({
      target: 'public.users.name',
      state,
      begun: false,
      differences: [],
      missing: [],
      table: USERS,
    }),
  });
  const rows = plans.split('\n').slice(1);
  expect(rows.slice(0, -2).every((row) => row.endsWith('comment'))).toBe(true);
  expect(rows.slice(-2).every((row) => row.endsWith('nothing left to do'))).toBe(true);
});
