import { expect, test } from 'vitest';
import { parseColumnDefinition } from '../column-definition.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import type { AddColumnFacts } from './add-column.js';
import { type AddColumnsFacts, addColumns } from './add-columns.js';

const USERS = { schema: 'public', name: 'users' };
type Presence = AddColumnFacts['state']['column'];

test('facts → steps', () => {
  const over = {
    first: ['present', 'absent'] as const,
    second: ['present', 'absent'] as const,
    unfit: [null, 'it is a view, not a table'],
    rewrites: [false, true],
  };
  const plain = planTable({
    operation: addColumns,
    args: argsOf('text'),
    over,
    facts: factsOf('text'),
    forms: ['online'],
  });
  expect(plain).toMatchInlineSnapshot(`
    "first    second   unfit                      rewrites  form    steps
    present  present  none                       false     online  nothing left to do
    present  present  none                       true      online  nothing left to do
    present  present  it is a view, not a table  false     online  nothing left to do
    present  present  it is a view, not a table  true      online  nothing left to do
    present  absent   none                       false     online  add
    present  absent   none                       true      online  add (rewrite)
    present  absent   it is a view, not a table  false     online  refused: it is a view, not a table.
    present  absent   it is a view, not a table  true      online  refused: it is a view, not a table.
    absent   present  none                       false     online  add
    absent   present  none                       true      online  add
    absent   present  it is a view, not a table  false     online  refused: it is a view, not a table.
    absent   present  it is a view, not a table  true      online  refused: it is a view, not a table.
    absent   absent   none                       false     online  add
    absent   absent   none                       true      online  add (rewrite)
    absent   absent   it is a view, not a table  false     online  refused: it is a view, not a table.
    absent   absent   it is a view, not a table  true      online  refused: it is a view, not a table."
  `);
});

test('NOT NULL without a default asks for rows only while that column is missing', () => {
  const plans = planTable({
    operation: addColumns,
    args: argsOf('text NOT NULL'),
    over: { first: ['present', 'absent'] as const, second: ['present', 'absent'] as const },
    facts: ({ first, second }) => factsOf('text NOT NULL')({ first, second, unfit: null, rewrites: false }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "first    second   form    steps
    present  present  online  nothing left to do
    present  absent   online  rows → add
    absent   present  online  add
    absent   absent   online  rows → add"
  `);
});

test('the missing ones stand in one statement', () => {
  const facts = factsOf('text')({ first: 'absent', second: 'absent', unfit: null, rewrites: false });
  expect(firstStep(addColumns, facts, argsOf('text'), 'online').sql).toBe(
    'ALTER TABLE "public"."users" ADD COLUMN "a" integer, ADD COLUMN "b" text',
  );
});

/** `a` is an integer, `b` as told. */
function argsOf(second: string) {
  const columns = Object.entries({ a: 'integer', b: second }).map(([column, text]) => ({
    table: USERS,
    column,
    definition: parseColumnDefinition('safeAddColumn', column, text).column,
    before: [],
    after: [],
  }));
  return { table: USERS, columns };
}

function factsOf(definition: string) {
  return (found: {
    readonly first: Presence;
    readonly second: Presence;
    readonly unfit: string | null;
    readonly rewrites: boolean;
  }): AddColumnsFacts => {
    const states = [found.first, found.second];
    const common = { begun: false, differences: [], missing: [], table: USERS };
    return {
      ...common,
      target: 'public.users(a, b)',
      state: states.map((column) => ({ column })),
      begun: states.includes('present'),
      parts: argsOf(definition).columns.map((args, i) => ({
        args,
        facts: {
          ...common,
          target: `public.users.${args.column}`,
          state: { column: states[i] ?? 'absent' },
          unfit: found.unfit,
          rewrites: found.rewrites && i === 1,
          stored: null,
        },
      })),
    };
  };
}
