/** Indexes on partitions are called as the server calls them, whether they are made one by one or all at once. */
import { type Guard, guard, type IndexColumn, type IndexOptions } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { useDatabase } from './support.js';

/** Awkward ones: as long as they get, cut within a character of two, three and four bytes, longer or shorter than each other. */
const TABLES = [
  't',
  'part of it',
  'P'.repeat(40),
  `${'é'.repeat(31)}p`,
  '表'.repeat(14),
  '🐘'.repeat(8),
  'x_idx',
  'y'.repeat(58),
];
const COLUMNS = [
  'a',
  'b'.repeat(63),
  `${'ü'.repeat(30)}cc`,
  '列'.repeat(21),
  `d${'🦣'.repeat(15)}`,
  'e'.repeat(29),
  'with "quotes"',
];
const INDEXES: readonly (readonly [readonly IndexColumn[], IndexOptions?])[] = [
  ...COLUMNS.map((column) => [[column]] as const),
  [COLUMNS],
  [['a'], { include: ['e'.repeat(29)] }],
  // What comes twice gets a number.
  [['a', { column: 'a', order: 'desc' }], { include: ['a'] }],
  [['b'.repeat(63), { column: 'b'.repeat(63), order: 'desc' }]],
  [[{ expression: 'lower(a)' }, 'a', { expression: 'pg_catalog.upper(a)' }, { expression: '(lower(a))' }]],
  [[{ expression: 'a IS NULL' }, { expression: "a || 'x'" }]],
  [[{ expression: "coalesce(a, 'x')" }, { expression: '(a)', order: 'desc' }]],
];

const MAKE = (table: string): string =>
  `CREATE SCHEMA app; CREATE TABLE "${table}" (id integer, ${COLUMNS.map((name) => `"${name.replaceAll('"', '""')}" text`).join(', ')}) PARTITION BY RANGE (id)`;

const namesOf = async (client: pg.Client): Promise<unknown[]> => {
  const { rows } = await client.query(
    `SELECT n.nspname, c.relname, t.relname AS of FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
       JOIN pg_class t ON t.oid = i.indrelid WHERE n.nspname IN ('public', 'app') ORDER BY 1, 3, 2`,
  );
  return rows;
};

/** What a statement that makes an index calls it. */
function named(sql: string): readonly unknown[] {
  const [relname, nspname, of] =
    /^CREATE INDEX (?:CONCURRENTLY )?"(.*?)" ON (?:ONLY )?"(.*?)"\."(.*?)" USING/.exec(sql)?.slice(1) ?? [];
  return relname === undefined ? [] : [{ nspname, relname: relname.replaceAll('""', '"'), of }];
}

/** The names after a guard has run outside of a transaction, and after the same within one, where the server chooses. */
async function bothWays(client: pg.Client, run: (g: Guard) => Promise<unknown>): Promise<[unknown[], unknown[]]> {
  await run(guard(client));
  const online = await namesOf(client);
  await client.query(
    'DO $$ DECLARE x record; BEGIN FOR x IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relkind = $x$I$x$ AND NOT c.relispartition LOOP EXECUTE $x$DROP INDEX $x$ || x.name; END LOOP; END $$',
  );
  await client.query('BEGIN');
  await run(guard(client));
  await client.query('COMMIT');
  return [online, await namesOf(client)];
}

