import { expect, test } from 'vitest';
import type { OnViolation } from '../data/violations.js';
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
    absent       false     true      online  violations → add → validate (scan)
    absent       false     true      plain   violations → add (scan)
    absent       false     false     online  add → validate (scan)
    absent       false     false     plain   add (scan)
    absent       true      true      online  violations → add (scan)
    absent       true      true      plain   violations → add (scan)
    absent       true      false     online  add (scan)
    absent       true      false     plain   add (scan)
    unvalidated  false     true      online  violations → validate (scan)
    unvalidated  false     true      plain   violations → validate (scan)
    unvalidated  false     false     online  validate (scan)
    unvalidated  false     false     plain   validate (scan)
    unvalidated  true      true      online  violations → validate (scan)
    unvalidated  true      true      plain   violations → validate (scan)
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

test('columns that cannot be compared are refused before any step', () => {
  const plans = planTable({
    operation: addForeignKey,
    args: ARGS,
    over: { constraint: ['absent', 'unvalidated'] as const },
    facts: ({ constraint }) => facts(constraint, { pairs: [{ ...PAIR, comparable: false }] }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint   form    steps
    absent       online  refused: PostgreSQL cannot compare the columns by the index of the referenced one:
    unvalidated  online  refused: PostgreSQL cannot compare the columns by the index of the referenced one:"
  `);
});

test('what orphans make of it', () => {
  const found = { probed: ['violations'], findings: { violations: '2 rows have no parent' } };
  const table = (onViolation: OnViolation): string =>
    planTable({
      operation: addForeignKey,
      args: { ...ARGS, onViolation },
      over: { constraint: ['absent', 'unvalidated'] as const, mustScan: [false, true] },
      facts: ({ constraint, ...others }) => facts(constraint, { ...found, ...others }),
    });
  expect(table('keep-unvalidated')).toMatchInlineSnapshot(`
    "constraint   mustScan  form    steps
    absent       false     online  add → left: not validated: 2 rows have no parent
    absent       false     plain   add → left: not validated: 2 rows have no parent
    absent       true      online  refused: 2 rows have no parent, and PostgreSQL before 18 has no NOT VALID foreign keys on partitioned tables: it cannot be kept unvalidated.
    absent       true      plain   refused: 2 rows have no parent, and PostgreSQL before 18 has no NOT VALID foreign keys on partitioned tables: it cannot be kept unvalidated.
    unvalidated  false     online  left: not validated: 2 rows have no parent
    unvalidated  false     plain   left: not validated: 2 rows have no parent
    unvalidated  true      online  left: not validated: 2 rows have no parent
    unvalidated  true      plain   left: not validated: 2 rows have no parent"
  `);
  expect(table('warn')).toMatchInlineSnapshot(`
    "constraint   mustScan  form    steps
    absent       false     online  skipped: nothing was changed: 2 rows have no parent
    absent       false     plain   skipped: nothing was changed: 2 rows have no parent
    absent       true      online  skipped: nothing was changed: 2 rows have no parent
    absent       true      plain   skipped: nothing was changed: 2 rows have no parent
    unvalidated  false     online  skipped: not validated: 2 rows have no parent
    unvalidated  false     plain   skipped: not validated: 2 rows have no parent
    unvalidated  true      online  skipped: not validated: 2 rows have no parent
    unvalidated  true      plain   skipped: not validated: 2 rows have no parent"
  `);
});

test('says what is worth knowing when it is made', () => {
  const says = (others: Partial<AddForeignKeyFacts>): unknown => {
    const step = firstStep(addForeignKey, facts('absent', { readable: false, ...others }), ARGS, 'online');
    return step.kind === 'sql' ? step.says : undefined;
  };
  expect(says({})).toEqual([]);
  expect(says({ pairs: [{ ...PAIR, reftype: 'bigint', same: false }] })).toMatchInlineSnapshot(`
    [
      "public.users.org_id is integer, public.orgs.id is bigint: they can be compared, but not each value of one fits the other",
    ]
  `);
  expect(says({ indexed: false })).toMatchInlineSnapshot(`
    [
      "no index of public.users begins with org_id: each DELETE in public.orgs, and each change of its key, reads all of public.users. Make one: await g.safeCreateIndex('public.users', ['org_id']);",
    ]
  `);
});

const PAIR = { column: 'org_id', type: 'integer', refcolumn: 'id', reftype: 'integer', same: true, comparable: true };

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
    hidden: false,
    child: { partitioned: false, below: [] },
    parent: { partitioned: false, below: [] },
    pairs: [PAIR],
    indexed: true,
    ...others,
  };
}
