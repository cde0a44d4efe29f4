import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type CreateIndexFacts, createIndex } from './create-index.js';

const USERS = { schema: 'public', name: 'users' };
const STATES = ['absent', 'invalid', 'valid'] as const;
const ARGS = { table: USERS, index: { columns: ['email'] } };

test('facts → steps', () => {
  const plans = planTable({
    operation: createIndex,
    args: ARGS,
    over: {
      index: STATES,
      unique: [false, true],
      concurrently: [true, false],
      partitioned: [false, true],
    },
    facts: ({ index, unique, concurrently, partitioned }) =>
      facts(index, { partitioned, wanted: { columns: ['email'], unique, concurrently } }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    unique  concurrently  partitioned  form    steps
    absent   false   true          false        online  build (scan, outside)
    absent   false   true          false        plain   build (scan)
    absent   false   true          true         online  build (scan)
    absent   false   true          true         plain   build (scan)
    absent   false   false         false        online  build (scan)
    absent   false   false         false        plain   build (scan)
    absent   false   false         true         online  build (scan)
    absent   false   false         true         plain   build (scan)
    absent   true    true          false        online  duplicates → build (scan, outside)
    absent   true    true          false        plain   duplicates → build (scan)
    absent   true    true          true         online  duplicates → build (scan)
    absent   true    true          true         plain   duplicates → build (scan)
    absent   true    false         false        online  duplicates → build (scan)
    absent   true    false         false        plain   duplicates → build (scan)
    absent   true    false         true         online  duplicates → build (scan)
    absent   true    false         true         plain   duplicates → build (scan)
    invalid  false   true          false        online  drop invalid (outside) → build (scan, outside)
    invalid  false   true          false        plain   drop invalid → build (scan)
    invalid  false   true          true         online  drop invalid → build (scan)
    invalid  false   true          true         plain   drop invalid → build (scan)
    invalid  false   false         false        online  drop invalid → build (scan)
    invalid  false   false         false        plain   drop invalid → build (scan)
    invalid  false   false         true         online  drop invalid → build (scan)
    invalid  false   false         true         plain   drop invalid → build (scan)
    invalid  true    true          false        online  drop invalid (outside) → duplicates → build (scan, outside)
    invalid  true    true          false        plain   drop invalid → duplicates → build (scan)
    invalid  true    true          true         online  drop invalid → duplicates → build (scan)
    invalid  true    true          true         plain   drop invalid → duplicates → build (scan)
    invalid  true    false         false        online  drop invalid → duplicates → build (scan)
    invalid  true    false         false        plain   drop invalid → duplicates → build (scan)
    invalid  true    false         true         online  drop invalid → duplicates → build (scan)
    invalid  true    false         true         plain   drop invalid → duplicates → build (scan)
    valid    false   true          false        online  nothing left to do
    valid    false   true          false        plain   nothing left to do
    valid    false   true          true         online  nothing left to do
    valid    false   true          true         plain   nothing left to do
    valid    false   false         false        online  nothing left to do
    valid    false   false         false        plain   nothing left to do
    valid    false   false         true         online  nothing left to do
    valid    false   false         true         plain   nothing left to do
    valid    true    true          false        online  nothing left to do
    valid    true    true          false        plain   nothing left to do
    valid    true    true          true         online  nothing left to do
    valid    true    true          true         plain   nothing left to do
    valid    true    false         false        online  nothing left to do
    valid    true    false         false        plain   nothing left to do
    valid    true    false         true         online  nothing left to do
    valid    true    false         true         plain   nothing left to do"
  `);
});

test('what stands in the way → a refusal, unless the index is there', () => {
  const obstacles = {
    'a taken name': { taken: 'table public.users_email_idx' },
    'a build by somebody else': { builtBy: 4312 },
    'a view': { unfit: 'it is a view' },
    'no column left': { wanted: { columns: [] } },
  };
  const plans = planTable({
    operation: createIndex,
    args: ARGS,
    over: { index: STATES, obstacle: Object.keys(obstacles) as (keyof typeof obstacles)[] },
    facts: ({ index, obstacle }) => facts(index, obstacles[obstacle]),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    obstacle                  form    steps
    absent   a taken name              online  refused: the name is taken by table public.users_email_idx.
    absent   a build by somebody else  online  refused: another session (pid 4312) is building this index at this moment.
    absent   a view                    online  refused: it is a view: it has no indexes.
    absent   no column left            online  refused: none of the columns exists.
    invalid  a taken name              online  refused: the name is taken by table public.users_email_idx.
    invalid  a build by somebody else  online  refused: another session (pid 4312) is building this index at this moment.
    invalid  a view                    online  refused: it is a view: it has no indexes.
    invalid  no column left            online  refused: none of the columns exists.
    valid    a taken name              online  nothing left to do
    valid    a build by somebody else  online  nothing left to do
    valid    a view                    online  nothing left to do
    valid    no column left            online  nothing left to do"
  `);
});

function facts(index: CreateIndexFacts['state']['index'], others: Partial<CreateIndexFacts>): CreateIndexFacts {
  return {
    target: 'public.users(email)',
    state: { index },
    begun: index !== 'absent',
    differences: [],
    missing: [],
    table: USERS,
    name: { schema: 'public', name: 'users_email_idx' },
    wanted: { columns: ['email'] },
    taken: null,
    builtBy: null,
    partitioned: false,
    unfit: null,
    ...others,
  };
}
