import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { grant } from './grant.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: grant,
    args: {
      on: { kind: 'table', name: { schema: 'public', name: 'users' }, columns: undefined },
      privileges: ['select'],
      roles: ['app'],
    },
    over: { granted: ['all', 'some', 'none'] as const, barred: [true, false] },
    facts: ({ granted, barred }) => ({
      target: 't',
      begun: granted === 'some',
      differences: [],
      missing: [],
      state: { granted },
      statement: 'GRANT',
      barred: barred ? ['SELECT of app'] : [],
    }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "granted  barred  form    steps
    all      true    online  nothing left to do
    all      true    plain   nothing left to do
    all      false   online  nothing left to do
    all      false   plain   nothing left to do
    some     true    online  refused: the current role is neither the owner nor holds these with grant option:
    some     true    plain   refused: the current role is neither the owner nor holds these with grant option:
    some     false   online  grant
    some     false   plain   grant
    none     true    online  refused: the current role is neither the owner nor holds these with grant option:
    none     true    plain   refused: the current role is neither the owner nor holds these with grant option:
    none     false   online  grant
    none     false   plain   grant"
  `);
});
