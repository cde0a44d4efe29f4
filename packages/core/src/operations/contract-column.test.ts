import { expect, test } from 'vitest';
import { NO_TIES } from '../catalog/column-ties.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import type { PairFacts } from './column-pair/look.js';
import { NO_PARTS } from './column-pair/parts.js';
import { begun, factsOf, OTHERS, pairOf, partsOn, TO_NAME, TO_TYPE } from './column-pair/sample-facts.js';
import { contractColumn } from './contract-column.js';

test('a type: facts → steps', () => {
  const plans = planTable({
    operation: contractColumn,
    args: TO_TYPE,
    over: { become: [false, true] as const, paired: [true, false] as const },
    facts: ({ become, paired }) => ({
      ...(paired ? begun(TO_TYPE) : factsOf(TO_TYPE)),
      state: { become, paired, inStep: 'no' },
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "become  paired  form    steps
    false   true    online  refused: code does not have that type yet: code_shadow is to take its place first.
    false   false   online  refused: no trigger keeps code_shadow in step with another column of public.items.
    true    true    online  drop
    true    false   online  nothing left to do"
  `);
});

test('a name: facts → steps', () => {
  const plans = planTable({
    operation: contractColumn,
    args: TO_NAME,
    over: {
      leads: ['code', 'number'] as const,
      inStep: ['no', 'validated'] as const,
      parts: ['lacking', 'made'] as const,
      blocking: [[], ['view v']] as const,
    },
    facts: ({ leads, inStep, parts, blocking }) =>
      begun(TO_NAME, {
        state: { become: false, paired: true, inStep },
        ...(leads === 'code' ? {} : { pair: pairOf(TO_NAME, { leading: 'number', following: 'code' }) }),
        parts: { ...NO_PARTS, parts: partsOn('number', parts === 'made') },
        ties: { ...NO_TIES, blocking },
      }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "leads   inStep     parts    blocking  form    steps
    code    no         lacking  none      online  refused: number cannot take its place yet, it lacks:
    code    no         lacking  view v    online  refused: these would stay with the old column:
    code    no         made     none      online  refused: number cannot take its place yet, it lacks:
    code    no         made     view v    online  refused: these would stay with the old column:
    code    validated  lacking  none      online  refused: number cannot take its place yet, it lacks:
    code    validated  lacking  view v    online  refused: these would stay with the old column:
    code    validated  made     none      online  succeed
    code    validated  made     view v    online  refused: these would stay with the old column:
    number  no         lacking  none      online  drop
    number  no         lacking  view v    online  drop
    number  no         made     none      online  drop
    number  no         made     view v    online  drop
    number  validated  lacking  none      online  drop
    number  validated  lacking  view v    online  drop
    number  validated  made     none      online  drop
    number  validated  made     view v    online  drop"
  `);
});

test('nothing left to do when the old name is gone', () => {
  const facts = factsOf(TO_NAME, { state: { become: true, paired: false, inStep: 'no' } });
  expect(contractColumn.next(facts, TO_NAME, 'online')).toBeNull();
});

const statementsOf = (facts: PairFacts, args = TO_TYPE): unknown => {
  const step = firstStep(contractColumn, facts, args, 'online');
  return {
    statements: step.kind === 'sql' ? [step.sql, ...(step.more ?? [])] : [],
    locks: step.locks.map(({ on, mode }) => `${mode} on ${on.name}`),
  };
};

test('the column that follows goes, with the keys that refer to it, and the trigger', () => {
  const state = { become: true, paired: true, inStep: 'no' } as const;
  const partnerReferencedBy = [{ name: 'others_item_fkey_shadow', on: OTHERS }];
  expect(statementsOf(begun(TO_TYPE, { state, partnerReferencedBy }))).toMatchInlineSnapshot(`
    {
      "locks": [
        "AccessExclusiveLock on items",
        "AccessExclusiveLock on others",
      ],
      "statements": [
        "DROP TRIGGER "zz_holdfast_sync_code" ON "public"."items"",
        "DROP FUNCTION "public"."holdfast_sync_items_code"()",
        "ALTER TABLE "public"."others" DROP CONSTRAINT "others_item_fkey_shadow"",
        "ALTER TABLE "public"."items" DROP COLUMN "code_shadow"",
      ],
    }
  `);
});

test('the new name takes over what belonged to the old one', () => {
  const state = { become: false, paired: true, inStep: 'validated' } as const;
  const parts = { ...NO_PARTS, parts: partsOn('number', true), default: '7', notNull: true, comment: 'a number' };
  expect(statementsOf(begun(TO_NAME, { state, parts, partnerNotNull: true }), TO_NAME)).toMatchInlineSnapshot(`
    {
      "locks": [
        "AccessExclusiveLock on others",
        "AccessExclusiveLock on items",
      ],
      "statements": [
        "DROP TRIGGER "zz_holdfast_sync_code" ON "public"."items"",
        "DROP FUNCTION "public"."holdfast_sync_items_code"()",
        "ALTER TABLE "public"."items" DROP CONSTRAINT "holdfast_in_step_items_number"",
        "ALTER TABLE "public"."others" DROP CONSTRAINT "others_item_fkey"",
        "ALTER TABLE "public"."items" DROP CONSTRAINT "items_pkey"",
        "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP DEFAULT",
        "ALTER TABLE "public"."items" ALTER COLUMN "number" SET DEFAULT 7",
        "ALTER TABLE "public"."items" ALTER COLUMN "code" DROP NOT NULL",
        "ALTER TABLE "public"."items" DROP COLUMN "code"",
        "ALTER TABLE "public"."items" ADD CONSTRAINT "items_pkey" PRIMARY KEY USING INDEX "items_pkey_shadow"",
        "ALTER INDEX "public"."items_by_code_shadow" RENAME TO "items_by_code"",
        "ALTER TABLE "public"."items" RENAME CONSTRAINT "items_code_key_shadow" TO "items_code_key"",
        "ALTER TABLE "public"."items" RENAME CONSTRAINT "positive_shadow" TO "positive"",
        "ALTER TABLE "public"."others" RENAME CONSTRAINT "others_item_fkey_shadow" TO "others_item_fkey"",
        "COMMENT ON COLUMN "public"."items"."number" IS 'a number'",
      ],
    }
  `);
});
