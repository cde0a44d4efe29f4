import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type CreateUniqueConstraintFacts, createUniqueConstraint } from './create-unique-constraint.js';

const USERS = { schema: 'public', name: 'users' };
const ARGS = { table: USERS, columns: ['email'] };

test('facts → steps; the index is a child that is done before', () => {
  const plans = planTable({
    operation: createUniqueConstraint,
    args: ARGS,
    over: { constraint: ['absent', 'present'] as const, partitioned: [false, true] },
    facts: ({ constraint, partitioned }) => facts(constraint, partitioned),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  partitioned  form    steps
    absent      false        online  attach
    absent      false        plain   attach
    absent      true         online  add (scan)
    absent      true         plain   add (scan)
    present     false        online  nothing left to do
    present     false        plain   nothing left to do
    present     true         online  nothing left to do
    present     true         plain   nothing left to do"
  `);
});

test('rows are looked at first; no index is built where the constraint is there, or cannot take one over', () => {
  const children = (constraint: 'absent' | 'present', partitioned: boolean): readonly string[] =>
    createUniqueConstraint.children?.(ARGS, facts(constraint, partitioned)).before.map((each) => each.name) ?? [];
  expect(children('absent', false)).toEqual(['keyRows', 'safeCreateIndex']);
  expect(children('present', false)).toEqual([]);
  expect(children('absent', true)).toEqual(['keyRows']);
});

test('what cannot be a key is refused, and what is there stays', () => {
  const obstacle = { refuse: 'no key can hold it', hint: 'Pick another.' };
  const plans = planTable({
    operation: createUniqueConstraint,
    args: ARGS,
    over: { constraint: ['absent', 'present'] as const, partitioned: [false, true] },
    facts: ({ constraint, partitioned }) => ({ ...facts(constraint, partitioned), obstacle }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  partitioned  form    steps
    absent      false        online  refused: no key can hold it
    absent      true         online  refused: no key can hold it
    present     false        online  nothing left to do
    present     true         online  nothing left to do"
  `);
});

test('everything that was asked for stands in the statement', () => {
  const args = { ...ARGS, include: ['name'], nullsNotDistinct: true, deferrable: 'deferred' } as const;
  expect(firstStep(createUniqueConstraint, facts('absent', true), args, 'plain').sql).toMatchInlineSnapshot(
    `"ALTER TABLE "public"."users" ADD CONSTRAINT "users_email_key" UNIQUE NULLS NOT DISTINCT ("email") INCLUDE ("name") DEFERRABLE INITIALLY DEFERRED"`,
  );
  expect(firstStep(createUniqueConstraint, facts('absent', false), args, 'plain').sql).toMatchInlineSnapshot(
    `"ALTER TABLE "public"."users" ADD CONSTRAINT "users_email_key" UNIQUE USING INDEX "users_email_key" DEFERRABLE INITIALLY DEFERRED"`,
  );
});

function facts(constraint: 'absent' | 'present', partitioned: boolean): CreateUniqueConstraintFacts {
  return {
    target: 'public.users(email)',
    state: { constraint },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    name: 'users_email_key',
    partitioned,
    ownRowsOnly: false,
    obstacle: null,
  };
}
