import { expect, test } from 'vitest';
import { NO_TIES } from '../catalog/column-ties.js';
import type { StoredType, TypeChange } from '../catalog/type-change.js';
import { parseColumnDefinition } from '../column-definition.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type ChangeColumnArguments, type ChangeColumnFacts, changeColumn } from './change-column.js';

const ITEMS = { schema: 'public', name: 'items' };
const VARCHAR: StoredType = {
  oid: 1043,
  modifier: 24,
  name: 'varchar',
  kind: 'b',
  category: 'S',
  printed: 'character varying(20)',
};
const CHANGES: Readonly<Record<string, TypeChange | null>> = {
  no: null,
  wider: { from: VARCHAR, to: { ...VARCHAR, modifier: 44 }, cast: null, utc: true },
  narrower: { from: VARCHAR, to: { ...VARCHAR, modifier: 9 }, cast: null, utc: true },
  'without a cast': { from: VARCHAR, to: { ...VARCHAR, oid: 23, name: 'int4', category: 'N' }, cast: null, utc: true },
};

function args(definition: string, using?: string): ChangeColumnArguments {
  const { column } = parseColumnDefinition('test', 'code', definition);
  return { table: ITEMS, column: 'code', definition: column, using, labels: undefined, before: [], after: [] };
}

function facts(over: Partial<ChangeColumnFacts>): ChangeColumnFacts {
  return {
    target: 'public.items.code',
    state: { pending: [] },
    begun: false,
    differences: [],
    missing: [],
    table: ITEMS,
    compared: {
      target: 'public.items.code',
      state: { column: 'present' },
      begun: true,
      differences: [],
      missing: [],
      table: ITEMS,
      unfit: null,
      rewrites: false,
      stored: { type: 'character varying(20)', expression: "'x'::character varying" },
    },
    change: null,
    labels: null,
    key: ['id'],
    ties: NO_TIES,
    hidden: false,
    isolation: 'read committed',
    judgesInput: true,
    ...over,
  };
}

