import { expect, test } from 'vitest';
import { type EnumColumn, NOT_USED } from '../catalog/enum-remake.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type RemoveEnumValueArguments, type RemoveEnumValueFacts, removeEnumValue } from './remove-enum-value.js';

const TYPE = { schema: 'public', name: 'mood' };
const COLUMN: EnumColumn = {
  table: { schema: 'public', name: 'users' },
  column: 'mood',
  array: false,
  notNull: false,
  default: null,
  inherited: false,
  parent: false,
};
const COLUMNS: Readonly<Record<string, readonly EnumColumn[]>> = {
  none: [],
  nullable: [COLUMN],
  'not null': [{ ...COLUMN, notNull: true }],
  array: [{ ...COLUMN, array: true, notNull: true }],
  'default of it': [{ ...COLUMN, default: "'sad'::mood" }],
};

test('with another value: facts → steps', () => {
  expect(plans('happy')).toMatchInlineSnapshot(`
    "value    columns        blocking        form    steps
    present  none           none            online  rebuild
    present  none           view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  nullable       none            online  rebuild (rewrite)
    present  nullable       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  not null       none            online  rebuild (rewrite)
    present  not null       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  array          none            online  rebuild (rewrite)
    present  array          view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  default of it  none            online  refused: these name the value:
    present  default of it  view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    absent   none           none            online  nothing left to do
    absent   none           view sad_users  online  nothing left to do
    absent   nullable       none            online  nothing left to do
    absent   nullable       view sad_users  online  nothing left to do
    absent   not null       none            online  nothing left to do
    absent   not null       view sad_users  online  nothing left to do
    absent   array          none            online  nothing left to do
    absent   array          view sad_users  online  nothing left to do
    absent   default of it  none            online  nothing left to do
    absent   default of it  view sad_users  online  nothing left to do"
  `);
});

test('with null: facts → steps', () => {
  expect(plans(null)).toMatchInlineSnapshot(`
    "value    columns        blocking        form    steps
    present  none           none            online  rebuild
    present  none           view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  nullable       none            online  rebuild (rewrite)
    present  nullable       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  not null       none            online  rows of public.users.mood → rebuild (rewrite)
    present  not null       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  array          none            online  rebuild (rewrite)
    present  array          view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  default of it  none            online  refused: these name the value:
    present  default of it  view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    absent   none           none            online  nothing left to do
    absent   none           view sad_users  online  nothing left to do
    absent   nullable       none            online  nothing left to do
    absent   nullable       view sad_users  online  nothing left to do
    absent   not null       none            online  nothing left to do
    absent   not null       view sad_users  online  nothing left to do
    absent   array          none            online  nothing left to do
    absent   array          view sad_users  online  nothing left to do
    absent   default of it  none            online  nothing left to do
    absent   default of it  view sad_users  online  nothing left to do"
  `);
});

test('with nothing: facts → steps', () => {
  expect(plans(undefined)).toMatchInlineSnapshot(`
    "value    columns        blocking        form    steps
    present  none           none            online  rebuild
    present  none           view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  nullable       none            online  rows of public.users.mood → rebuild (rewrite)
    present  nullable       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  not null       none            online  rows of public.users.mood → rebuild (rewrite)
    present  not null       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  array          none            online  rows of public.users.mood → rebuild (rewrite)
    present  array          view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  default of it  none            online  refused: these name the value:
    present  default of it  view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    absent   none           none            online  nothing left to do
    absent   none           view sad_users  online  nothing left to do
    absent   nullable       none            online  nothing left to do
    absent   nullable       view sad_users  online  nothing left to do
    absent   not null       none            online  nothing left to do
    absent   not null       view sad_users  online  nothing left to do
    absent   array          none            online  nothing left to do
    absent   array          view sad_users  online  nothing left to do
    absent   default of it  none            online  nothing left to do
    absent   default of it  view sad_users  online  nothing left to do"
  `);
});

test('with a value that is not there: facts → steps', () => {
  expect(plans('glad')).toMatchInlineSnapshot(`
    "value    columns        blocking        form    steps
    present  none           none            online  refused: there is no value 'glad' to replace it with.
    present  none           view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  nullable       none            online  refused: there is no value 'glad' to replace it with.
    present  nullable       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  not null       none            online  refused: there is no value 'glad' to replace it with.
    present  not null       view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  array          none            online  refused: there is no value 'glad' to replace it with.
    present  array          view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    present  default of it  none            online  refused: there is no value 'glad' to replace it with.
    present  default of it  view sad_users  online  refused: another type must take its place, which PostgreSQL does not do under what depends on it:
    absent   none           none            online  nothing left to do
    absent   none           view sad_users  online  nothing left to do
    absent   nullable       none            online  nothing left to do
    absent   nullable       view sad_users  online  nothing left to do
    absent   not null       none            online  nothing left to do
    absent   not null       view sad_users  online  nothing left to do
    absent   array          none            online  nothing left to do
    absent   array          view sad_users  online  nothing left to do
    absent   default of it  none            online  nothing left to do
    absent   default of it  view sad_users  online  nothing left to do"
  `);
});

test('a parent gets its type with its children, and each of them its own default', () => {
  const child = { ...COLUMN, table: { schema: 'public', name: 'old_users' }, inherited: true, default: "'calm'::mood" };
  const columns = [child, { ...COLUMN, parent: true, default: "'happy'::mood" }];
  const step = firstStep(
    removeEnumValue,
    facts({ value: 'present', columns, blocking: [] }),
    { type: TYPE, value: 'sad', replaceWith: null },
    'online',
  );
  expect([step.sql, ...('more' in step ? (step.more ?? []) : [])].join(';\n')).toMatchInlineSnapshot(`
    "ALTER TYPE "public"."mood" RENAME TO "holdfast_old_mood";
    CREATE TYPE "public"."mood" AS ENUM ('calm', 'happy');
    ALTER TABLE ONLY "public"."old_users" ALTER COLUMN "mood" DROP DEFAULT;
    ALTER TABLE ONLY "public"."users" ALTER COLUMN "mood" DROP DEFAULT;
    ALTER TABLE "public"."users" ALTER COLUMN "mood" TYPE "public"."mood" USING nullif("mood"::text, 'sad')::"public"."mood";
    ALTER TABLE ONLY "public"."old_users" ALTER COLUMN "mood" SET DEFAULT 'calm'::mood;
    ALTER TABLE ONLY "public"."users" ALTER COLUMN "mood" SET DEFAULT 'happy'::mood;
    DROP TYPE "public"."holdfast_old_mood""
  `);
});

function plans(replaceWith: RemoveEnumValueArguments['replaceWith']): string {
  return planTable({
    operation: removeEnumValue,
    args: { type: TYPE, value: 'sad', replaceWith },
    over: { value: ['present', 'absent'] as const, columns: Object.keys(COLUMNS), blocking: [[], ['view sad_users']] },
    facts: (values) => facts({ ...values, columns: COLUMNS[values.columns] ?? [] }),
    forms: ['online'],
  });
}

function facts({
  value,
  columns,
  blocking,
}: {
  value: 'present' | 'absent';
  columns: readonly EnumColumn[];
  blocking: readonly string[];
}): RemoveEnumValueFacts {
  return {
    target: 'public.mood.sad',
    state: { value },
    begun: false,
    differences: [],
    missing: [],
    type: TYPE,
    labels: ['sad', 'calm', 'happy'],
    remake: { ...NOT_USED, columns, blocking },
  };
}
