import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type DropConstraintFacts, dropConstraint } from './drop-constraint.js';

const USERS = { schema: 'public', name: 'users' };
const ORGS = { schema: 'public', name: 'orgs' };
const KIDS = { schema: 'public', name: 'kids' };
const ARGS = { table: USERS, name: 'users_age' };
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
    operation: dropConstraint,
    args: ARGS,
    over: {
      type: ['none', 'c', 'f', 'n', 'p', 't'],
      index: [null, USERS],
      dependents: [[], ['view v']],
      identifies: ['no', 'replica identity'] as const,
    },
    facts: ({ type, ...others }) => facts({ ...others, found: type === 'none' ? null : { ...CHECK, type } }),
    forms: ['online'],
  });
  expect(plans.replaceAll('[object Object]', 'index')).toMatchInlineSnapshot(`
    "type  index            dependents  identifies        form    steps
    none  none             none        no                online  nothing left to do
    none  none             none        replica identity  online  nothing left to do
    none  none             view v      no                online  nothing left to do
    none  none             view v      replica identity  online  nothing left to do
    none  index  none        no                online  refused: there is no constraint of that name, but an index: public.users.
    none  index  none        replica identity  online  refused: there is no constraint of that name, but an index: public.users.
    none  index  view v      no                online  refused: there is no constraint of that name, but an index: public.users.
    none  index  view v      replica identity  online  refused: there is no constraint of that name, but an index: public.users.
    c     none             none        no                online  drop
    c     none             none        replica identity  online  drop (at a risk)
    c     none             view v      no                online  refused: these depend on it:
    c     none             view v      replica identity  online  refused: these depend on it:
    c     index  none        no                online  drop
    c     index  none        replica identity  online  drop (at a risk)
    c     index  view v      no                online  refused: these depend on it:
    c     index  view v      replica identity  online  refused: these depend on it:
    f     none             none        no                online  drop
    f     none             none        replica identity  online  drop (at a risk)
    f     none             view v      no                online  refused: these depend on it:
    f     none             view v      replica identity  online  refused: these depend on it:
    f     index  none        no                online  drop
    f     index  none        replica identity  online  drop (at a risk)
    f     index  view v      no                online  refused: these depend on it:
    f     index  view v      replica identity  online  refused: these depend on it:
    n     none             none        no                online  refused: it is the NOT NULL of column age.
    n     none             none        replica identity  online  refused: it is the NOT NULL of column age.
    n     none             view v      no                online  refused: it is the NOT NULL of column age.
    n     none             view v      replica identity  online  refused: it is the NOT NULL of column age.
    n     index  none        no                online  refused: it is the NOT NULL of column age.
    n     index  none        replica identity  online  refused: it is the NOT NULL of column age.
    n     index  view v      no                online  refused: it is the NOT NULL of column age.
    n     index  view v      replica identity  online  refused: it is the NOT NULL of column age.
    p     none             none        no                online  drop
    p     none             none        replica identity  online  drop (at a risk)
    p     none             view v      no                online  refused: these depend on it:
    p     none             view v      replica identity  online  refused: these depend on it:
    p     index  none        no                online  drop
    p     index  none        replica identity  online  drop (at a risk)
    p     index  view v      no                online  refused: these depend on it:
    p     index  view v      replica identity  online  refused: these depend on it:
    t     none             none        no                online  refused: it belongs to a constraint trigger, and goes with it.
    t     none             none        replica identity  online  refused: it belongs to a constraint trigger, and goes with it.
    t     none             view v      no                online  refused: it belongs to a constraint trigger, and goes with it.
    t     none             view v      replica identity  online  refused: it belongs to a constraint trigger, and goes with it.
    t     index  none        no                online  refused: it belongs to a constraint trigger, and goes with it.
    t     index  none        replica identity  online  refused: it belongs to a constraint trigger, and goes with it.
    t     index  view v      no                online  refused: it belongs to a constraint trigger, and goes with it.
    t     index  view v      replica identity  online  refused: it belongs to a constraint trigger, and goes with it."
  `);
});

test('what it has from a table above is dropped there', () => {
  const inherited = facts({ found: { ...CHECK, from: [{ ...ORGS, constraint: 'orgs_age' }] } });
  expect(dropConstraint.next(inherited, ARGS, 'online')).toMatchInlineSnapshot(`
    {
      "hint": "Drop it where it comes from:
      await g.safeDropConstraint('public.orgs', 'orgs_age');",
      "refuse": "public.users has it from public.orgs, and keeps it as long as it is there.",
    }
  `);
});

test('locks what loses it', () => {
  const locks = (others: Partial<DropConstraintFacts>): unknown =>
    firstStep(dropConstraint, facts(others), ARGS, 'online').locks;
  const own = { on: USERS, mode: 'AccessExclusiveLock', kind: 'table' };
  const parent = { on: ORGS, mode: 'AccessExclusiveLock', kind: 'table' };
  const kid = { on: KIDS, mode: 'AccessExclusiveLock', kind: 'other' };
  const key = { ...CHECK, type: 'f', referenced: ORGS, referencedKind: 'r' };
  expect(locks({})).toEqual([own]);
  expect(locks({ below: [KIDS] })).toEqual([own, kid]);
  expect(locks({ below: [KIDS], found: { ...CHECK, noInherit: true } })).toEqual([{ ...own, only: true }]);
  expect(locks({ found: key })).toEqual([own, parent]);
  expect(locks({ found: { ...key, referenced: USERS } })).toEqual([own]);
  expect(locks({ found: { ...key, belowReferenced: [KIDS] } })).toEqual([own, { ...parent, only: true }]);
  expect(locks({ found: { ...key, belowReferenced: [KIDS], referencedKind: 'p' } })).toEqual([own, parent, kid]);
});

function facts(others: Partial<DropConstraintFacts>): DropConstraintFacts {
  const { found = CHECK } = others;
  return {
    target: 'public.users.users_age',
    state: { constraint: found === null ? 'absent' : 'present' },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    kind: 'r',
    found,
    below: [],
    dependents: [],
    identifies: 'no',
    index: null,
    ...others,
  };
}
