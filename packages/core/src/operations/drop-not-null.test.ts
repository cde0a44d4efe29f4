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
      identity: [false, true],
      parents: [[], ['table people']] as const,
      needed: [[], ['primary key users_pkey on table users']] as const,
    },
    facts: ({ nullable, ...found }): DropNotNullFacts => ({
      target: 'public.users.name',
      state: { nullable },
      begun: false,
      differences: [],
      missing: [],
      table: USERS,
      descendants: [],
      ...found,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "nullable  identity  parents       needed                                 form    steps
    false     false     none          none                                   online  drop not null
    false     false     none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     false     table people  none                                   online  refused: it inherits NOT NULL from table people.
    false     false     table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true      none          none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     true      none          primary key users_pkey on table users  online  refused: these need it NOT NULL:
    false     true      table people  none                                   online  refused: it is an identity column, which is always NOT NULL.
    false     true      table people  primary key users_pkey on table users  online  refused: these need it NOT NULL:
    true      false     none          none                                   online  nothing left to do
    true      false     none          primary key users_pkey on table users  online  nothing left to do
    true      false     table people  none                                   online  nothing left to do
    true      false     table people  primary key users_pkey on table users  online  nothing left to do
    true      true      none          none                                   online  nothing left to do
    true      true      none          primary key users_pkey on table users  online  nothing left to do
    true      true      table people  none                                   online  nothing left to do
    true      true      table people  primary key users_pkey on table users  online  nothing left to do"
  `);
});
