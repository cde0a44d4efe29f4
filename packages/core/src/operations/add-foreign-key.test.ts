import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type AddForeignKeyFacts, addForeignKey } from './add-foreign-key.js';

const USERS = { schema: 'public', name: 'users' };
const ORGS = { schema: 'public', name: 'orgs' };
const ARGS = { table: USERS, key: { columns: ['org_id'], references: { table: ORGS, columns: ['id'] } } };

test('facts → steps', () => {
  const plans = planTable({
    operation: addForeignKey,
    args: ARGS,
    over: {
      constraint: ['absent', 'unvalidated', 'valid'] as const,
      mustScan: [false, true],
      readable: [true, false],
    },
    facts: ({ constraint, ...others }) => facts(constraint, others),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint   mustScan  readable  form    steps
    absent       false     true      online  orphans → add → validate (scan)
    absent       false     true      plain   orphans → add (scan)
    absent       false     false     online  add → validate (scan)
    absent       false     false     plain   add (scan)
    absent       true      true      online  orphans → add (scan)
    absent       true      true      plain   orphans → add (scan)
    absent       true      false     online  add (scan)
    absent       true      false     plain   add (scan)
    unvalidated  false     true      online  orphans → validate (scan)
    unvalidated  false     true      plain   orphans → validate (scan)
    unvalidated  false     false     online  validate (scan)
    unvalidated  false     false     plain   validate (scan)
    unvalidated  true      true      online  orphans → validate (scan)
    unvalidated  true      true      plain   orphans → validate (scan)
    unvalidated  true      false     online  validate (scan)
    unvalidated  true      false     plain   validate (scan)
    valid        false     true      online  nothing left to do
    valid        false     true      plain   nothing left to do
    valid        false     false     online  nothing left to do
    valid        false     false     plain   nothing left to do
    valid        true      true      online  nothing left to do
    valid        true      true      plain   nothing left to do
    valid        true      false     online  nothing left to do
    valid        true      false     plain   nothing left to do"
  `);
});

test('a table that refers to itself is locked once', () => {
  const self = facts('unvalidated', { referenced: USERS, readable: false });
  expect(firstStep(addForeignKey, self, ARGS, 'online').locks).toEqual([
    { on: USERS, mode: 'ShareUpdateExclusiveLock', kind: 'table' },
  ]);
});

function facts(
  constraint: AddForeignKeyFacts['state']['constraint'],
  others: Partial<AddForeignKeyFacts>,
): AddForeignKeyFacts {
  return {
    target: 'public.users(org_id)',
    state: { constraint },
    begun: constraint !== 'absent',
    differences: [],
    missing: [],
    table: USERS,
    referenced: ORGS,
    name: 'users_org_id_fkey',
    mustScan: false,
    primaryKey: ['id'],
    readable: true,
    ...others,
  };
}
