import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type RenameIndexFacts, renameIndex } from './rename-index.js';

const FROM = { schema: 'public', name: 'users_email' };
const TO = { schema: 'public', name: 'users_by_email' };
const ARGS = { from: FROM, to: TO };

test('facts → steps', () => {
  const plans = planTable({
    operation: renameIndex,
    args: ARGS,
    over: {
      name: ['from', 'to', 'none'] as const,
      instead: [null, 'table public.users_email'],
      moves: [false, true],
    },
    facts: ({ name, instead, moves }) => facts(name, { instead, moves }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "name  instead                   moves  form    steps
    from  none                      false  online  rename
    from  none                      true   online  refused: an index stays in the schema of its table: public.users_email cannot become public.users_by_email.
    from  table public.users_email  false  online  refused: this is no index but the table public.users_email.
    from  table public.users_email  true   online  refused: this is no index but the table public.users_email.
    to    none                      false  online  nothing left to do
    to    none                      true   online  nothing left to do
    to    table public.users_email  false  online  nothing left to do
    to    table public.users_email  true   online  nothing left to do
    none  none                      false  online  rename
    none  none                      true   online  refused: an index stays in the schema of its table: public.users_email cannot become public.users_by_email.
    none  table public.users_email  false  online  refused: this is no index but the table public.users_email.
    none  table public.users_email  true   online  refused: this is no index but the table public.users_email."
  `);
});

test('says that the constraint is renamed too', () => {
  const given = facts('from', { constraint: { name: 'users_email', type: 'u' } });
  expect(firstStep(renameIndex, given, ARGS, 'plain').why).toBe(
    'renames the index, and the unique constraint of the same name with it; reads and writes go on',
  );
});

function facts(name: RenameIndexFacts['state']['name'], others: Partial<RenameIndexFacts>): RenameIndexFacts {
  return {
    target: 'public.users_email → users_by_email',
    state: { name },
    begun: false,
    differences: [],
    missing: [],
    from: FROM,
    to: TO,
    instead: null,
    constraint: null,
    moves: false,
    ...others,
  };
}
