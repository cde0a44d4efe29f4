import { expect, test } from 'vitest';
import { planTable } from '../engine/plan-table.js';
import type { PairArguments } from './column-pair/look.js';
import { NO_PARTS } from './column-pair/parts.js';
import { begun, factsOf, partsOn, TO_NAME, TO_TYPE } from './column-pair/sample-facts.js';
import { fillColumn } from './fill-column.js';

const plansOf = (args: PairArguments): string =>
  planTable({
    operation: fillColumn,
    args,
    over: {
      become: [false, true] as const,
      paired: [true, false] as const,
      inStep: ['no', 'unvalidated', 'validated'] as const,
    },
    facts: ({ become, paired, inStep }) => ({
      ...(paired ? begun(args) : factsOf(args)),
      state: { become, paired, inStep },
    }),
    forms: ['online'],
  });

test('facts → steps: a type', () => {
  expect(plansOf(TO_TYPE)).toMatchInlineSnapshot(`
    "become  paired  inStep       form    steps
    false   true    no           online  loss → fill (rewrite) → add check → validate (scan)
    false   true    unvalidated  online  loss → fill (rewrite) → validate (scan)
    false   true    validated    online  nothing left to do
    false   false   no           online  nothing left to do
    false   false   unvalidated  online  nothing left to do
    false   false   validated    online  nothing left to do
    true    true    no           online  nothing left to do
    true    true    unvalidated  online  nothing left to do
    true    true    validated    online  nothing left to do
    true    false   no           online  nothing left to do
    true    false   unvalidated  online  nothing left to do
    true    false   validated    online  nothing left to do"
  `);
});

test('facts → steps: a name, whose values fit anyway', () => {
  expect(plansOf(TO_NAME)).toMatchInlineSnapshot(`
    "become  paired  inStep       form    steps
    false   true    no           online  fill (rewrite) → add check → validate (scan)
    false   true    unvalidated  online  fill (rewrite) → validate (scan)
    false   true    validated    online  nothing left to do
    false   false   no           online  nothing left to do
    false   false   unvalidated  online  nothing left to do
    false   false   validated    online  nothing left to do
    true    true    no           online  nothing left to do
    true    true    unvalidated  online  nothing left to do
    true    true    validated    online  nothing left to do
    true    false   no           online  nothing left to do
    true    false   unvalidated  online  nothing left to do
    true    false   validated    online  nothing left to do"
  `);
});

test('every part of the column is made on the other one, by the operation that is there for it', () => {
  const childrenOf = (made: boolean): readonly string[] => {
    const parts = { ...NO_PARTS, notNull: true, parts: partsOn('code_shadow', made) };
    return (fillColumn.children?.(TO_TYPE, begun(TO_TYPE, { parts })).after ?? []).map((each) => each.name);
  };
  const all = [
    'safeSetNotNull',
    'safeCreateIndex',
    'safeCreateIndex',
    'safeCreateUniqueConstraint',
    'safeCreateCheckConstraint',
    'safeAddForeignKey',
  ];
  expect(childrenOf(false)).toEqual(all);
  // Each of them looks for itself whether it is there, and whether it is the same.
  expect(childrenOf(true)).toEqual(all);
});

test('where nothing was begun, or all is done, there are no parts to make', () => {
  const parts = { ...NO_PARTS, notNull: true, parts: partsOn('code_shadow', false) };
  expect(fillColumn.children?.(TO_TYPE, factsOf(TO_TYPE, { parts })).after).toEqual([]);
  const become = { become: true, paired: true, inStep: 'no' } as const;
  expect(fillColumn.children?.(TO_TYPE, begun(TO_TYPE, { parts, state: become })).after).toEqual([]);
});
