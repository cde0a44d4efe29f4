import { expect, test } from 'vitest';
import type { Grant } from '../catalog/grants.js';
import type { Holder, TwoNames } from '../catalog/stand-in.js';
import { firstStep, planTable } from '../engine/plan-table.js';
import { expandTableRename } from './expand-table-rename.js';

const FROM = { schema: 'app', name: 'users' };
const TO = { schema: 'app', name: 'people' };
const ARGS = { from: FROM, to: TO };
const FORMS = ['online'] as const;

function grant(grantee: string | null, privilege: string, more: Partial<Grant> = {}): Grant {
  return { column: null, grantee, privilege, grantable: false, ...more };
}

const OWNERS = [grant(null, 'INSERT'), grant(null, 'SELECT')];

function facts(from: Holder, to: Holder, more: Partial<TwoNames> = {}): TwoNames {
  return {
    target: 'app.users to people',
    state: { from, to, behind: false },
    begun: false,
    differences: [],
    missing: [],
    ...ARGS,
    holders: { from: `${from} app.users`, to: `${to} app.people` },
    types: { from: null, to: null },
    table: { columns: ['id', 'full name'], owner: 'boss', grants: OWNERS, secured: false },
    view: { upToDate: true, sameOwner: true, grants: OWNERS, dependents: [] },
    fresh: { grants: OWNERS, sameOwner: true },
    invoker: true,
    breaks: [],
    replicated: [],
    ...more,
  };
}

/** The statements of the first step. */
function statements(given: TwoNames): string {
  const step = firstStep(expandTableRename, given, ARGS, 'online');
  return [step.sql, ...(step.kind === 'sql' ? (step.more ?? []) : [])].join('\n');
}

test('facts → steps', () => {
  // Two tables, and views that are others, are a mismatch before `next` is asked.
  const starts = ['table, absent', 'absent, table', 'table, view', 'view, table', 'table, other', 'other, table'];
  const plans = planTable({
    operation: expandTableRename,
    args: ARGS,
    over: {
      start: starts,
      behind: [false, true] as const,
      breaks: [[], ['a function']] as const,
      replicated: [[], ['a publication']] as const,
    },
    facts: ({ start, behind, ...more }) => {
      const [from, to] = start.split(', ') as [Holder, Holder];
      return facts(from, to, { state: { from, to, behind }, ...more });
    },
    forms: FORMS,
  });
  expect(plans).toMatchInlineSnapshot(`
    "start          behind  breaks      replicated     form    steps
    table, absent  false   none        none           online  expand
    table, absent  false   none        a publication  online  expand (at a risk)
    table, absent  false   a function  none           online  expand (at a risk)
    table, absent  false   a function  a publication  online  expand (at a risk)
    table, absent  true    none        none           online  expand
    table, absent  true    none        a publication  online  expand (at a risk)
    table, absent  true    a function  none           online  expand (at a risk)
    table, absent  true    a function  a publication  online  expand (at a risk)
    absent, table  false   none        none           online  view
    absent, table  false   none        a publication  online  view
    absent, table  false   a function  none           online  view (at a risk)
    absent, table  false   a function  a publication  online  view (at a risk)
    absent, table  true    none        none           online  view
    absent, table  true    none        a publication  online  view
    absent, table  true    a function  none           online  view (at a risk)
    absent, table  true    a function  a publication  online  view (at a risk)
    table, view    false   none        none           online  swap
    table, view    false   none        a publication  online  swap (at a risk)
    table, view    false   a function  none           online  swap (at a risk)
    table, view    false   a function  a publication  online  swap (at a risk)
    table, view    true    none        none           online  swap
    table, view    true    none        a publication  online  swap (at a risk)
    table, view    true    a function  none           online  swap (at a risk)
    table, view    true    a function  a publication  online  swap (at a risk)
    view, table    false   none        none           online  nothing left to do
    view, table    false   none        a publication  online  nothing left to do
    view, table    false   a function  none           online  nothing left to do
    view, table    false   a function  a publication  online  nothing left to do
    view, table    true    none        none           online  repair
    view, table    true    none        a publication  online  repair
    view, table    true    a function  none           online  repair
    view, table    true    a function  a publication  online  repair
    table, other   false   none        none           online  refused: the name people is taken in that schema by other app.people.
    table, other   false   none        a publication  online  refused: the name people is taken in that schema by other app.people.
    table, other   false   a function  none           online  refused: the name people is taken in that schema by other app.people.
    table, other   false   a function  a publication  online  refused: the name people is taken in that schema by other app.people.
    table, other   true    none        none           online  refused: the name people is taken in that schema by other app.people.
    table, other   true    none        a publication  online  refused: the name people is taken in that schema by other app.people.
    table, other   true    a function  none           online  refused: the name people is taken in that schema by other app.people.
    table, other   true    a function  a publication  online  refused: the name people is taken in that schema by other app.people.
    other, table   false   none        none           online  refused: users is the name of other app.users, not of a table.
    other, table   false   none        a publication  online  refused: users is the name of other app.users, not of a table.
    other, table   false   a function  none           online  refused: users is the name of other app.users, not of a table.
    other, table   false   a function  a publication  online  refused: users is the name of other app.users, not of a table.
    other, table   true    none        none           online  refused: users is the name of other app.users, not of a table.
    other, table   true    none        a publication  online  refused: users is the name of other app.users, not of a table.
    other, table   true    a function  none           online  refused: users is the name of other app.users, not of a table.
    other, table   true    a function  a publication  online  refused: users is the name of other app.users, not of a table."
  `);
});

