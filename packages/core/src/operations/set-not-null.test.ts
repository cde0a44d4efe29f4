import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type SetNotNullFacts, type SetNotNullState, setNotNull } from './set-not-null.js';

const USERS = { schema: 'public', name: 'users' };
const HELPERS = ['none', 'unvalidated', 'validated'] as const;
const BOTH = [false, true] as const;

test('before PostgreSQL 18: facts → steps', () => {
  const plans = planTable({
    operation: setNotNull,
    args: { table: USERS, column: 'email' },
    over: { notNull: ['no', 'yes'] as const, provedByOther: BOTH, helper: [...HELPERS].reverse() },
    facts: (values) => facts({ ...values, native: false }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "notNull  provedByOther  helper       form    steps
    no       false          validated    online  set not null → drop helper
    no       false          validated    plain   set not null → drop helper
    no       false          unvalidated  online  nulls → validate (scan) → set not null → drop helper
    no       false          unvalidated  plain   nulls → set not null (scan) → drop helper
    no       false          none         online  nulls → add helper → validate (scan) → set not null → drop helper
    no       false          none         plain   nulls → set not null (scan)
    no       true           validated    online  set not null → drop helper
    no       true           validated    plain   set not null → drop helper
    no       true           unvalidated  online  set not null → drop helper
    no       true           unvalidated  plain   set not null → drop helper
    no       true           none         online  set not null
    no       true           none         plain   set not null
    yes      false          validated    online  drop helper
    yes      false          validated    plain   drop helper
    yes      false          unvalidated  online  drop helper
    yes      false          unvalidated  plain   drop helper
    yes      false          none         online  nothing left to do
    yes      false          none         plain   nothing left to do
    yes      true           validated    online  drop helper
    yes      true           validated    plain   drop helper
    yes      true           unvalidated  online  drop helper
    yes      true           unvalidated  plain   drop helper
    yes      true           none         online  nothing left to do
    yes      true           none         plain   nothing left to do"
  `);
});

test('from 18 on: facts → steps', () => {
  const plans = planTable({
    operation: setNotNull,
    args: { table: USERS, column: 'email' },
    over: { notNull: ['no', 'unvalidated', 'yes'] as const, provedByOther: BOTH, helper: [...HELPERS].reverse() },
    facts: (values) => facts({ ...values, native: true }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "notNull      provedByOther  helper       form    steps
    no           false          validated    online  set not null → drop helper
    no           false          validated    plain   set not null → drop helper
    no           false          unvalidated  online  nulls → add not valid → validate (scan) → drop helper
    no           false          unvalidated  plain   nulls → set not null (scan) → drop helper
    no           false          none         online  nulls → add not valid → validate (scan)
    no           false          none         plain   nulls → set not null (scan)
    no           true           validated    online  set not null → drop helper
    no           true           validated    plain   set not null → drop helper
    no           true           unvalidated  online  set not null → drop helper
    no           true           unvalidated  plain   set not null → drop helper
    no           true           none         online  set not null
    no           true           none         plain   set not null
    unvalidated  false          validated    online  validate (scan) → drop helper
    unvalidated  false          validated    plain   validate (scan) → drop helper
    unvalidated  false          unvalidated  online  nulls → validate (scan) → drop helper
    unvalidated  false          unvalidated  plain   nulls → validate (scan) → drop helper
    unvalidated  false          none         online  nulls → validate (scan)
    unvalidated  false          none         plain   nulls → validate (scan)
    unvalidated  true           validated    online  validate (scan) → drop helper
    unvalidated  true           validated    plain   validate (scan) → drop helper
    unvalidated  true           unvalidated  online  validate (scan) → drop helper
    unvalidated  true           unvalidated  plain   validate (scan) → drop helper
    unvalidated  true           none         online  validate (scan)
    unvalidated  true           none         plain   validate (scan)
    yes          false          validated    online  drop helper
    yes          false          validated    plain   drop helper
    yes          false          unvalidated  online  drop helper
    yes          false          unvalidated  plain   drop helper
    yes          false          none         online  nothing left to do
    yes          false          none         plain   nothing left to do
    yes          true           validated    online  drop helper
    yes          true           validated    plain   drop helper
    yes          true           unvalidated  online  drop helper
    yes          true           unvalidated  plain   drop helper
    yes          true           none         online  nothing left to do
    yes          true           none         plain   nothing left to do"
  `);
});

test('with a backfill, rows are filled before they are looked at', () => {
  const plans = planTable({
    operation: setNotNull,
    args: { table: USERS, column: 'email', backfill: { value: 'x' } },
    over: { notNull: ['no', 'unvalidated', 'yes'] as const, helper: [...HELPERS].reverse() },
    facts: (values) => facts({ ...values, provedByOther: false, native: true }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "notNull      helper       form    steps
    no           validated    online  set not null → drop helper
    no           validated    plain   set not null → drop helper
    no           unvalidated  online  fill (rewrite) → nulls → add not valid → validate (scan) → drop helper
    no           unvalidated  plain   fill (rewrite) → nulls → set not null (scan) → drop helper
    no           none         online  fill (rewrite) → nulls → add not valid → validate (scan)
    no           none         plain   fill (rewrite) → nulls → set not null (scan)
    unvalidated  validated    online  validate (scan) → drop helper
    unvalidated  validated    plain   validate (scan) → drop helper
    unvalidated  unvalidated  online  fill (rewrite) → nulls → validate (scan) → drop helper
    unvalidated  unvalidated  plain   fill (rewrite) → nulls → validate (scan) → drop helper
    unvalidated  none         online  fill (rewrite) → nulls → validate (scan)
    unvalidated  none         plain   fill (rewrite) → nulls → validate (scan)
    yes          validated    online  drop helper
    yes          validated    plain   drop helper
    yes          unvalidated  online  drop helper
    yes          unvalidated  plain   drop helper
    yes          none         online  nothing left to do
    yes          none         plain   nothing left to do"
  `);
});

function facts({
  notNull,
  helper,
  provedByOther,
  native,
}: SetNotNullState & Pick<SetNotNullFacts, 'provedByOther' | 'native'>): SetNotNullFacts {
  return {
    target: 'public.users.email',
    state: { notNull, helper },
    begun: helper !== 'none',
    differences: [],
    missing: [],
    table: USERS,
    key: ['id'],
    helperName: 'holdfast_not_null_users_email',
    provedByOther,
    native,
    taken: [],
    constraint: null,
    ownRowsOnly: false,
  };
}
