import { expect, test } from 'vitest';
import { parseColumnDefinition } from '../column-definition.js';
import { planTable } from '../engine/plan-table.js';
import { type AddColumnFacts, addColumn } from './add-column.js';

test('a column that may be NULL: facts → steps', () => {
  expect(plans('text')).toMatchInlineSnapshot(`
    "column   rewrites  unfit         form    steps
    absent   false     it is a view  online  refused: it is a view.
    absent   false     it is a view  plain   refused: it is a view.
    absent   false     none          online  add
    absent   false     none          plain   add
    absent   true      it is a view  online  refused: it is a view.
    absent   true      it is a view  plain   refused: it is a view.
    absent   true      none          online  add (rewrite)
    absent   true      none          plain   add (rewrite)
    present  false     it is a view  online  nothing left to do
    present  false     it is a view  plain   nothing left to do
    present  false     none          online  nothing left to do
    present  false     none          plain   nothing left to do
    present  true      it is a view  online  nothing left to do
    present  true      it is a view  plain   nothing left to do
    present  true      none          online  nothing left to do
    present  true      none          plain   nothing left to do"
  `);
});

test('a column that must have a value and has no default: facts → steps', () => {
  expect(plans('text NOT NULL')).toMatchInlineSnapshot(`
    "column   rewrites  unfit         form    steps
    absent   false     it is a view  online  refused: it is a view.
    absent   false     it is a view  plain   refused: it is a view.
    absent   false     none          online  rows → add
    absent   false     none          plain   rows → add
    absent   true      it is a view  online  refused: it is a view.
    absent   true      it is a view  plain   refused: it is a view.
    absent   true      none          online  rows → add (rewrite)
    absent   true      none          plain   rows → add (rewrite)
    present  false     it is a view  online  nothing left to do
    present  false     it is a view  plain   nothing left to do
    present  false     none          online  nothing left to do
    present  false     none          plain   nothing left to do
    present  true      it is a view  online  nothing left to do
    present  true      it is a view  plain   nothing left to do
    present  true      none          online  nothing left to do
    present  true      none          plain   nothing left to do"
  `);
});

test.each([
  "text NOT NULL DEFAULT ''",
  'bigserial NOT NULL',
  'int GENERATED ALWAYS AS IDENTITY',
  'text GENERATED ALWAYS AS (name) STORED NOT NULL',
])('rows are not looked at for %s, which gives them a value', (definition) => {
  expect(plans(definition)).toBe(plans('text'));
});

function plans(text: string): string {
  const { column: definition } = parseColumnDefinition('safeAddColumn', 'email', text);
  return planTable({
    operation: addColumn,
    args: { table: USERS, column: 'email', definition, before: [], after: [] },
    over: { column: ['absent', 'present'] as const, rewrites: [false, true], unfit: ['it is a view', null] },
    facts,
  });
}

const USERS = { schema: 'public', name: 'users' };

function facts({
  column,
  rewrites,
  unfit,
}: {
  column: 'absent' | 'present';
  rewrites: boolean;
  unfit: string | null;
}): AddColumnFacts {
  return {
    target: 'public.users.email',
    state: { column },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    unfit,
    rewrites,
    stored: null,
  };
}
