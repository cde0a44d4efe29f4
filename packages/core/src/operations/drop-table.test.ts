import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { type DropTableFacts, dropTable } from './drop-table.js';

const LOGINS = { schema: 'public', name: 'logins' };
const ARGS = { table: LOGINS, allowRows: false };

test('facts → steps', () => {
  const over = {
    table: ['present', 'absent'] as const,
    otherKind: [null, 'a view'],
    blocking: [[], ['view v']] as const,
    seesRows: [true, false],
  };
  expect(planTable({ operation: dropTable, args: ARGS, over, facts, forms: ['online'] })).toMatchInlineSnapshot(`
    "table    otherKind  blocking  seesRows  form    steps
    present  none       none      true      online  rows → drop
    present  none       none      false     online  refused: whether it has rows cannot be seen by this role: it may not read the table, or row level security hides rows from it.
    present  none       view v    true      online  refused: these depend on it:
    present  none       view v    false     online  refused: these depend on it:
    present  a view     none      true      online  refused: it is a view, not a table.
    present  a view     none      false     online  refused: it is a view, not a table.
    present  a view     view v    true      online  refused: it is a view, not a table.
    present  a view     view v    false     online  refused: it is a view, not a table.
    absent   none       none      true      online  nothing left to do
    absent   none       none      false     online  nothing left to do
    absent   none       view v    true      online  nothing left to do
    absent   none       view v    false     online  nothing left to do
    absent   a view     none      true      online  nothing left to do
    absent   a view     none      false     online  nothing left to do
    absent   a view     view v    true      online  nothing left to do
    absent   a view     view v    false     online  nothing left to do"
  `);
  expect(
    planTable({ operation: dropTable, args: { ...ARGS, allowRows: true }, over, facts, forms: ['plain'] }),
  ).toMatchInlineSnapshot(`
    "table    otherKind  blocking  seesRows  form   steps
    present  none       none      true      plain  drop
    present  none       none      false     plain  drop
    present  none       view v    true      plain  refused: these depend on it:
    present  none       view v    false     plain  refused: these depend on it:
    present  a view     none      true      plain  refused: it is a view, not a table.
    present  a view     none      false     plain  refused: it is a view, not a table.
    present  a view     view v    true      plain  refused: it is a view, not a table.
    present  a view     view v    false     plain  refused: it is a view, not a table.
    absent   none       none      true      plain  nothing left to do
    absent   none       none      false     plain  nothing left to do
    absent   none       view v    true      plain  nothing left to do
    absent   none       view v    false     plain  nothing left to do
    absent   a view     none      true      plain  nothing left to do
    absent   a view     none      false     plain  nothing left to do
    absent   a view     view v    true      plain  nothing left to do
    absent   a view     view v    false     plain  nothing left to do"
  `);
});

test('rows are asked for again under the lock, unless they may go', () => {
  const given = { ...facts({ table: 'present', otherKind: null, blocking: [], seesRows: true }), probed: ['rows'] };
  expect(firstStep(dropTable, given, ARGS, 'online')).toHaveProperty('underLock');
  expect(firstStep(dropTable, given, { ...ARGS, allowRows: true }, 'online')).not.toHaveProperty('underLock');
});

test('whatever goes or loses a trigger is locked', () => {
  const found = facts({ table: 'present', otherKind: null, blocking: [], seesRows: true });
  const given: DropTableFacts = {
    ...found,
    above: [{ schema: 'app', name: 'events' }],
    dependents: {
      ...found.dependents,
      tables: [LOGINS, { schema: 'public', name: 'logins_1' }],
      referenced: [{ schema: 'app', name: 'orgs' }],
      sequences: [{ schema: 'public', name: 'logins_id_seq' }],
    },
  };
  const step = firstStep(dropTable, given, { ...ARGS, allowRows: true }, 'online');
  expect(step.locks.map((lock) => [lock.on.name, lock.kind])).toEqual([
    ['events', 'table'],
    ['logins', 'table'],
    ['logins_1', 'table'],
    ['orgs', 'table'],
    ['logins_id_seq', 'other'],
  ]);
  expect(step.risk).toMatchObject({ dependents: ['public.logins_1'] });
});

function facts({
  table,
  otherKind,
  blocking,
  seesRows,
}: {
  readonly table: 'present' | 'absent';
  readonly otherKind: string | null;
  readonly blocking: readonly string[];
  readonly seesRows: boolean;
}): DropTableFacts {
  return {
    target: 'public.logins',
    state: { table },
    begun: false,
    differences: [],
    missing: [],
    table: LOGINS,
    otherKind,
    dependents: { blocking, lost: [], tables: [LOGINS], referenced: [], sequences: [] },
    above: [],
    seesRows,
  };
}
