import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { renameEnum } from './rename-enum.js';

const FROM = { schema: 'public', name: 'mood' };
const TO = { schema: 'public', name: 'humour' };

test('facts → steps', () => {
  expect(
    planTable({
      operation: renameEnum,
      args: { from: FROM, to: TO },
      over: { name: ['from', 'none', 'to'] as const, moves: [false, true] },
      facts: ({ name, moves }) => ({
        target: 'public.mood → humour',
        state: { name },
        begun: false,
        differences: [],
        missing: [],
        from: FROM,
        to: TO,
        moves,
      }),
    }),
  ).toMatchInlineSnapshot(`
    "name  moves  form    steps
    from  false  online  rename
    from  false  plain   rename
    from  true   online  refused: a rename does not move the type to another schema: public.mood keeps the schema public.
    from  true   plain   refused: a rename does not move the type to another schema: public.mood keeps the schema public.
    none  false  online  rename
    none  false  plain   rename
    none  true   online  refused: a rename does not move the type to another schema: public.mood keeps the schema public.
    none  true   plain   refused: a rename does not move the type to another schema: public.mood keeps the schema public.
    to    false  online  nothing left to do
    to    false  plain   nothing left to do
    to    true   online  nothing left to do
    to    true   plain   nothing left to do"
  `);
});