test('what would be lost or shown is refused', () => {
  const more: Readonly<Record<string, Partial<TwoNames>>> = {
    'a type has the new name': { types: { from: null, to: 'type app.people' } },
    'a type has the old name': { types: { from: 'type app.users', to: null } },
    'no columns': { table: { ...facts('table', 'absent').table, columns: [] } },
    'row level security': { table: { ...facts('table', 'absent').table, secured: true } },
    'row level security before 15': { table: { ...facts('table', 'absent').table, secured: true }, invoker: false },
    'a view on the view': { view: { ...facts('table', 'view').view, dependents: ['view v'] } },
    'a grant on the view only': {
      view: { ...facts('table', 'view').view, grants: [...OWNERS, grant('bob', 'SELECT')] },
    },
  };
  const plans = planTable({
    operation: expandTableRename,
    args: ARGS,
    over: { what: Object.keys(more), start: ['table, absent', 'absent, table', 'table, view', 'view, table'] },
    facts: ({ what, start }) => facts(...(start.split(', ') as [Holder, Holder]), more[what]),
    forms: FORMS,
  });
  expect(plans).toMatchInlineSnapshot(`
    "what                          start          form    steps
    a type has the new name       table, absent  online  refused: the name people is taken in that schema by type app.people.
    a type has the new name       absent, table  online  view
    a type has the new name       table, view    online  swap
    a type has the new name       view, table    online  nothing left to do
    a type has the old name       table, absent  online  expand
    a type has the old name       absent, table  online  refused: the name users is taken in that schema by type app.users.
    a type has the old name       table, view    online  swap
    a type has the old name       view, table    online  nothing left to do
    no columns                    table, absent  online  refused: the table has no columns: a view needs one.
    no columns                    absent, table  online  refused: the table has no columns: a view needs one.
    no columns                    table, view    online  refused: the table has no columns: a view needs one.
    no columns                    view, table    online  refused: the table has no columns: a view needs one.
    row level security            table, absent  online  expand
    row level security            absent, table  online  view
    row level security            table, view    online  swap
    row level security            view, table    online  nothing left to do
    row level security before 15  table, absent  online  refused: row level security is enabled on the table, and before PostgreSQL 15 a view reads with the rights of its owner: the old name would show all rows.
    row level security before 15  absent, table  online  refused: row level security is enabled on the table, and before PostgreSQL 15 a view reads with the rights of its owner: the old name would show all rows.
    row level security before 15  table, view    online  refused: row level security is enabled on the table, and before PostgreSQL 15 a view reads with the rights of its owner: the old name would show all rows.
    row level security before 15  view, table    online  refused: row level security is enabled on the table, and before PostgreSQL 15 a view reads with the rights of its owner: the old name would show all rows.
    a view on the view            table, absent  online  expand
    a view on the view            absent, table  online  view
    a view on the view            table, view    online  refused: these depend on it:
    a view on the view            view, table    online  nothing left to do
    a grant on the view only      table, absent  online  expand
    a grant on the view only      absent, table  online  view
    a grant on the view only      table, view    online  refused: whoever has these grants on the view app.people only would lose them, as the table is to have that name.
    a grant on the view only      view, table    online  nothing left to do"
  `);
});

