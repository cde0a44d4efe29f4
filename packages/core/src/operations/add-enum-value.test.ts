import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import { type AddEnumValueFacts, addEnumValue, type EnumPosition } from './add-enum-value.js';

const MOOD = { schema: 'public', name: 'mood' };

test('at the end: facts → steps', () => {
  expect(plans({})).toMatchInlineSnapshot(`
    "value    labels     form    steps
    absent   happy      online  add
    absent   happy      plain   add
    absent   sad,happy  online  add
    absent   sad,happy  plain   add
    present  happy      online  nothing left to do
    present  happy      plain   nothing left to do
    present  sad,happy  online  nothing left to do
    present  sad,happy  plain   nothing left to do"
  `);
});

test('beside a neighbour: facts → steps', () => {
  expect(plans({ after: 'sad' })).toMatchInlineSnapshot(`
    "value    labels     form    steps
    absent   happy      online  refused: there is no value 'sad' to stand after.
    absent   happy      plain   refused: there is no value 'sad' to stand after.
    absent   sad,happy  online  add
    absent   sad,happy  plain   add
    present  happy      online  nothing left to do
    present  happy      plain   nothing left to do
    present  sad,happy  online  nothing left to do
    present  sad,happy  plain   nothing left to do"
  `);
});

function plans(position: EnumPosition): string {
  return planTable({
    operation: addEnumValue,
    args: { type: MOOD, value: 'calm', position },
    over: { value: ['absent', 'present'] as const, labels: ['happy', 'sad,happy'] },
    facts,
  });
}

function facts({ value, labels }: { value: 'absent' | 'present'; labels: string }): AddEnumValueFacts {
  return {
    target: 'public.mood.calm',
    state: { value },
    begun: false,
    differences: [],
    missing: [],
    type: MOOD,
    labels: labels.split(','),
  };
}
