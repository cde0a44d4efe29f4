import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type DropNotNullFacts, dropNotNull } from './drop-not-null.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps', () => {
  const plans = planTable({
    operation: dropNotNull,
    args: { table: USERS, column: 'name' },
    over: {
      nullable: [false, true],
      helper: [false, true],
      identity: [false, true],
      parents: [[], ['table people']] as const,
      needed: [[], ['primary key users_pkey on table users']] as const,
    },
    facts: ({ nullable, helper, ...found }): DropNotNullFacts => ({
      target: 'public.users.name',
      state: { nullable, helper },
      begun: false,
      differences: [],
      missing: [],
      table: USERS,
      helperName: 'holdfast_not_null_users_name',
      descendants: [],
      ...found,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "nullable  helper  identity  parents       needed                                 form    steps
    false     false   false     none          none                                   online  drop not null
    false     false   false     none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     false   false     table people  none                                   online  refused: it inherits NOT NULL from table people.
    false     false   false     table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     false   true      none          none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     false   true      none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     false   true      table people  none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     false   true      table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true    false     none          none                                   online  drop not null → drop helper
    false     true    false     none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true    false     table people  none                                   online  refused: it inherits NOT NULL from table people.
    false     true    false     table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true    true      none          none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     true    true      none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true    true      table people  none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     true    true      table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    true      false   false     none          none                                   online  nothing left to do
    true      false   false     none          primary key users_pkey on table users  online  nothing left to do
    true      false   false     table people  none                                   online  nothing left to do
    true      false   false     table people  primary key users_pkey on table users  online  nothing left to do
    true      false   true      none          none                                   online  nothing left to do
    true      false   true      none          primary key users_pkey on table users  online  nothing left to do
    true      false   true      table people  none                                   online  nothing left to do
    true      false   true      table people  primary key users_pkey on table users  online  nothing left to do
    true      true    false     none          none                                   online  drop helper
    true      true    false     none          primary key users_pkey on table users  online  drop helper
    true      true    false     table people  none                                   online  drop helper
    true      true    false     table people  primary key users_pkey on table users  online  drop helper
    true      true    true      none          none                                   online  drop helper
    true      true    true      none          primary key users_pkey on table users  online  drop helper
    true      true    true      table people  none                                   online  drop helper
    true      true    true      table people  primary key users_pkey on table users  online  drop helper"
  `);
});
