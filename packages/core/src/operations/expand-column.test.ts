import { expect, test } from 'vitest';
import { NO_TIES } from '../catalog/column-ties.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { begun, factsOf, NARROWER, TO_NAME, TO_TYPE, WIDER } from './column-pair/sample-facts.js';
import { type ExpandColumnArguments, expandColumn } from './expand-column.js';

test('facts → steps', () => {
  const plans = planTable({
    operation: expandColumn,
    args: TO_TYPE as ExpandColumnArguments,
    over: {
      begun: ['become', 'yes', 'no'] as const,
      unfit: [null, 'it is partitioned'] as const,
      blocking: [[], ['view v']] as const,
      later: [[], ['zzz_touch']] as const,
    },
    facts: ({ begun: how, unfit, blocking, later }) => ({
      ...(how === 'yes' ? begun(TO_TYPE) : factsOf(TO_TYPE)),
      ...(how === 'become' ? { state: { become: true, paired: false, inStep: 'no' } as const } : {}),
      unfit,
      ties: { ...NO_TIES, blocking },
      later,
      unstable: false,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "begun   unfit              blocking  later      form    steps
    become  none               none      none       online  nothing left to do
    become  none               none      zzz_touch  online  nothing left to do
    become  none               view v    none       online  nothing left to do
    become  none               view v    zzz_touch  online  nothing left to do
    become  it is partitioned  none      none       online  nothing left to do
    become  it is partitioned  none      zzz_touch  online  nothing left to do
    become  it is partitioned  view v    none       online  nothing left to do
    become  it is partitioned  view v    zzz_touch  online  nothing left to do
    yes     none               none      none       online  nothing left to do
    yes     none               none      zzz_touch  online  nothing left to do
    yes     none               view v    none       online  nothing left to do
    yes     none               view v    zzz_touch  online  nothing left to do
    yes     it is partitioned  none      none       online  nothing left to do
    yes     it is partitioned  none      zzz_touch  online  nothing left to do
    yes     it is partitioned  view v    none       online  nothing left to do
    yes     it is partitioned  view v    zzz_touch  online  nothing left to do
    no      none               none      none       online  expand
    no      none               none      zzz_touch  online  refused: these triggers fire after the one that would keep the columns in step, and may change the row:
    no      none               view v    none       online  refused: these cannot be carried over to another column:
    no      none               view v    zzz_touch  online  refused: these cannot be carried over to another column:
    no      it is partitioned  none      none       online  refused: no second column can take its place: it is partitioned.
    no      it is partitioned  none      zzz_touch  online  refused: no second column can take its place: it is partitioned.
    no      it is partitioned  view v    none       online  refused: no second column can take its place: it is partitioned.
    no      it is partitioned  view v    zzz_touch  online  refused: no second column can take its place: it is partitioned."
  `);
});

test('a cast that may lose something counts the rows first; expressions are tried on them', () => {
  const plans = (args: ExpandColumnArguments): string =>
    planTable({
      operation: expandColumn,
      args,
      over: {
        change: ['wider', 'narrower'] as const,
        unstable: [false, true] as const,
        hidden: [false, true] as const,
      },
      facts: ({ change, unstable, hidden }) => ({
        ...factsOf(TO_TYPE),
        ...(change === 'wider' ? {} : { change: NARROWER, back: WIDER }),
        unstable,
        hidden,
      }),
      forms: ['online'],
    });
  expect(plans(TO_TYPE)).toMatchInlineSnapshot(`
    "change    unstable  hidden  form    steps
    wider     false     false   online  expand
    wider     false     true    online  expand
    wider     true      false   online  expand (at a risk)
    wider     true      true    online  expand (at a risk)
    narrower  false     false   online  loss → expand
    narrower  false     true    online  refused: row level security hides rows from this role: those that stand in the way could not be counted.
    narrower  true      false   online  loss → expand (at a risk)
    narrower  true      true    online  refused: row level security hides rows from this role: those that stand in the way could not be counted."
  `);
  expect(plans({ ...TO_TYPE, using: 'code / 2' })).toMatchInlineSnapshot(`
    "change    unstable  hidden  form    steps
    wider     false     false   online  expressions → expand
    wider     false     true    online  expressions → expand
    wider     true      false   online  expressions → expand (at a risk)
    wider     true      true    online  expressions → expand (at a risk)
    narrower  false     false   online  expressions → expand
    narrower  false     true    online  expressions → expand
    narrower  true      false   online  expressions → expand (at a risk)
    narrower  true      true    online  expressions → expand (at a risk)"
  `);
});

test('there must be a way from each type to the other', () => {
  const lost = { ...NARROWER, cast: null, to: { ...NARROWER.to, name: 'uuid', category: 'U', printed: 'uuid' } };
  const plans = planTable({
    operation: expandColumn,
    args: TO_TYPE as ExpandColumnArguments,
    over: { there: ['a cast', 'none'] as const, back: ['a cast', 'none'] as const },
    facts: ({ there, back }) => ({
      ...factsOf(TO_TYPE, {
        change: there === 'none' ? lost : WIDER,
        back: back === 'none' ? lost : NARROWER,
      }),
      unstable: false,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "there   back    form    steps
    a cast  a cast  online  expand
    a cast  none    online  refused: once the columns have changed places, code_shadow is to follow, and no cast from bigint to uuid keeps every value.
    none    a cast  online  refused: no cast from bigint to uuid keeps every value by itself, and means the same in every session.
    none    none    online  refused: no cast from bigint to uuid keeps every value by itself, and means the same in every session."
  `);
});

test('one transaction adds the column, its rights, the function and the trigger', () => {
  const making = {
    type: 'text',
    collation: '"pg_catalog"."C"',
    storage: 'EXTERNAL',
    compression: 'lz4',
    statistics: 100,
    generated: false,
    domain: false,
    parameters: ['n_distinct=5'],
    owner: 'ann',
    grants: [
      { column: null, grantee: 'PUBLIC', privilege: 'SELECT', grantable: true },
      { column: null, grantee: null, privilege: 'UPDATE', grantable: false },
    ],
  };
  const step = firstStep(expandColumn, { ...factsOf(TO_NAME, { making }), unstable: false }, TO_NAME, 'online');
  expect(step.kind === 'sql' ? [step.sql, ...(step.more ?? [])].slice(0, 3) : []).toMatchInlineSnapshot(`
    [
      "ALTER TABLE "public"."items" ADD COLUMN "number" text COLLATE "pg_catalog"."C", ALTER COLUMN "number" SET STORAGE EXTERNAL, ALTER COLUMN "number" SET COMPRESSION lz4, ALTER COLUMN "number" SET STATISTICS 100, ALTER COLUMN "number" SET (n_distinct=5)",
      "GRANT SELECT ("number") ON "public"."items" TO PUBLIC WITH GRANT OPTION",
      "GRANT UPDATE ("number") ON "public"."items" TO ann",
    ]
  `);
  expect(step.locks.map(({ on, mode }) => `${mode} on ${on.name}`)).toEqual(['AccessExclusiveLock on items']);
});
