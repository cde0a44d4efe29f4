import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { revoke } from './revoke.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: revoke,
    args: {
      on: { kind: 'table', name: { schema: 'public', name: 'users' }, columns: undefined },
      privileges: ['select'],
      roles: ['app'],
    },
    over: { granted: ['some', 'none'] as const, byOthers: [true, false], onWhole: [true, false] },
    facts: ({ granted, byOthers, onWhole }) => ({
      target: 't',
      begun: false,
      differences: [],
      missing: [],
      state: { granted },
      statement: 'REVOKE',
      actor: 'owner',
      byOthers: byOthers ? ['SELECT of app, granted by boss'] : [],
      onWhole: onWhole ? ['SELECT of app'] : [],
      stays: [],
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "granted  byOthers  onWhole  form    steps
    some     true      true     online  refused: these are held on the whole table, of which no column can be taken away:
    some     true      true     plain   refused: these are held on the whole table, of which no column can be taken away:
    some     true      false    online  refused: a REVOKE by this session takes away what owner has granted, and these were granted by others:
    some     true      false    plain   refused: a REVOKE by this session takes away what owner has granted, and these were granted by others:
    some     false     true     online  refused: these are held on the whole table, of which no column can be taken away:
    some     false     true     plain   refused: these are held on the whole table, of which no column can be taken away:
    some     false     false    online  revoke
    some     false     false    plain   revoke
    none     true      true     online  refused: these are held on the whole table, of which no column can be taken away:
    none     true      true     plain   refused: these are held on the whole table, of which no column can be taken away:
    none     true      false    online  nothing left to do
    none     true      false    plain   nothing left to do
    none     false     true     online  refused: these are held on the whole table, of which no column can be taken away:
    none     false     true     plain   refused: these are held on the whole table, of which no column can be taken away:
    none     false     false    online  nothing left to do
    none     false     false    plain   nothing left to do"
  `);
});
