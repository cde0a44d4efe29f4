import { expect, test } from 'vitest';
import { NO_TIES } from '../catalog/column-ties.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import type { PairFacts } from './column-pair/look.js';
import { type ColumnParts, NO_PARTS } from './column-pair/parts.js';
import { begun, partsOn, TO_TYPE } from './column-pair/sample-facts.js';
import { swapColumn } from './swap-column.js';

const FILLED: Partial<PairFacts> = {
  state: { become: false, paired: true, inStep: 'validated' },
  parts: { ...NO_PARTS, parts: partsOn('code_shadow', true) },
};

test('facts → steps', () => {
  const plans = planTable({
    operation: swapColumn,
    args: TO_TYPE,
    over: {
      become: [true, false] as const,
      inStep: ['no', 'unvalidated', 'validated'] as const,
      parts: ['none', 'lacking', 'made'] as const,
      blocking: [[], ['view v']] as const,
    },
    facts: ({ become, inStep, parts, blocking }) =>
      begun(TO_TYPE, {
        state: { become, paired: true, inStep },
        parts: { ...NO_PARTS, parts: parts === 'none' ? [] : partsOn('code_shadow', parts === 'made') },
        ties: { ...NO_TIES, blocking },
      }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "become  inStep       parts    blocking  form    steps
    true    no           none     none      online  nothing left to do
    true    no           none     view v    online  nothing left to do
    true    no           lacking  none      online  nothing left to do
    true    no           lacking  view v    online  nothing left to do
    true    no           made     none      online  nothing left to do
    true    no           made     view v    online  nothing left to do
    true    unvalidated  none     none      online  nothing left to do
    true    unvalidated  none     view v    online  nothing left to do
    true    unvalidated  lacking  none      online  nothing left to do
    true    unvalidated  lacking  view v    online  nothing left to do
    true    unvalidated  made     none      online  nothing left to do
    true    unvalidated  made     view v    online  nothing left to do
    true    validated    none     none      online  nothing left to do
    true    validated    none     view v    online  nothing left to do
    true    validated    lacking  none      online  nothing left to do
    true    validated    lacking  view v    online  nothing left to do
    true    validated    made     none      online  nothing left to do
    true    validated    made     view v    online  nothing left to do
    false   no           none     none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   no           none     view v    online  refused: these would stay with the old column:
    false   no           lacking  none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   no           lacking  view v    online  refused: these would stay with the old column:
    false   no           made     none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   no           made     view v    online  refused: these would stay with the old column:
    false   unvalidated  none     none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   unvalidated  none     view v    online  refused: these would stay with the old column:
    false   unvalidated  lacking  none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   unvalidated  lacking  view v    online  refused: these would stay with the old column:
    false   unvalidated  made     none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   unvalidated  made     view v    online  refused: these would stay with the old column:
    false   validated    none     none      online  swap
    false   validated    none     view v    online  refused: these would stay with the old column:
    false   validated    lacking  none      online  refused: code_shadow cannot take its place yet, it lacks:
    false   validated    lacking  view v    online  refused: these would stay with the old column:
    false   validated    made     none      online  swap
    false   validated    made     view v    online  refused: these would stay with the old column:"
  `);
});

const NUMBERED = { schema: 'public', name: 'items_code_seq' };
const CHANGING: Readonly<Record<string, ColumnParts>> = {
  'nothing else': NO_PARTS,
  'a key, an index, constraints, a default and a comment': {
    ...NO_PARTS,
    parts: partsOn('code_shadow', true),
    default: '7',
    notNull: true,
    comment: "it's",
  },
  'a sequence of its own': {
    ...NO_PARTS,
    default: "nextval('items_code_seq'::regclass)",
    sequence: { name: NUMBERED, type: 'integer', options: 'START WITH 1', comment: null, grants: [] },
  },
  'an identity': {
    ...NO_PARTS,
    identity: 'always',
    sequence: { name: NUMBERED, type: 'integer', options: 'START WITH 1', comment: null, grants: [] },
  },
};

test('what changes places along with the columns', () => {
  const steps = Object.entries(CHANGING).map(([what, parts]) => {
    const step = firstStep(
      swapColumn,
      begun(TO_TYPE, { partnerNotNull: parts.notNull, ...FILLED, parts }),
      TO_TYPE,
      'online',
    );
    const statements = step.kind === 'sql' ? [step.sql, ...(step.more ?? [])].slice(0, -1) : [];
    return [what, { statements, locks: step.locks.map(({ on, mode }) => `${mode} on ${on.name}`) }];
  });
  expect(Object.fromEntries(steps)).toMatchInlineSnapshot(`
    {
      "a key, an index, constraints, a default and a comment": {
        "locks": [
          "AccessExclusiveLock on others",
          "AccessExclusiveLock on items",
        ],
        "statements": [
          "ALTER TABLE "public"."items" DROP CONSTRAINT "holdfast_in_step_items_code_shadow"",
          "ALTER TABLE "public"."others" DROP CONSTRAINT "others_item_fkey"",
          "ALTER TABLE "public"."items" DROP CONSTRAINT "items_pkey"",
          "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP DEFAULT",
          "ALTER TABLE "public"."items" ALTER COLUMN "code_shadow" SET DEFAULT 7",
          "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP NOT NULL",
          "ALTER TABLE "public"."items" RENAME COLUMN "code" TO "code_swap"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_shadow" TO "code"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_swap" TO "code_shadow"",
          "ALTER TABLE "public"."items" ADD CONSTRAINT "items_pkey" PRIMARY KEY USING INDEX "items_pkey_shadow"",
          "ALTER INDEX "public"."items_by_code" RENAME TO "items_by_code_swap"",
          "ALTER INDEX "public"."items_by_code_shadow" RENAME TO "items_by_code"",
          "ALTER INDEX "public"."items_by_code_swap" RENAME TO "items_by_code_shadow"",
          "ALTER TABLE "public"."items" DROP CONSTRAINT "items_code_key"",
          "ALTER TABLE "public"."items" RENAME CONSTRAINT "items_code_key_shadow" TO "items_code_key"",
          "ALTER TABLE "public"."items" DROP CONSTRAINT "positive"",
          "ALTER TABLE "public"."items" RENAME CONSTRAINT "positive_shadow" TO "positive"",
          "ALTER TABLE "public"."others" RENAME CONSTRAINT "others_item_fkey_shadow" TO "others_item_fkey"",
          "COMMENT ON COLUMN "public"."items"."code" IS 'it''s'",
          "COMMENT ON COLUMN "public"."items"."code_shadow" IS NULL",
        ],
      },
      "a sequence of its own": {
        "locks": [
          "AccessExclusiveLock on items",
          "ShareRowExclusiveLock on items_code_seq",
        ],
        "statements": [
          "ALTER TABLE "public"."items" DROP CONSTRAINT "holdfast_in_step_items_code_shadow"",
          "ALTER SEQUENCE "public"."items_code_seq" AS bigint OWNED BY "public"."items"."code_shadow"",
          "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP DEFAULT",
          "ALTER TABLE "public"."items" ALTER COLUMN "code_shadow" SET DEFAULT nextval('items_code_seq'::regclass)",
          "ALTER TABLE "public"."items" RENAME COLUMN "code" TO "code_swap"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_shadow" TO "code"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_swap" TO "code_shadow"",
        ],
      },
      "an identity": {
        "locks": [
          "AccessExclusiveLock on items",
          "AccessExclusiveLock on items_code_seq",
        ],
        "statements": [
          "ALTER TABLE "public"."items" DROP CONSTRAINT "holdfast_in_step_items_code_shadow"",
          "ALTER SEQUENCE "public"."items_code_seq" RENAME TO "items_code_seq_swap"",
          "ALTER TABLE "public"."items" ALTER COLUMN "code_shadow" ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "public"."items_code_seq" START WITH 1)",
          "SELECT pg_catalog.setval('"public"."items_code_seq"', last_value, is_called) FROM "public"."items_code_seq_swap"",
          "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP IDENTITY",
          "ALTER TABLE "public"."items" RENAME COLUMN "code" TO "code_swap"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_shadow" TO "code"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_swap" TO "code_shadow"",
        ],
      },
      "nothing else": {
        "locks": [
          "AccessExclusiveLock on items",
        ],
        "statements": [
          "ALTER TABLE "public"."items" DROP CONSTRAINT "holdfast_in_step_items_code_shadow"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code" TO "code_swap"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_shadow" TO "code"",
          "ALTER TABLE "public"."items" RENAME COLUMN "code_swap" TO "code_shadow"",
        ],
      },
    }
  `);
});

test('the trigger is turned around: what led follows', () => {
  const step = firstStep(swapColumn, begun(TO_TYPE, FILLED), TO_TYPE, 'online');
  const last = step.kind === 'sql' ? (step.more?.at(-1) ?? '') : '';
  expect(last).toContain('"turned":true');
  expect(last).toContain('NEW."code_shadow" := (SELECT ("code")::integer');
});

test('whoever refers to the column is told that his own keeps its type', () => {
  const says = (over: Partial<PairFacts>): readonly string[] => {
    const step = firstStep(swapColumn, begun(TO_TYPE, { ...FILLED, ...over }), TO_TYPE, 'online');
    return step.kind === 'sql' ? (step.says ?? []) : [];
  };
  expect(says({})).toEqual(['public.others refer to it: their own columns keep their type']);
  expect(says({ parts: NO_PARTS })).toEqual([]);
});
