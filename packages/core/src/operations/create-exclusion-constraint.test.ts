import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type CreateExclusionConstraintFacts, createExclusionConstraint } from './create-exclusion-constraint.js';

const BOOKINGS = { schema: 'public', name: 'bookings' };
const elements = [{ column: 'during', with: '&&' }];
const ARGS = { table: BOOKINGS, name: 'no_overlap', exclusion: { elements } };

test('facts → steps', () => {
  const plans = planTable({
    operation: createExclusionConstraint,
    args: ARGS,
    over: { constraint: ['absent', 'present'] as const, obstacle: [false, true] },
    facts: ({ constraint, obstacle }) => facts(constraint, obstacle),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  obstacle  form    steps
    absent      false     online  conflicts → add (scan)
    absent      false     plain   conflicts → add (scan)
    absent      true      online  refused: it cannot be
    absent      true      plain   refused: it cannot be
    present     false     online  nothing left to do
    present     false     plain   nothing left to do
    present     true      online  nothing left to do
    present     true      plain   nothing left to do"
  `);
});

test('a text that is taken word for word is not looked into', () => {
  const plans = planTable({
    operation: createExclusionConstraint,
    args: { ...ARGS, exclusion: { elements: [], verbatim: 'USING gist (during WITH &&)' } },
    over: { constraint: ['absent', 'present'] as const },
    facts: ({ constraint }) => facts(constraint, false),
  });
  expect(plans).toMatchInlineSnapshot(`
    "constraint  form    steps
    absent      online  add (scan)
    absent      plain   add (scan)
    present     online  nothing left to do
    present     plain   nothing left to do"
  `);
});

test('everything that was asked for stands in the statements', () => {
  const exclusion = {
    elements: [
      { column: 'Room', opclass: 'public.gist_text_ops', with: '=' },
      { expression: 'tsrange(a, b) -- both', with: 'pg_catalog.&&' },
    ],
    method: 'gist',
    where: 'NOT cancelled',
    deferrable: 'deferred',
  } as const;
  const args = { ...ARGS, exclusion };
  const seen = facts('absent', false);
  expect(firstStep(createExclusionConstraint, seen, args, 'plain').sql).toMatchInlineSnapshot(`
    "SELECT a.shown AS row, b.shown AS conflicts_with FROM (SELECT tableoid AS place, ctid AS spot, "Room" AS e1, (tsrange(a, b) -- both
    ) AS e2, pg_catalog.json_build_object('id', "id", 'Room', "Room", 'tsrange(a, b) -- both', (tsrange(a, b) -- both
    )) AS shown FROM "public"."bookings" WHERE (NOT cancelled)) a JOIN (SELECT tableoid AS place, ctid AS spot, "Room" AS e1, (tsrange(a, b) -- both
    ) AS e2, pg_catalog.json_build_object('id', "id", 'Room', "Room", 'tsrange(a, b) -- both', (tsrange(a, b) -- both
    )) AS shown FROM "public"."bookings" WHERE (NOT cancelled)) b ON a.e1 = b.e1 AND a.e2 OPERATOR("pg_catalog".&&) b.e2 AND (a.place, a.spot) < (b.place, b.spot)"
  `);
  const after = { ...seen, probed: ['conflicts'] };
  expect(firstStep(createExclusionConstraint, after, args, 'plain').sql).toMatchInlineSnapshot(`
    "ALTER TABLE "public"."bookings" ADD CONSTRAINT "no_overlap" EXCLUDE USING "gist" ("Room" "public"."gist_text_ops" WITH =, (tsrange(a, b) -- both
    ) WITH OPERATOR("pg_catalog".&&)) WHERE (NOT cancelled) DEFERRABLE INITIALLY DEFERRED"
  `);
});

function facts(constraint: 'absent' | 'present', obstacle: boolean): CreateExclusionConstraintFacts {
  return {
    target: 'public.bookings.no_overlap',
    state: { constraint },
    begun: false,
    differences: [],
    missing: [],
    table: BOOKINGS,
    primaryKey: ['id'],
    ownRowsOnly: false,
    obstacle: obstacle ? { refuse: 'it cannot be', hint: 'Pick another.' } : null,
    stored: null,
  };
}
