import { expect, test } from 'vitest';
import type { OnViolation } from '../data/violations.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type ValidateConstraintFacts, validateConstraint } from './validate-constraint.js';

const USERS = { schema: 'public', name: 'users' };
const ORGS = { schema: 'public', name: 'orgs' };
const KIDS = { schema: 'public', name: 'kids' };
const ARGS = { table: USERS, name: 'users_age' };
const CHECK = {
  type: 'c',
  valid: false,
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
const KEY = { ...CHECK, type: 'f', columns: ['org_id'], refcolumns: ['id'], referenced: ORGS, referencedKind: 'r' };

test('facts → steps', () => {
  const plans = planTable({
    operation: validateConstraint,
    args: ARGS,
    over: { type: ['c', 'f', 'n', 'u'], valid: [false, true], enforced: [true, false], readable: [true, false] },
    facts: ({ type, valid, enforced, readable }) =>
      facts({ readable, found: { ...(type === 'f' ? KEY : CHECK), type, valid, enforced } }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "type  valid  enforced  readable  form    steps
    c     false  true      true      online  violations → validate (scan)
    c     false  true      false     online  validate (scan)
    c     false  false     true      online  refused: this check constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    c     false  false     false     online  refused: this check constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    c     true   true      true      online  nothing left to do
    c     true   true      false     online  nothing left to do
    c     true   false     true      online  refused: this check constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    c     true   false     false     online  refused: this check constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    f     false  true      true      online  violations → validate (scan)
    f     false  true      false     online  validate (scan)
    f     false  false     true      online  refused: this foreign key constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    f     false  false     false     online  refused: this foreign key constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    f     true   true      true      online  nothing left to do
    f     true   true      false     online  nothing left to do
    f     true   false     true      online  refused: this foreign key constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    f     true   false     false     online  refused: this foreign key constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    n     false  true      true      online  violations → validate (scan)
    n     false  true      false     online  validate (scan)
    n     false  false     true      online  refused: this NOT NULL constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    n     false  false     false     online  refused: this NOT NULL constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    n     true   true      true      online  nothing left to do
    n     true   true      false     online  nothing left to do
    n     true   false     true      online  refused: this NOT NULL constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    n     true   false     false     online  refused: this NOT NULL constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    u     false  true      true      online  violations → validate (scan)
    u     false  true      false     online  validate (scan)
    u     false  false     true      online  refused: this unique constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    u     false  false     false     online  refused: this unique constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    u     true   true      true      online  nothing left to do
    u     true   true      false     online  nothing left to do
    u     true   false     true      online  refused: this unique constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate.
    u     true   false     false     online  refused: this unique constraint is NOT ENFORCED: PostgreSQL never looks at it, so there is nothing to validate."
  `);
});

test('none of that name: what an earlier planned operation will make needs nothing more', () => {
  expect(validateConstraint.next(facts({ found: null }), ARGS, 'online')).toBe(null);
});

test.each<[OnViolation, string, string]>([
  ['warn', 'skipped', 'not validated: 2 rows violate it'],
  ['keep-unvalidated', 'left', 'not validated: 2 rows violate it'],
])('with %s it ends: %s', (onViolation, end, reason) => {
  const found = facts({ probed: ['violations'], findings: { violations: '2 rows violate it' } });
  expect(validateConstraint.next(found, { ...ARGS, onViolation }, 'online')).toEqual({ end, reason });
});

test('locks what it reads, and the referenced table', () => {
  const locks = (others: Partial<ValidateConstraintFacts>): unknown =>
    firstStep(validateConstraint, facts({ readable: false, ...others }), ARGS, 'online').locks;
  const own = { on: USERS, mode: 'ShareUpdateExclusiveLock', kind: 'table' };
  const kid = { on: KIDS, mode: 'ShareUpdateExclusiveLock', kind: 'other' };
  const parent = { on: ORGS, mode: 'RowShareLock', kind: 'table' };
  expect(locks({})).toEqual([own]);
  expect(locks({ below: [KIDS] })).toEqual([own, kid]);
  expect(locks({ below: [KIDS], found: { ...CHECK, noInherit: true } })).toEqual([{ ...own, only: true }]);
  expect(locks({ found: KEY })).toEqual([own, parent]);
  expect(locks({ found: { ...KEY, referenced: USERS } })).toEqual([own]);
  expect(locks({ found: KEY, below: [KIDS] })).toEqual([{ ...own, only: true }, parent]);
  expect(locks({ found: KEY, below: [KIDS], kind: 'p' })).toEqual([own, kid, parent]);
  expect(locks({ found: { ...KEY, belowReferenced: [KIDS] } })).toEqual([own, { ...parent, only: true }]);
});

function facts(others: Partial<ValidateConstraintFacts>): ValidateConstraintFacts {
  const { found = CHECK } = others;
  return {
    target: 'public.users.users_age',
    state: { constraint: found?.valid === true ? 'valid' : 'unvalidated' },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    kind: 'r',
    found,
    below: [],
    primaryKey: ['id'],
    readable: true,
    hidden: false,
    ...others,
  };
}
