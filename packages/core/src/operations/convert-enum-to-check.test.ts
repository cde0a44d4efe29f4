import { expect, test } from 'vitest';
import { NO_TIES } from '../catalog/column-ties.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type ConvertEnumToCheckFacts, convertEnumToCheck } from './convert-enum-to-check.js';

const USERS = { schema: 'public', name: 'users' };
const FACTS: ConvertEnumToCheckFacts = {
  target: 'public.users.mood',
  state: { type: 'enum', check: 'absent' },
  begun: false,
  differences: [],
  missing: [],
  table: USERS,
  type: 'kind',
  array: false,
  labels: ['sad', "it's"],
  default: null,
  check: 'users_mood_check',
  stored: null,
  ties: NO_TIES,
  bound: [],
  children: [],
  otherDefaults: [],
};

test.each([
  ['without values', undefined],
  ['with values', ['sad', "it's"]],
])('%s: facts → steps', (_what, values) => {
  expect(
    planTable({
      operation: convertEnumToCheck,
      args: { table: USERS, column: 'mood', values },
      over: {
        type: ['enum', 'text'] as const,
        check: ['absent', 'present'] as const,
        why: ['free', 'view', 'index', 'part', 'partition', 'no value'],
      },
      facts: ({ type, check, why }) => ({
        ...FACTS,
        state: { type, check },
        labels: why === 'no value' ? [] : FACTS.labels,
        bound: why === 'index' ? ['index users_sad'] : [],
        otherDefaults: why === 'partition' ? ['table users_1'] : [],
        ties: {
          ...NO_TIES,
          blocking: why === 'view' ? ['view sad_users'] : [],
          fixed: why === 'part' ? 'the column comes from a parent table, and is changed there.' : null,
        },
      }),
      forms: ['online'],
    }),
  ).toMatchSnapshot();
});

test.each([
  ['a value', "'it''s'::mood", false],
  ['an expression', 'first_mood()', false],
  ['an array', "'{sad}'::mood[]", true],
])('the default stays: %s', (_what, byDefault, array) => {
  const facts = { ...FACTS, default: byDefault, array };
  const step = firstStep(convertEnumToCheck, facts, { table: USERS, column: 'mood', values: undefined }, 'online');
  expect(step.sql).toMatchSnapshot();
});
