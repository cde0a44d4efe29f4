import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type DropIndexFacts, dropIndex } from './drop-index.js';

const USERS = { schema: 'public', name: 'users' };
const INDEX = { schema: 'public', name: 'users_email' };
const ARGS = { name: INDEX };

test('facts → steps', () => {
  const plans = planTable({
    operation: dropIndex,
    args: ARGS,
    over: { index: ['present', 'invalid', 'absent'] as const, partitioned: [false, true], temporary: [false, true] },
    facts: ({ index, partitioned, temporary }) => facts(index, { partitions: partitioned ? [] : null, temporary }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    partitioned  temporary  form    steps
    present  false        false      online  drop (outside)
    present  false        false      plain   drop
    present  false        true       online  drop
    present  false        true       plain   drop
    present  true         false      online  drop
    present  true         false      plain   drop
    present  true         true       online  drop
    present  true         true       plain   drop
    invalid  false        false      online  drop (outside)
    invalid  false        false      plain   drop
    invalid  false        true       online  drop
    invalid  false        true       plain   drop
    invalid  true         false      online  drop
    invalid  true         false      plain   drop
    invalid  true         true       online  drop
    invalid  true         true       plain   drop
    absent   false        false      online  nothing left to do
    absent   false        false      plain   nothing left to do
    absent   false        true       online  nothing left to do
    absent   false        true       plain   nothing left to do
    absent   true         false      online  nothing left to do
    absent   true         false      plain   nothing left to do
    absent   true         true       online  nothing left to do
    absent   true         true       plain   nothing left to do"
  `);
});

test('what rests on it → a refusal or a risk, unless it is gone', () => {
  const needed = {
    'a constraint': { constraint: { name: 'users_email', type: 'u' } },
    'a foreign key': { foreignKeys: ['constraint orders_email on table orders'] },
    'the whole': { partOf: { schema: 'public', name: 'all_email' } },
    'a build by somebody else': { builtBy: 4312 },
    'the replica identity': { replicaIdentity: true },
    'a CLUSTER mark': { clustered: true },
  };
  const plans = planTable({
    operation: dropIndex,
    args: ARGS,
    over: { index: ['present', 'absent'] as const, needed: Object.keys(needed) as (keyof typeof needed)[] },
    facts: ({ index, needed: by }) => facts(index, needed[by]),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "index    needed                    form    steps
    present  a constraint              online  refused: the unique constraint users_email of public.users rests on it.
    present  a foreign key             online  refused: foreign keys of other tables rest on it:
    present  the whole                 online  refused: it is a part of the index public.all_email of the partitioned table.
    present  a build by somebody else  online  refused: another session (pid 4312) is building this index at this moment.
    present  the replica identity      online  drop (outside, at a risk)
    present  a CLUSTER mark            online  drop (outside, at a risk)
    absent   a constraint              online  nothing left to do
    absent   a foreign key             online  nothing left to do
    absent   the whole                 online  nothing left to do
    absent   a build by somebody else  online  nothing left to do
    absent   the replica identity      online  nothing left to do
    absent   a CLUSTER mark            online  nothing left to do"
  `);
});

test('what has the name and is no index is said', () => {
  const given = facts('absent', { instead: 'table public.users_email' });
  expect(dropIndex.next(given, ARGS, 'online')).toMatchObject({
    refuse: 'this is no index but the table public.users_email.',
  });
});

test('the partitions are locked too: their parts go', () => {
  const given = facts('present', { partitions: [{ schema: 'app', name: 'users_a' }] });
  const { locks } = firstStep(dropIndex, given, ARGS, 'online');
  expect(locks.map((lock) => `${lock.on.name} ${lock.mode}`)).toEqual([
    'users AccessExclusiveLock',
    'users_a AccessExclusiveLock',
  ]);
});

function facts(index: DropIndexFacts['state']['index'], others: Partial<DropIndexFacts>): DropIndexFacts {
  return {
    target: 'public.users_email',
    state: { index },
    begun: index === 'invalid',
    differences: [],
    missing: [],
    name: INDEX,
    table: index === 'absent' ? null : USERS,
    instead: null,
    constraint: null,
    foreignKeys: [],
    partOf: null,
    partitions: null,
    temporary: false,
    builtBy: null,
    replicaIdentity: false,
    clustered: false,
    ...others,
  };
}
