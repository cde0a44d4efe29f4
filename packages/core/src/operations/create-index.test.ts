import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import type { CreateIndexFacts, IndexState } from './create-index/facts.js';
import { createIndex } from './create-index.js';

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
      temporary: [false, true],
    },
    facts: ({ index, unique, concurrently, temporary }) =>
      facts(index, { temporary, wanted: { columns: ['email'], unique, concurrently } }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    unique  concurrently  temporary  form    steps
    absent   false   true          false      online  build (scan, outside)
    absent   false   true          false      plain   build (scan)
    absent   false   true          true       online  build (scan)
    absent   false   true          true       plain   build (scan)
    absent   false   false         false      online  build (scan)
    absent   false   false         false      plain   build (scan)
    absent   false   false         true       online  build (scan)
    absent   false   false         true       plain   build (scan)
    absent   true    true          false      online  duplicates → build (scan, outside)
    absent   true    true          false      plain   duplicates → build (scan)
    absent   true    true          true       online  duplicates → build (scan)
    absent   true    true          true       plain   duplicates → build (scan)
    absent   true    false         false      online  duplicates → build (scan)
    absent   true    false         false      plain   duplicates → build (scan)
    absent   true    false         true       online  duplicates → build (scan)
    absent   true    false         true       plain   duplicates → build (scan)
    invalid  false   true          false      online  drop invalid (outside) → build (scan, outside)
    invalid  false   true          false      plain   drop invalid → build (scan)
    invalid  false   true          true       online  drop invalid → build (scan)
    invalid  false   true          true       plain   drop invalid → build (scan)
    invalid  false   false         false      online  drop invalid → build (scan)
    invalid  false   false         false      plain   drop invalid → build (scan)
    invalid  false   false         true       online  drop invalid → build (scan)
    invalid  false   false         true       plain   drop invalid → build (scan)
    invalid  true    true          false      online  drop invalid (outside) → duplicates → build (scan, outside)
    invalid  true    true          false      plain   drop invalid → duplicates → build (scan)
    invalid  true    true          true       online  drop invalid → duplicates → build (scan)
    invalid  true    true          true       plain   drop invalid → duplicates → build (scan)
    invalid  true    false         false      online  drop invalid → duplicates → build (scan)
    invalid  true    false         false      plain   drop invalid → duplicates → build (scan)
    invalid  true    false         true       online  drop invalid → duplicates → build (scan)
    invalid  true    false         true       plain   drop invalid → duplicates → build (scan)
    valid    false   true          false      online  nothing left to do
    valid    false   true          false      plain   nothing left to do
    valid    false   true          true       online  nothing left to do
    valid    false   true          true       plain   nothing left to do
    valid    false   false         false      online  nothing left to do
    valid    false   false         false      plain   nothing left to do
    valid    false   false         true       online  nothing left to do
    valid    false   false         true       plain   nothing left to do
    valid    true    true          false      online  nothing left to do
    valid    true    true          false      plain   nothing left to do
    valid    true    true          true       online  nothing left to do
    valid    true    true          true       plain   nothing left to do
    valid    true    false         false      online  nothing left to do
    valid    true    false         false      plain   nothing left to do
    valid    true    false         true       online  nothing left to do
    valid    true    false         true       plain   nothing left to do"
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

const LEAF = { schema: 'public', name: 'users_a' };
const SUB = { schema: 'public', name: 'users_b' };
const DEEP = { schema: 'public', name: 'users_b_a' };

/** users is partitioned into users_a and users_b, and users_b in turn into users_b_a. */
function partitioned(
  index: IndexState,
  parts: readonly (readonly [IndexState, boolean])[],
  more: Partial<CreateIndexFacts> = {},
): CreateIndexFacts {
  const [leaf = ['absent', false], sub = ['absent', false], deep = ['absent', false]] = parts;
  const part = (table: typeof LEAF, of: string, kind: 'table' | 'partitioned table') => ({
    table,
    of,
    kind,
    indexName: { schema: 'public', name: `${table.name}_email_idx` },
    builtBy: null,
  });
  return facts(index, {
    state: {
      index,
      partitions: [
        { on: 'public.users_a', index: leaf[0], attached: leaf[1] },
        { on: 'public.users_b', index: sub[0], attached: sub[1] },
        { on: 'public.users_b_a', index: deep[0], attached: deep[1] },
      ],
    },
    partitioned: true,
    partitions: [
      part(LEAF, 'public.users', 'table'),
      part(SUB, 'public.users', 'partitioned table'),
      part(DEEP, 'public.users_b', 'table'),
    ],
    ...more,
  });
}

test('facts of a partitioned table → steps', () => {
  const parts = {
    'nothing is there': [],
    'all is there, attached': [
      ['valid', true],
      ['valid', true],
      ['valid', true],
    ],
    'a part is there': [['valid', false]],
    'a part is INVALID': [['invalid', false]],
    'a part is INVALID, attached': [
      ['invalid', true],
      ['valid', true],
      ['valid', true],
    ],
    'the deep one is missing': [
      ['valid', true],
      ['invalid', true],
    ],
    'the deep one is loose': [
      ['valid', true],
      ['invalid', true],
      ['valid', false],
    ],
  } as const;
  const plans = planTable({
    operation: createIndex,
    args: ARGS,
    over: { index: ['absent', 'invalid', 'valid'] as const, parts: Object.keys(parts) as (keyof typeof parts)[] },
    facts: ({ index, parts: which }) => partitioned(index, parts[which]),
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    parts                        form    steps
    absent   nothing is there             online  declare → build on public.users_a (scan, outside) → declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    absent   nothing is there             plain   build (scan)
    absent   all is there, attached       online  declare → attach on public.users_a
    absent   all is there, attached       plain   build (scan)
    absent   a part is there              online  declare → declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    absent   a part is there              plain   build (scan)
    absent   a part is INVALID            online  drop invalid on public.users_a (outside) → declare → build on public.users_a (scan, outside) → declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    absent   a part is INVALID            plain   drop invalid on public.users_a → build (scan)
    absent   a part is INVALID, attached  online  declare → rebuild on public.users_a (scan, outside) → attach on public.users_a
    absent   a part is INVALID, attached  plain   build (scan)
    absent   the deep one is missing      online  declare → build on public.users_b_a (scan, outside) → attach on public.users_b_a
    absent   the deep one is missing      plain   build (scan)
    absent   the deep one is loose        online  declare → attach on public.users_b_a
    absent   the deep one is loose        plain   build (scan)
    invalid  nothing is there             online  build on public.users_a (scan, outside) → declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  nothing is there             plain   build on public.users_a (scan) → declare on public.users_b → build on public.users_b_a (scan) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  all is there, attached       online  attach on public.users_a
    invalid  all is there, attached       plain   attach on public.users_a
    invalid  a part is there              online  declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  a part is there              plain   declare on public.users_b → build on public.users_b_a (scan) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  a part is INVALID            online  drop invalid on public.users_a (outside) → build on public.users_a (scan, outside) → declare on public.users_b → build on public.users_b_a (scan, outside) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  a part is INVALID            plain   drop invalid on public.users_a → build on public.users_a (scan) → declare on public.users_b → build on public.users_b_a (scan) → attach on public.users_b_a → attach on public.users_b → attach on public.users_a
    invalid  a part is INVALID, attached  online  rebuild on public.users_a (scan, outside) → attach on public.users_a
    invalid  a part is INVALID, attached  plain   rebuild on public.users_a (scan) → attach on public.users_a
    invalid  the deep one is missing      online  build on public.users_b_a (scan, outside) → attach on public.users_b_a
    invalid  the deep one is missing      plain   build on public.users_b_a (scan) → attach on public.users_b_a
    invalid  the deep one is loose        online  attach on public.users_b_a
    invalid  the deep one is loose        plain   attach on public.users_b_a
    valid    nothing is there             online  nothing left to do
    valid    nothing is there             plain   nothing left to do
    valid    all is there, attached       online  nothing left to do
    valid    all is there, attached       plain   nothing left to do
    valid    a part is there              online  nothing left to do
    valid    a part is there              plain   nothing left to do
    valid    a part is INVALID            online  nothing left to do
    valid    a part is INVALID            plain   nothing left to do
    valid    a part is INVALID, attached  online  nothing left to do
    valid    a part is INVALID, attached  plain   nothing left to do
    valid    the deep one is missing      online  nothing left to do
    valid    the deep one is missing      plain   nothing left to do
    valid    the deep one is loose        online  nothing left to do
    valid    the deep one is loose        plain   nothing left to do"
  `);
});

test('what stands in the way of a partitioned index → a refusal', () => {
  const whole = partitioned('absent', []);
  const with_ = (change: object): CreateIndexFacts['partitions'] =>
    whole.partitions.map((part, i) => (i === 0 ? { ...part, ...change } : part));
  const obstacles = {
    'a foreign table': { partitions: with_({ kind: 'foreign table' }) },
    'a build by somebody else': { partitions: with_({ builtBy: 4312 }) },
    'a key that is not unique': { keyLacks: ['at, by which public.users is partitioned'] },
  };
  const plans = planTable({
    operation: createIndex,
    args: ARGS,
    over: { obstacle: Object.keys(obstacles) as (keyof typeof obstacles)[] },
    facts: ({ obstacle }) => partitioned('absent', [], obstacles[obstacle]),
  });
  expect(plans).toMatchInlineSnapshot(`
    "obstacle                  form    steps
    a foreign table           online  refused: these partitions are foreign tables, which have no indexes here: public.users_a.
    a foreign table           plain   build (scan)
    a build by somebody else  online  refused: another session (pid 4312) is building this index at this moment.
    a build by somebody else  plain   refused: another session (pid 4312) is building this index at this moment.
    a key that is not unique  online  refused: a unique index of a partitioned table must contain all columns that it is partitioned by. It lacks:
    a key that is not unique  plain   refused: a unique index of a partitioned table must contain all columns that it is partitioned by. It lacks:"
  `);
});

test('what a server of 13 leaves INVALID, with nothing lacking, is dropped as a whole', () => {
  const done = ['valid', true] as const;
  const given = partitioned('invalid', [done, done, done], { validatesAgain: false });
  expect(createIndex.next(given, ARGS, 'online')).toMatchObject({ id: 'drop invalid' });
});

test('an index of a table without partitions is valid as soon as it is declared', () => {
  const given = facts('absent', { state: { index: 'absent', partitions: [] }, partitioned: true });
  expect(firstStep(createIndex, given, ARGS, 'online').after(given.state)).toEqual({ index: 'valid', partitions: [] });
  const stuck = facts('invalid', { state: { index: 'invalid', partitions: [] }, partitioned: true });
  expect(createIndex.next(stuck, ARGS, 'online')).toMatchObject({
    refuse: expect.stringContaining('no partition left'),
  });
});

function facts(index: IndexState, others: Partial<CreateIndexFacts>): CreateIndexFacts {
  return {
    target: 'public.users(email)',
    state: { index },
    begun: index !== 'absent',
    validatesAgain: true,
    differences: [],
    missing: [],
    table: USERS,
    name: { schema: 'public', name: 'users_email_idx' },
    wanted: { columns: ['email'] },
    taken: null,
    builtBy: null,
    partitioned: false,
    partitions: [],
    keyLacks: [],
    temporary: false,
    unfit: null,
    ...others,
  };
}
