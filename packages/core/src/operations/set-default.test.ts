import { expect, test } from 'vitest';
import type { ColumnValue } from '../catalog/column-value.js';
import { planTable } from '../engine/plan-table.js';
import { type SetDefaultFacts, setDefault } from './set-default.js';

const USERS = { schema: 'public', name: 'users' };
const VALUES: Readonly<Record<string, ColumnValue>> = {
  plain: { kind: 'none' },
  identity: { kind: 'identity' },
  generated: { kind: 'generated', expression: '(a * 2)' },
};

test('facts → steps', () => {
  const plans = planTable({
    operation: setDefault,
    args: { table: USERS, column: 'nickname', expression: "lower('X')" },
    over: {
      state: ['wanted', 'another', 'none'] as const,
      column: ['plain', 'identity', 'generated'],
      mayCompare: [true, false],
      alike: [[], ['asked']] as const,
    },
    facts: ({ state, column, mayCompare, alike }): SetDefaultFacts => ({
      target: 'public.users.nickname',
      state: { default: state },
      begun: false,
      differences: [],
      missing: [],
      alike,
      table: USERS,
      type: 'text',
      value: VALUES[column] as ColumnValue,
      mayCompare,
      descendants: [],
      ownDefaults: [],
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "state    column     mayCompare  alike  form    steps
    wanted   plain      true        none   online  nothing left to do
    wanted   plain      true        asked  online  nothing left to do
    wanted   plain      false       none   online  nothing left to do
    wanted   plain      false       asked  online  nothing left to do
    wanted   identity   true        none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    wanted   identity   true        asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    wanted   identity   false       none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    wanted   identity   false       asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    wanted   generated  true        none   online  refused: it is generated from an expression, and has no default: (a * 2)
    wanted   generated  true        asked  online  refused: it is generated from an expression, and has no default: (a * 2)
    wanted   generated  false       none   online  refused: it is generated from an expression, and has no default: (a * 2)
    wanted   generated  false       asked  online  refused: it is generated from an expression, and has no default: (a * 2)
    another  plain      true        none   online  set default
    another  plain      true        asked  online  set default
    another  plain      false       none   online  set default
    another  plain      false       asked  online  refused: the server must be asked about this expression, by a temporary table, and the role may not make one: whether it is there already, and whether it fits, is not known.
    another  identity   true        none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    another  identity   true        asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    another  identity   false       none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    another  identity   false       asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    another  generated  true        none   online  refused: it is generated from an expression, and has no default: (a * 2)
    another  generated  true        asked  online  refused: it is generated from an expression, and has no default: (a * 2)
    another  generated  false       none   online  refused: it is generated from an expression, and has no default: (a * 2)
    another  generated  false       asked  online  refused: it is generated from an expression, and has no default: (a * 2)
    none     plain      true        none   online  set default
    none     plain      true        asked  online  set default
    none     plain      false       none   online  set default
    none     plain      false       asked  online  refused: the server must be asked about this expression, by a temporary table, and the role may not make one: whether it is there already, and whether it fits, is not known.
    none     identity   true        none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    none     identity   true        asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    none     identity   false       none   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    none     identity   false       asked  online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    none     generated  true        none   online  refused: it is generated from an expression, and has no default: (a * 2)
    none     generated  true        asked  online  refused: it is generated from an expression, and has no default: (a * 2)
    none     generated  false       none   online  refused: it is generated from an expression, and has no default: (a * 2)
    none     generated  false       asked  online  refused: it is generated from an expression, and has no default: (a * 2)"
  `);
});
