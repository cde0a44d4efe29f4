import { expect, test } from 'vitest';
import type { Holder, TwoNames } from '../catalog/stand-in.js';
import { planTable } from '../engine/plan-table.js';
import { contractTableRename } from './contract-table-rename.js';

const FROM = { schema: 'app', name: 'users' };
const TO = { schema: 'app', name: 'people' };

test('facts → steps', () => {
  const holders: readonly Holder[] = ['table', 'view', 'absent', 'other'];
  const plans = planTable({
    operation: contractTableRename,
    args: { from: FROM, to: TO },
    over: { from: holders, to: ['table', 'absent'] as const, dependents: [[], ['view v']] as const },
    facts: ({ from, to, dependents }) => ({
      target: 'app.users to people',
      begun: false,
      differences: [],
      missing: [],
      state: { object: from === 'absent' ? ('absent' as const) : ('present' as const) },
      from: FROM,
      to: TO,
      names: { state: { from, to, behind: false }, holders: { from: `${from} app.users`, to: null } } as TwoNames,
      dependents,
    }),
    forms: ['online'],
  });
  expect(plans).toMatchInlineSnapshot(`
    "from    to      dependents  form    steps
    table   table   none        online  refused: app.users is no view of app.people: it is table app.users.
    table   table   view v      online  refused: app.users is no view of app.people: it is table app.users.
    table   absent  none        online  refused: app.users is no view of app.people: it is table app.users.
    table   absent  view v      online  refused: app.users is no view of app.people: it is table app.users.
    view    table   none        online  drop
    view    table   view v      online  refused: these depend on it:
    view    absent  none        online  drop
    view    absent  view v      online  refused: these depend on it:
    absent  table   none        online  nothing left to do
    absent  table   view v      online  nothing left to do
    absent  absent  none        online  nothing left to do
    absent  absent  view v      online  nothing left to do
    other   table   none        online  refused: app.users is no view of app.people: it is other app.users.
    other   table   view v      online  refused: app.users is no view of app.people: it is other app.users.
    other   absent  none        online  refused: app.users is no view of app.people: it is other app.users.
    other   absent  view v      online  refused: app.users is no view of app.people: it is other app.users."
  `);
});