test('facts → steps', () => {
  const plans = planTable({
    operation: changeColumn,
    args: args("varchar(40) DEFAULT 'y'"),
    over: {
      type: ['no', 'wider', 'narrower', 'without a cast'] as const,
      fixed: [null, 'the column comes from a parent table.'] as const,
      blocking: [[], ['view v']] as const,
    },
    facts: ({ type, fixed, blocking }) =>
      facts({
        change: CHANGES[type] ?? null,
        state: { pending: ['default', ...(type === 'no' ? [] : ['type'])] },
        ties: { ...NO_TIES, fixed, blocking },
      }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "type            fixed                                  blocking  form    steps
    no              none                                   none      online  change
    no              none                                   view v    online  change
    no              the column comes from a parent table.  none      online  refused: the column comes from a parent table.
    no              the column comes from a parent table.  view v    online  refused: the column comes from a parent table.
    wider           none                                   none      online  change
    wider           none                                   view v    online  refused: the server does not change the type under what depends on it:
    wider           the column comes from a parent table.  none      online  refused: the column comes from a parent table.
    wider           the column comes from a parent table.  view v    online  refused: the column comes from a parent table.
    narrower        none                                   none      online  loss → change (rewrite)
    narrower        none                                   view v    online  refused: the server does not change the type under what depends on it:
    narrower        the column comes from a parent table.  none      online  refused: the column comes from a parent table.
    narrower        the column comes from a parent table.  view v    online  refused: the column comes from a parent table.
    without a cast  none                                   none      online  refused: PostgreSQL has no cast from character varying(20) to character varying(20) that keeps every value by itself.
    without a cast  none                                   view v    online  refused: the server does not change the type under what depends on it:
    without a cast  the column comes from a parent table.  none      online  refused: the column comes from a parent table.
    without a cast  the column comes from a parent table.  view v    online  refused: the column comes from a parent table."
  `);
});

test('nothing left to do when nothing differs, whatever hangs on the column', () => {
  const ties = { ...NO_TIES, blocking: ['view v'], fixed: 'fixed.' };
  expect(changeColumn.next(facts({ ties }), args('varchar(20)'), 'online')).toBeNull();
});

test('what is read again makes it a scan, what is written anew a rewrite', () => {
  const work = (over: Partial<ChangeColumnFacts>, using?: string): string =>
    firstStep(changeColumn, facts({ state: { pending: ['type'] }, ...over }), args('varchar(40)', using), 'online').work
      .kind;
  const change = CHANGES['wider'] as TypeChange;
  expect(work({ change })).toBe('catalog');
  expect(work({ change, ties: { ...NO_TIES, indexed: true, partners: [ITEMS] } })).toBe('catalog');
  expect(work({ change, ties: { ...NO_TIES, checked: true } })).toBe('scan');
  expect(work({ change }, 'upper(code)')).toBe('rewrite');
  expect(work({ state: { pending: ['collation'] }, ties: { ...NO_TIES, indexed: true } })).toBe('scan');
});

test('the tables of its foreign keys are locked too', () => {
  const change = CHANGES['wider'] as TypeChange;
  const ties = { ...NO_TIES, partners: [{ schema: 'public', name: 'orders' }] };
  const step = firstStep(
    changeColumn,
    facts({ change, ties, state: { pending: ['type'] } }),
    args('varchar(40)'),
    'online',
  );
  expect(step.locks.map((lock) => lock.on.name)).toEqual(['items', 'orders']);
});

test('the sequence is widened before the column, so that a crash between the two leaves something to do', () => {
  const ties = { ...NO_TIES, narrowSequence: { schema: 'public', name: 'items_code_seq' } };
  const plan = planTable({
    operation: changeColumn,
    args: args('bigserial'),
    over: { pending: [['sequence', 'type'], ['type']] as const },
    facts: ({ pending }) => facts({ state: { pending }, ties, change: CHANGES['wider'] as TypeChange }),
    forms: ['online'],
  });
  expect(plan).toMatchInlineSnapshot(`
    "pending        form    steps
    sequence,type  online  widen sequence → change
    type           online  change"
  `);
});

test('one statement for all that differs, the default around the type', () => {
  const to = { ...VARCHAR, oid: 25, name: 'text', modifier: -1, printed: 'text' };
  const change = { from: VARCHAR, to, cast: { method: 'b', context: 'i' }, utc: true };
  const step = firstStep(
    changeColumn,
    facts({ change, state: { pending: ['collation', 'default', 'nullability', 'type'] } }),
    args('text COLLATE "C" DEFAULT \'y\''),
    'online',
  );
  expect(step.sql).toMatchInlineSnapshot(
    `"ALTER TABLE "public"."items" ALTER COLUMN "code" DROP DEFAULT, ALTER COLUMN "code" TYPE text COLLATE "C", ALTER COLUMN "code" SET DEFAULT 'y', ALTER COLUMN "code" DROP NOT NULL"`,
  );
});

test('what is refused for its size is told the way without downtime, ready to paste', () => {
  const instead = (over: Partial<ChangeColumnFacts>, using?: string): string | undefined =>
    firstStep(
      changeColumn,
      facts({ state: { pending: ['type'] }, ...over }),
      args("varchar(9) DEFAULT 'y'", using),
      'online',
    ).instead;
  const change = CHANGES['wider'] as TypeChange;
  expect(instead({ change })).toMatchInlineSnapshot(`
    "Let a second column take its place without downtime, each call in a migration of its own:
      await g.safeExpandColumn('public.items', 'code', 'varchar(9)');
      await g.safeFillColumn('public.items', 'code', 'varchar(9)');
      await g.safeSwapColumn('public.items', 'code', 'varchar(9)');
      await g.safeContractColumn('public.items', 'code', 'varchar(9)');"
  `);
  expect(
    instead({ change, state: { pending: ['default', 'type'] } }, "substr(code, 1, 9) || 'x'"),
  ).toMatchInlineSnapshot(`
    "Let a second column take its place without downtime, each call in a migration of its own:
      await g.safeExpandColumn('public.items', 'code', 'varchar(9)', { using: 'substr(code, 1, 9) || \\'x\\'' });
      await g.safeFillColumn('public.items', 'code', 'varchar(9)');
      await g.safeSwapColumn('public.items', 'code', 'varchar(9)');
      await g.safeContractColumn('public.items', 'code', 'varchar(9)');
    Then call safeChangeColumn again for the rest of the definition."
  `);
  // The same type in another collation is no change that a second column could have from safeExpandColumn.
  expect(instead({ state: { pending: ['collation'] } })).toMatchInlineSnapshot(`
    "Make a new column, in migrations of their own, and drop this one when nobody reads it any more:
      await g.safeAddColumn('public.items', 'code_new', 'varchar(9)');
      await g.safeDropColumn('public.items', 'code');"
  `);
});
