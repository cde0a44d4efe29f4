/**
 * One lock per step is too small a shape: a foreign key takes two tables, dropping a column the parent of its key, ADD VALUE a type.
 * Every step of every operation is stopped while it holds its locks, and pg_locks is compared with what the step declares.
 */
import type * as core from '@holdfast/core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CASES, type Case, SETUP, titleOf } from '../contract/cases.mjs';
import { runEarlier } from '../contract/earlier.js';
import { some } from '../support/breadth.js';
import { execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import type { TransactionForm } from '../support/hosts.mjs';
import { majors, serverFor } from '../support/server.js';
import { declaredSteps, GATES, heldLocks, locksOfStatement, type Step, together } from './held-steps.js';

const USERS_BOSS = 'ALTER TABLE users ADD CONSTRAINT users_boss FOREIGN KEY (boss_id) REFERENCES orgs (id)';
const PARTITIONED = `CREATE TABLE events (id integer NOT NULL, at integer, boss_id integer REFERENCES orgs (id)) PARTITION BY RANGE (at);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (at);
  CREATE TABLE events_1a PARTITION OF events_1 FOR VALUES FROM (0) TO (5);
  CREATE TABLE events_1rest PARTITION OF events_1 DEFAULT;
  CREATE TABLE events_rest PARTITION OF events DEFAULT`;
const PARTS = `CREATE TABLE parts (id integer, org integer) PARTITION BY RANGE (id);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)`;
const more = { down: '', halves: [], different: [] };

/** What the contract's cases do not meet. */
const FURTHER: readonly Case[] = [
  {
    ...more,
    operation: 'safeDropColumn',
    variant: 'that references another table',
    setup: USERS_BOSS,
    run: (g) => g.safeDropColumn('users', 'boss_id'),
  },
  {
    ...more,
    operation: 'safeAddForeignKey',
    variant: 'to its own table',
    setup: 'UPDATE users SET boss_id = 1',
    run: (g) => g.safeAddForeignKey('users', ['boss_id'], { references: { table: 'users', columns: ['id'] } }),
  },
  ...['check (id > 0)', 'FOREIGN KEY (org) REFERENCES orgs (id)'].flatMap((definition) => [
    {
      ...more,
      operation: 'safeDropConstraint',
      variant: `of a partitioned table: ${definition}`,
      setup: `${PARTS}; ALTER TABLE parts ADD CONSTRAINT it ${definition}`,
      run: (g: core.Guard) => g.safeDropConstraint('parts', 'it'),
    },
    {
      ...more,
      operation: 'safeRenameConstraint',
      variant: `of a partitioned table: ${definition}`,
      setup: `${PARTS}; ALTER TABLE parts ADD CONSTRAINT it ${definition}`,
      run: (g: core.Guard) => g.safeRenameConstraint('parts', 'it', 'that'),
    },
  ]),
  {
    ...more,
    operation: 'safeAddForeignKey',
    variant: 'from a partitioned table',
    setup: PARTS,
    run: (g) => g.safeAddForeignKey('parts', ['org'], { references: { table: 'orgs', columns: ['id'] } }),
  },
  {
    ...more,
    operation: 'safeAddForeignKey',
    variant: 'to a partitioned table',
    setup: `${PARTS}; INSERT INTO parts SELECT i, 1 FROM generate_series(1, 9) i; ALTER TABLE parts ADD PRIMARY KEY (id)`,
    run: (g) => g.safeAddForeignKey('users', ['boss_id'], { references: { table: 'parts', columns: ['id'] } }),
  },
  {
    ...more,
    operation: 'safeDropConstraint',
    variant: 'that refers to a partitioned table',
    setup: `${PARTS}; ALTER TABLE parts ADD PRIMARY KEY (id); ALTER TABLE orgs ADD CONSTRAINT it FOREIGN KEY (id) REFERENCES parts NOT VALID`,
    run: (g) => g.safeDropConstraint('orgs', 'it'),
  },
  ...['', 'NO INHERIT'].flatMap((inherit) => [
    {
      ...more,
      operation: 'safeValidateConstraint',
      variant: `of a table with heirs ${inherit}`,
      setup: `CREATE TABLE kids () INHERITS (users); ALTER TABLE users ADD CONSTRAINT it CHECK (id > 0) ${inherit} NOT VALID`,
      run: (g: core.Guard) => g.safeValidateConstraint('users', 'it'),
    },
    {
      ...more,
      operation: 'safeRenameConstraint',
      variant: `of a table with heirs ${inherit}`,
      setup: `CREATE TABLE kids () INHERITS (users); ALTER TABLE users ADD CONSTRAINT it CHECK (id > 0) ${inherit}`,
      run: (g: core.Guard) => g.safeRenameConstraint('users', 'it', 'that'),
    },
  ]),
  {
    ...more,
    operation: 'safeSetComment',
    variant: 'on a table',
    run: (g) => g.safeSetComment('orgs', undefined, 'all of them'),
  },
  {
    ...more,
    operation: 'safeDropColumn',
    variant: 'with a sequence of its own',
    setup: 'ALTER TABLE users ADD COLUMN number serial',
    run: (g) => g.safeDropColumn('users', 'number'),
  },
  {
    ...more,
    operation: 'safeDropColumn',
    variant: 'of a partitioned table',
    setup: PARTITIONED,
    run: (g) => g.safeDropColumn('events', 'boss_id'),
  },
  {
    ...more,
    operation: 'safeDropTable',
    variant: 'with partitions',
    setup: PARTITIONED,
    run: (g) => g.safeDropTable('events', { allow: 'all of them' }),
  },
  {
    ...more,
    operation: 'safeDropTable',
    variant: 'that is a partition',
    setup: PARTITIONED,
    run: (g) => g.safeDropTable('events_1a'),
  },
  {
    ...more,
    operation: 'safeRenameTable',
    variant: 'with partitions',
    setup: PARTITIONED,
    run: (g) => g.safeRenameTable('events', 'happenings'),
  },
  {
    ...more,
    operation: 'safeRenameColumn',
    variant: 'of a partitioned table',
    setup: PARTITIONED,
    run: (g) => g.safeRenameColumn('events', 'boss_id', 'chief_id'),
  },
  {
    ...more,
    operation: 'safeDropNotNull',
    variant: 'of a partitioned table',
    setup: PARTITIONED,
    run: (g) => g.safeDropNotNull('events', 'id'),
  },
  {
    ...more,
    operation: 'safeSetDefault',
    variant: 'of a partitioned table',
    setup: PARTITIONED,
    run: (g) => g.safeSetDefault('events', 'id', '1'),
  },
  {
    ...more,
    operation: 'safeDropDefault',
    variant: 'of a serial column',
    setup: 'ALTER TABLE users ADD COLUMN number serial',
    run: (g) => g.safeDropDefault('users', 'number'),
  },
  {
    ...more,
    operation: 'safeCreateView',
    variant: 'in the place of another query',
    setup: 'CREATE VIEW active AS SELECT id, name FROM users',
    run: (g) => g.safeCreateView('active', 'SELECT id, name FROM users WHERE id > 0', { replace: true }),
  },
  {
    ...more,
    operation: 'backfill',
    run: (g) => g.backfill('users', { set: { legacy: 'y' } }),
  },
];

/** Their steps lock nothing that is there already. */
const WITHOUT_LOCKS =
  /^safe(CreateEnum|RenameEnum|CreateSequence|(Create|Drop)(Schema|Extension|Function)|Grant|Revoke)$/;
const locksNothing = (each: Case): boolean =>
  WITHOUT_LOCKS.test(each.operation) || (each.operation === 'safeCreateView' && each.variant === undefined);

/**
 * HOLDFAST_CONTRACT=all, as in `npm run test:crash`: every step is stopped while it holds its locks, outside and inside a transaction.
 * Otherwise its statements are run alone, and compared with what it declares.
 */
const EVERYTHING = process.env['HOLDFAST_CONTRACT'] === 'all';

/** Each case whose steps lock something, from the beginning, and from each half that a crash leaves. */
const STARTS = [...CASES.filter((each) => !locksNothing(each)), ...FURTHER].flatMap((each) => [
  { title: titleOf(each), each, half: '' },
  ...each.halves
    .filter(({ idle }) => idle !== true)
    .map(({ name, sql }) => ({ title: `${titleOf(each)}, ${name}`, each, half: sql })),
]);

describe.each(majors)('PostgreSQL %i', (major) => {
  let template: Database;
  beforeAll(async () => {
    template = await createDatabase(serverFor(major));
    await execute(template.url, `${SETUP}; ${GATES}`);
  });
  afterAll(() => template.drop());

  async function start(each: Case, half = ''): Promise<string> {
    const database = await createDatabase(serverFor(major), { template: template.name });
    onTestFinished(() => database.drop());
    await execute(database.url, each.setup ?? '');
    await runEarlier(database.url, each);
    await execute(database.url, half);
    return database.url;
  }

  describe('raw: what the plain statements lock', () => {
    test.each([
      [USERS_BOSS, { 'public.users': 'ShareRowExclusiveLock', 'public.orgs': 'ShareRowExclusiveLock' }, ''],
      [
        'ALTER TABLE users VALIDATE CONSTRAINT users_boss',
        { 'public.users': 'ShareUpdateExclusiveLock', 'public.orgs': 'RowShareLock' },
        `${USERS_BOSS} NOT VALID`,
      ],
      [
        'ALTER TABLE users DROP COLUMN boss_id',
        { 'public.users': 'AccessExclusiveLock', 'public.orgs': 'AccessExclusiveLock' },
        USERS_BOSS,
      ],
      ["ALTER TYPE mood ADD VALUE 'calm'", { 'public.mood': 'ExclusiveLock' }, ''],
    ])('%s', async (sql, locks, setup) => {
      expect(
        await locksOfStatement(await start({ ...more, operation: '', run: () => Promise.reject() }, setup), sql),
      ).toEqual(locks);
    });
  });

  async function isDeclared(each: Case, half: string, form: TransactionForm): Promise<readonly Step[]> {
    const steps = await declaredSteps(await start(each, half), form, each);
    expect(steps.length).toBeGreaterThan(0);
    const held = await heldLocks(await start(each, half), form, each, steps);
    const expected =
      form === 'none' ? steps.map((s) => s.locks) : steps.map((_, at) => together(steps.slice(0, at + 1)));
    expect(steps.map(({ sql }, at) => ({ sql, locks: held[at] }))).toEqual(
      steps.map(({ sql }, at) => ({ sql, locks: expected[at] })),
    );
    return steps;
  }

  test.each(some(STARTS, 40))(
    'guarded: each step holds what it declares and needs, no more and no less: $title',
    async ({ each, half }) => {
      const steps = EVERYTHING
        ? await isDeclared(each, half, 'none')
        : await declaredSteps(await start(each, half), 'none', each);
      expect(steps.length).toBeGreaterThan(0);
      // LOCK TABLE takes whatever is declared: only the statement alone shows whether that is too much.
      const url = await start(each, half);
      for (const { sql, locks } of steps) {
        if (sql.includes('CONCURRENTLY')) await execute(url, sql);
        else expect({ sql, locks: await locksOfStatement(url, sql) }).toEqual({ sql, locks });
      }
    },
  );

  test.each(STARTS.filter(({ half }) => half === '' && EVERYTHING))(
    'guarded: in a transaction nothing is held but what the steps so far declare: $title',
    async ({ each }) => {
      await isDeclared(each, '', 'transaction');
    },
  );
});