describe.each([...new Set([...majors, ...availableMajors([15, 18])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  const anew = (sql: string): Promise<void> =>
    db.run(`DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${sql}`);

  test('of partitions and columns with names of all lengths', async () => {
    await anew(`${MAKE('whole')}; CREATE TABLE app.t PARTITION OF whole FOR VALUES FROM (-10) TO (0);
      ${TABLES.map((table, i) => `CREATE TABLE "${table}" PARTITION OF whole FOR VALUES FROM (${i}) TO (${i + 1})`).join(';')};
      CREATE TABLE sub PARTITION OF whole FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
      CREATE TABLE deep PARTITION OF sub FOR VALUES FROM (100) TO (150)`);
    const client = await db.connect();
    const planned: unknown[] = [];
    for (const [i, [columns, more]] of INDEXES.entries()) {
      const options = { ...more, name: `index ${i}` };
      const { steps } = await guard(client, { mode: 'plan' }).safeCreateIndex('whole', columns, options);
      planned.push(...steps.flatMap(({ sql }) => named(sql)));
      await guard(client).safeCreateIndex('whole', columns, { ...options, concurrently: false });
    }
    const made = await namesOf(client);
    expect(made).toHaveLength(INDEXES.length * (TABLES.length + 4));
    const sorted = (names: readonly unknown[]): string[] => names.map((name) => JSON.stringify(name)).sort();
    expect(sorted(planned)).toEqual(sorted(made));
  });

  const LONG = 'measurements_of_all_customers_and_regions';
  test.each([
    [
      'ranges of numbers',
      'RANGE (id)',
      [
        'FROM (100) TO (200)',
        'FROM (MINVALUE) TO (-7)',
        'FROM (20) TO (100)',
        'FROM (-7) TO (9)',
        'FROM (9) TO (20)',
        'DEFAULT',
      ],
    ],
    [
      'ranges of days',
      'RANGE (day)',
      [
        "FROM ('2024-02-01') TO ('2024-03-01')",
        "FROM ('2023-12-01') TO ('2024-02-01')",
        "FROM (MINVALUE) TO ('2023-12-01')",
      ],
    ],
    [
      'ranges of two columns',
      'RANGE (id, day)',
      [
        "FROM (1, '2024-02-01') TO (1, MAXVALUE)",
        "FROM (1, MINVALUE) TO (1, '2024-02-01')",
        'FROM (0, MAXVALUE) TO (1, MINVALUE)',
      ],
    ],
    ['lists of texts', 'LIST (name)', ['DEFAULT', "IN ('b', NULL)", "IN ('x', 'a')", "IN ('it''s, (c)')"]],
    ['lists of numbers', 'LIST (id)', ['IN (NULL)', 'IN (10)', 'IN (-1, 200)', 'IN (9)']],
    [
      'hashes',
      'HASH (id)',
      ['WITH (MODULUS 4, REMAINDER 3)', 'WITH (MODULUS 2, REMAINDER 0)', 'WITH (MODULUS 4, REMAINDER 1)'],
    ],
  ])('of partitions whose names are cut to the same: %s', async (_, by, bounds) => {
    await anew(
      `CREATE SCHEMA app; CREATE TABLE whole (id integer, day date, name text, "${'b'.repeat(63)}" text) PARTITION BY ${by};
       ${bounds.map((bound, i) => `CREATE TABLE ${LONG}_${i} PARTITION OF whole ${bound === 'DEFAULT' ? bound : `FOR VALUES ${bound}`}`).join(';')}`,
    );
    const client = await db.connect();
    const [online, plain] = await bothWays(client, (g) =>
      g.safeCreateIndex('whole', ['b'.repeat(63)], { name: 'its_index' }),
    );
    expect(online).toHaveLength(bounds.length + 1);
    expect(online).toEqual(plain);
  });

  test('of partitions beside which such names are taken', async () => {
    await anew(`CREATE SCHEMA app; CREATE TABLE whole (id integer, a text) PARTITION BY LIST (id);
      CREATE TABLE one PARTITION OF whole FOR VALUES IN (1); CREATE TABLE app.one PARTITION OF whole FOR VALUES IN (2);
      CREATE TABLE two PARTITION OF whole FOR VALUES IN (3); CREATE TABLE one_a_idx (id integer);
      CREATE SEQUENCE two_a_idx; CREATE VIEW two_a_idx1 AS SELECT 1; ${Array.from({ length: 12 }, (_, i) => `CREATE TABLE one_a_idx${i + 1} ()`).join(';')}`);
    const client = await db.connect();
    // The index of the whole may itself be called as that of a partition would be.
    const [online, plain] = await bothWays(client, (g) => g.safeCreateIndex('whole', ['a'], { name: 'two_a_idx2' }));
    expect(online).toEqual(plain);
    expect(online).toMatchObject([
      { relname: 'one_a_idx' },
      { relname: 'one_a_idx13' },
      { relname: 'two_a_idx3' },
      { relname: 'two_a_idx2' },
    ]);
  });

  test('is in the plan before anything is there', async () => {
    await anew(`${MAKE('whole')}; CREATE TABLE "${TABLES[3]}" PARTITION OF whole FOR VALUES FROM (0) TO (10)`);
    const client = await db.connect();
    for (const [columns, options] of INDEXES) {
      const ask = (mode: 'plan' | 'apply'): Promise<{ readonly steps: readonly { readonly sql: string }[] }> =>
        guard(client, { mode }).safeCreateIndex('whole', columns, { ...options, name: 'its_index' });
      const [planned, done] = [await ask('plan'), await ask('apply')];
      expect(planned.steps.map(({ sql }) => sql)).toEqual(done.steps.map(({ sql }) => sql));
      await client.query('DROP INDEX its_index');
    }
  });
});
