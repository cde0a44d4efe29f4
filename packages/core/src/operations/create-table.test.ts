import { expect, test } from 'vitest';
import { firstStep, planTable } from '../engine/plan-table.js';
import { parseTableDefinition } from '../table-definition.js';
import { type CreateTableFacts, createTable } from './create-table.js';
import { type TableParts, tableParts } from './table-parts.js';

const USERS = { schema: 'public', name: 'users' };

test('facts → steps; the parts of a table that is there are children', () => {
  const parts = partsOf('id bigint PRIMARY KEY');
  const plans = planTable({
    operation: createTable,
    args: { table: USERS, parts, complete: false },
    over: { table: ['absent', 'present'] as const, taken: [[], ['users_pkey (index)']] },
    facts: ({ table, taken }) => facts(parts, { table, taken }),
  });
  expect(plans).toMatchInlineSnapshot(`
    "table    taken               form    steps
    absent   none                online  create
    absent   none                plain   create
    absent   users_pkey (index)  online  refused: names of its constraints or indexes are taken in the same schema: users_pkey (index).
    absent   users_pkey (index)  plain   refused: names of its constraints or indexes are taken in the same schema: users_pkey (index).
    present  none                online  nothing left to do
    present  none                plain   nothing left to do
    present  users_pkey (index)  online  nothing left to do
    present  users_pkey (index)  plain   nothing left to do"
  `);
});

test('indexes and comments are made in the step that makes the table', () => {
  const parts: TableParts = {
    ...partsOf('id bigint PRIMARY KEY, org_id integer REFERENCES orgs (id) CHECK (org_id > 0), UNIQUE (id, org_id)'),
    indexes: [{ name: 'by_org', columns: ['org_id'], where: 'org_id > 5' }],
    comments: [{ column: undefined, text: "the users' table" }],
  };
  const args = { table: USERS, parts, complete: false };
  const step = firstStep(createTable, facts(parts, {}), args, 'plain');
  expect(step).toMatchObject({ locks: [{ on: { schema: 'public', name: 'orgs' }, mode: 'ShareRowExclusiveLock' }] });
  expect([step.sql, ...(step.kind === 'sql' ? (step.more ?? []) : [])].join(';\n')).toMatchInlineSnapshot(`
    "CREATE TABLE "public"."users" (
      "id" bigint NOT NULL,
      "org_id" integer,
      CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "users_id_org_id_key" UNIQUE ("id", "org_id"),
      CONSTRAINT "users_org_id_check" CHECK (org_id > 0),
      CONSTRAINT "users_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "public"."orgs" ("id")
    );
    CREATE INDEX "by_org" ON "public"."users" USING "btree" ("org_id") WHERE org_id > 5;
    COMMENT ON TABLE "public"."users" IS 'the users'' table'"
  `);
});

test('each part is judged where the table is there, and made beforehand or along with it where it is not', () => {
  const parts: TableParts = {
    ...partsOf(
      'id bigint PRIMARY KEY, mood mood REFERENCES orgs (id), CONSTRAINT positive CHECK (id > 0), UNIQUE (mood)',
    ),
    enumTypes: [{ type: { schema: undefined, name: 'mood' }, values: ['sad'] }],
    indexes: [{ name: 'by_mood', columns: ['mood'] }],
    comments: [{ column: 'mood', text: 'how they are' }],
  };
  const children = (found: boolean, complete: boolean) =>
    createTable.children?.({ table: USERS, parts, complete }, facts(parts, { found }));
  const absent = children(false, false);
  expect(absent?.before.map(({ name }) => name)).toEqual(['safeCreateEnum']);
  expect(absent).toMatchObject({ after: [] });
  expect(absent).not.toHaveProperty('whole');
  expect(children(true, true)).toMatchObject({ before: [], whole: { complete: true } });
  expect(children(true, false)?.after.map(({ part }) => `${part?.path}: ${part?.definition}`)).toMatchInlineSnapshot(`
    [
      "type mood: ENUM (sad)",
      "column id: bigint NOT NULL",
      "column mood: mood",
      "unique constraint users_mood_key: UNIQUE ("mood")",
      "check positive: CHECK (id > 0)",
      "index by_mood: USING "btree" ("mood")",
      "foreign key users_mood_fkey: FOREIGN KEY ("mood") REFERENCES "orgs" ("id")",
      "comment of column mood: how they are",
    ]
  `);
});

test.each([
  ['a check after the only column in it', 'a int, b int CHECK (a > 0)', 'users_a_check'],
  ['a check after the table where it has several', 'a int, b int CHECK (a > b)', 'users_check'],
  ['a second check by number', 'a int CHECK (a > 0) CHECK (a < 9)', 'users_a_check users_a_check1'],
  [
    'no check like one that has a name',
    'a int CHECK (a > 0), CONSTRAINT users_a_check CHECK (a < 9)',
    'users_a_check1 users_a_check',
  ],
  ['a key after all of its columns', 'a int, b int, UNIQUE (a, b)', 'users_a_b_key'],
  ['a foreign key', 'a int REFERENCES t (id)', 'users_a_fkey'],
])('names as the server does: %s', (_title, text, names) => {
  const { uniques, checks, foreignKeys } = partsOf(text);
  expect([...uniques, ...checks, ...foreignKeys].map(({ name }) => name).join(' ')).toBe(names);
});

function partsOf(text: string): TableParts {
  return tableParts('safeCreateTable', USERS, parseTableDefinition('safeCreateTable', USERS, text));
}

interface Found {
  readonly table?: 'absent' | 'present';
  readonly taken?: readonly string[];
  readonly found?: boolean;
}

function facts(parts: TableParts, { table = 'absent', taken = [], found = false }: Found): CreateTableFacts {
  return {
    target: 'public.users',
    state: { table },
    begun: false,
    differences: [],
    missing: [],
    table: USERS,
    found,
    lacksKey: false,
    taken,
    referenced: parts.foreignKeys.map(() => ({ schema: 'public', name: 'orgs' })),
    parts,
  };
}
