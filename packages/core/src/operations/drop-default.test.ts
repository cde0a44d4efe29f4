import { expect, test } from 'vitest';
import type { ColumnValue } from '../catalog/column-value.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type DropDefaultFacts, dropDefault } from './drop-default.js';

const USERS = { schema: 'public', name: 'users' };
const ARGS = { table: USERS, column: 'nickname' };
const VALUES: Readonly<Record<string, ColumnValue>> = {
  default: { kind: 'default', expression: "'x'::text" },
  none: { kind: 'none' },
  identity: { kind: 'identity' },
  generated: { kind: 'generated', expression: '(a * 2)' },
};

test('facts → steps', () => {
  const over = { value: Object.keys(VALUES) };
  expect(planTable({ operation: dropDefault, args: ARGS, over, facts })).toMatchInlineSnapshot(`
    "value      form    steps
    default    online  drop default
    default    plain   drop default
    none       online  nothing left to do
    none       plain   nothing left to do
    identity   online  refused: it is an identity column: its values come from its own sequence, and it has no default.
    identity   plain   refused: it is an identity column: its values come from its own sequence, and it has no default.
    generated  online  refused: it is generated from an expression, and has no default: (a * 2)
    generated  plain   refused: it is generated from an expression, and has no default: (a * 2)"
  `);
});

test('partitions lose it as well, and are locked', () => {
  const given = { ...facts({ value: 'default' }), descendants: [{ schema: 'public', name: 'users_1' }] };
  expect(firstStep(dropDefault, given, ARGS, 'online').locks.map((lock) => lock.on.name)).toEqual(['users', 'users_1']);
});

function facts({ value }: { readonly value: string }): DropDefaultFacts {
  return {
    target: 'public.users.nickname',
    state: { default: value === 'default' ? 'present' : 'none' },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    value: VALUES[value] as ColumnValue,
    descendants: [],
    ownDefaults: [],
  };
}
