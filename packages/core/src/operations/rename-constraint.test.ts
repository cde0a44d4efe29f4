import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type RenameConstraintFacts, renameConstraint } from './rename-constraint.js';

const USERS = { schema: 'public', name: 'users' };
const PEOPLE = { schema: 'public', name: 'people', constraint: 'age' };
const KIDS = { schema: 'public', name: 'kids' };
const ARGS = { table: USERS, from: 'age', to: 'users_age' };
const CHECK = {
  type: 'c',
  valid: true,
  enforced: true,
  noInherit: false,
  expression: '(age > 0)',
  columns: ['age'],
  refcolumns: null,
  full: false,
  from: [],
  referenced: null,
  referencedKind: null,
  belowReferenced: [],
};

test('facts → steps', () => {
  const plans = planTable({
    operation: renameConstraint,
    args: ARGS,
    over: {
      name: ['from', 'to'] as const,
      type: ['c', 'f', 'u', 't'],
      inherited: [false, true],
      taken: [null, 'table public.users_age'],
    },
    facts: ({ name, type, inherited, taken }) =>
      facts(name, { taken, found: name === 'to' ? null : { ...CHECK, type, from: inherited ? [PEOPLE] : [] } }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "name  type  inherited  taken                   form    steps
    from  c     false      none                    online  rename
    from  c     false      table public.users_age  online  rename
    from  c     true       none                    online  refused: public.users has it from public.people, and so it has one name on all of them.
    from  c     true       table public.users_age  online  refused: public.users has it from public.people, and so it has one name on all of them.
    from  f     false      none                    online  rename
    from  f     false      table public.users_age  online  rename
    from  f     true       none                    online  rename
    from  f     true       table public.users_age  online  rename
    from  u     false      none                    online  rename
    from  u     false      table public.users_age  online  refused: its index would get the name as well, and that is taken: table public.users_age.
    from  u     true       none                    online  rename
    from  u     true       table public.users_age  online  refused: its index would get the name as well, and that is taken: table public.users_age.
    from  t     false      none                    online  refused: it belongs to a constraint trigger, which would keep its name.
    from  t     false      table public.users_age  online  refused: it belongs to a constraint trigger, which would keep its name.
    from  t     true       none                    online  refused: it belongs to a constraint trigger, which would keep its name.
    from  t     true       table public.users_age  online  refused: it belongs to a constraint trigger, which would keep its name.
    to    c     false      none                    online  nothing left to do
    to    c     false      table public.users_age  online  nothing left to do
    to    c     true       none                    online  nothing left to do
    to    c     true       table public.users_age  online  nothing left to do
    to    f     false      none                    online  nothing left to do
    to    f     false      table public.users_age  online  nothing left to do
    to    f     true       none                    online  nothing left to do
    to    f     true       table public.users_age  online  nothing left to do
    to    u     false      none                    online  nothing left to do
    to    u     false      table public.users_age  online  nothing left to do
    to    u     true       none                    online  nothing left to do
    to    u     true       table public.users_age  online  nothing left to do
    to    t     false      none                    online  nothing left to do
    to    t     false      table public.users_age  online  nothing left to do
    to    t     true       none                    online  nothing left to do
    to    t     true       table public.users_age  online  nothing left to do"
  `);
});

test('locks the tables on which the name changes', () => {
  const locks = (others: Partial<RenameConstraintFacts>): unknown =>
    firstStep(renameConstraint, facts('from', others), ARGS, 'online').locks;
  const own = { on: USERS, mode: 'AccessExclusiveLock', kind: 'table' };
  const kid = { on: KIDS, mode: 'AccessExclusiveLock', kind: 'other' };
  expect(locks({})).toEqual([own]);
  expect(locks({ below: [KIDS] })).toEqual([own, kid]);
  expect(locks({ below: [KIDS], found: { ...CHECK, type: 'p' } })).toEqual([{ ...own, only: true }]);
  expect(locks({ below: [KIDS], found: { ...CHECK, noInherit: true } })).toEqual([{ ...own, only: true }]);
});

function facts(
  name: RenameConstraintFacts['state']['name'],
  others: Partial<RenameConstraintFacts>,
): RenameConstraintFacts {
  return {
    target: 'public.users.age',
    state: { name },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    found: CHECK,
    kind: 'r',
    below: [],
    taken: null,
    ...others,
  };
}