test('the statements of each step', () => {
  expect(statements(facts('table', 'absent'))).toMatchInlineSnapshot(`
    "ALTER TABLE "app"."users" RENAME TO "people"
    CREATE VIEW "app"."users" WITH (security_invoker = true) AS SELECT "id", "full name" FROM "app"."people""
  `);
  expect(statements(facts('absent', 'table', { invoker: false }))).toMatchInlineSnapshot(
    `"CREATE VIEW "app"."users" AS SELECT "id", "full name" FROM "app"."people""`,
  );
  expect(statements(facts('table', 'view'))).toMatchInlineSnapshot(`
    "DROP VIEW "app"."people"
    ALTER TABLE "app"."users" RENAME TO "people"
    CREATE VIEW "app"."users" WITH (security_invoker = true) AS SELECT "id", "full name" FROM "app"."people""
  `);
  const behind = { from: 'view', to: 'table', behind: true } as const;
  const view = { upToDate: false, sameOwner: false, grants: [], dependents: [] };
  expect(statements(facts('view', 'table', { state: behind, view }))).toMatchInlineSnapshot(`
    "CREATE OR REPLACE VIEW "app"."users" WITH (security_invoker = true) AS SELECT "id", "full name" FROM "app"."people"
    ALTER VIEW "app"."users" OWNER TO boss
    GRANT INSERT, SELECT ON "app"."users" TO boss"
  `);
  expect(
    statements(facts('view', 'table', { state: behind, view: { ...view, upToDate: true, sameOwner: true } })),
  ).toMatchInlineSnapshot(`"GRANT INSERT, SELECT ON "app"."users" TO boss"`);
});

test('the view gets the grants of the table, and no others', () => {
  const { table } = facts('table', 'absent');
  const wanted = [
    ...OWNERS,
    grant('app', 'SELECT'),
    grant('app', 'UPDATE', { column: 'full name' }),
    grant('app', 'UPDATE', { column: 'id' }),
    grant('"Head"', 'SELECT', { grantable: true }),
    grant('PUBLIC', 'REFERENCES'),
  ];
  const granted = { ...table, grants: wanted };
  expect(statements(facts('table', 'absent', { table: granted }))).toMatchInlineSnapshot(`
    "ALTER TABLE "app"."users" RENAME TO "people"
    CREATE VIEW "app"."users" WITH (security_invoker = true) AS SELECT "id", "full name" FROM "app"."people"
    GRANT SELECT, UPDATE ("full name", "id") ON "app"."users" TO app
    GRANT SELECT ON "app"."users" TO "Head" WITH GRANT OPTION
    GRANT REFERENCES ON "app"."users" TO PUBLIC"
  `);
  const byDefault = { grants: [...OWNERS, grant('stranger', 'SELECT')], sameOwner: false };
  expect(statements(facts('table', 'absent', { table: granted, fresh: byDefault }))).toMatchInlineSnapshot(`
    "ALTER TABLE "app"."users" RENAME TO "people"
    CREATE VIEW "app"."users" WITH (security_invoker = true) AS SELECT "id", "full name" FROM "app"."people"
    ALTER VIEW "app"."users" OWNER TO boss
    REVOKE ALL ON "app"."users" FROM boss, stranger
    GRANT INSERT, SELECT ON "app"."users" TO boss
    GRANT SELECT, UPDATE ("full name", "id") ON "app"."users" TO app
    GRANT SELECT ON "app"."users" TO "Head" WITH GRANT OPTION
    GRANT REFERENCES ON "app"."users" TO PUBLIC"
  `);
});
