/** Constraints of trees of tables, of other kinds, and what hangs on them. */
import { guard } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { availableMajors } from '../support/server.js';
import { errorOf, one, type TestDatabase, useDatabase } from './support.js';

/** A guard on a schema that holds nothing but this. */
async function open(db: TestDatabase, setup: string) {
  const client = await db.connect();
  await client.query(
    `DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; SET search_path = app; SET client_min_messages = error; ${setup}`,
  );
  const constraints = (): Promise<string[]> =>
    one(
      client,
      `SELECT array_agg(name ORDER BY name COLLATE "C") FROM pg_constraint,
          concat(conrelid::regclass, '.', conname, CASE WHEN NOT convalidated THEN ' NOT VALID' END) name
        WHERE connamespace = 'app'::regnamespace AND contype <> 'n'`,
    );
  return { client, g: guard(client), constraints };
}

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase('', major);

  const on = (setup: string) => open(db, setup);

  const TREE = `CREATE TABLE p (id integer, age integer); CREATE TABLE k () INHERITS (p); CREATE TABLE g () INHERITS (k);
    INSERT INTO k VALUES (1, -1);`;
  const PARTS = `CREATE TABLE o (id integer PRIMARY KEY); INSERT INTO o VALUES (1);
    CREATE TABLE p (id integer, o integer) PARTITION BY RANGE (id); CREATE INDEX ON p (o);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (1, 1);`;

  test('a check is made, validated, renamed and dropped on all tables below', async () => {
    const { client, g, constraints } = await on(TREE);
    const kept = await g.safeCreateCheckConstraint('p', 'ck', 'age > 0', { onViolation: 'keep-unvalidated' });
    expect(kept).toMatchObject({ status: 'applied', reason: expect.stringContaining('1 row violates') });
    expect(kept.steps.at(-1)?.locks.map((lock) => lock.on)).toEqual(['app.p', 'app.g', 'app.k']);
    expect(await constraints()).toEqual(['g.ck NOT VALID', 'k.ck NOT VALID', 'p.ck NOT VALID']);
    await client.query('UPDATE k SET age = 1');
    expect(await g.safeValidateConstraint('k', 'ck')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toEqual(['g.ck', 'k.ck', 'p.ck NOT VALID']);
    expect(await g.safeValidateConstraint('p', 'ck')).toMatchObject({ status: 'applied' });
    expect(await g.safeRenameConstraint('p', 'ck', 'age')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toEqual(['g.age', 'k.age', 'p.age']);
    expect(await g.safeDropConstraint('p', 'age')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toBe(null);
  });

  test('what a table has from its parent is renamed and dropped there', async () => {
    const { g } = await on(`${TREE} ALTER TABLE p ADD CONSTRAINT ck CHECK (id > 0)`);
    expect((await errorOf(g.safeDropConstraint('k', 'ck'))).message).toContain(
      "await g.safeDropConstraint('app.p', 'ck');",
    );
    expect((await errorOf(g.safeRenameConstraint('g', 'ck', 'c2'))).message).toContain(
      "app.g has it from app.k, and so it has one name on all of them.\nNothing was changed.\nRename it where it comes from:\n  await g.safeRenameConstraint('app.k', 'ck', 'c2');",
    );
  });

  test('NO INHERIT concerns the rows and the lock of the table alone', async () => {
    const { g, constraints } = await on(`${TREE} ALTER TABLE p ADD CONSTRAINT ck CHECK (age > 0) NO INHERIT NOT VALID`);
    const validated = await g.safeValidateConstraint('p', 'ck');
    expect(validated.steps.map((step) => step.locks)).toEqual([
      [],
      [{ on: 'app.p', mode: 'ShareUpdateExclusiveLock' }],
    ]);
    const different = await errorOf(g.safeCreateCheckConstraint('p', 'ck', 'age > 0'));
    expect(different).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'inheritance' }] });
    expect(await g.safeDropConstraint('p', 'ck')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toBe(null);
  });

  test.each([false, true])(
    'the same check of a child, not validated, becomes part of it; in a transaction: %s',
    async (transaction) => {
      const { client, g, constraints } = await on(
        `${TREE} UPDATE k SET age = 1; ALTER TABLE k ADD CONSTRAINT ck CHECK (age > 0) NOT VALID`,
      );
      if (transaction) await client.query('BEGIN');
      expect(await g.safeCreateCheckConstraint('p', 'ck', 'age > 0')).toMatchObject({ status: 'applied' });
      expect(await constraints()).toEqual(['g.ck', 'k.ck', 'p.ck']);
      if (transaction) await client.query('ROLLBACK');
    },
  );

  test.each([
    ['NO INHERIT', 'CHECK (age > 0) NO INHERIT'],
    ['of another kind', 'UNIQUE (id)'],
  ])('a constraint of a child that is %s is in the way, before any change', async (_, definition) => {
    const { g } = await on(`${TREE} UPDATE k SET age = 1; ALTER TABLE k ADD CONSTRAINT ck ${definition}`);
    const error = await errorOf(g.safeCreateCheckConstraint('p', 'ck', 'age > 0'));
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.message).toContain('app.k, which would inherit it, has another constraint of that name');
  });

  test('the same check under another name is said', async () => {
    const { g } = await on('CREATE TABLE t (age integer CONSTRAINT old CHECK (age > 0))');
    expect(await g.safeCreateCheckConstraint('t', 'new', 'age > 0')).toMatchObject({
      status: 'applied',
      reason: 'the same check is there under the name old',
    });
  });

  test('a foreign key from and to partitioned tables', async () => {
    const { g, constraints } = await on(PARTS);
    const references = { references: { table: 'app.o', columns: ['id'] }, name: 'fk' };
    const made = await g.safeAddForeignKey('p', ['o'], references);
    expect(made).toMatchObject({ status: 'applied' });
    expect(made.reason).toBe(undefined);
    expect(await g.safeAddForeignKey('p', ['o'], references)).toMatchObject({ status: 'unchanged' });
    expect((await errorOf(g.safeDropConstraint('p1', 'fk'))).message).toContain(
      "await g.safeDropConstraint('app.p', 'fk');",
    );
    expect(await g.safeRenameConstraint('p', 'fk', 'f2')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toContain('p.f2');
    expect(await g.safeDropConstraint('p', 'f2')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toEqual(['o.o_pkey']);
  });

  test('orphans of a partitioned table are kept unvalidated where the server has that', async () => {
    const { client, g, constraints } = await on(`${PARTS} INSERT INTO p VALUES (2, 2)`);
    const add = () =>
      g.safeAddForeignKey('p', ['o'], {
        references: { table: 'app.o', columns: ['id'] },
        name: 'fk',
        onViolation: 'keep-unvalidated',
      });
    if (major < 18) {
      expect((await errorOf(add())).message).toContain('PostgreSQL before 18 has no NOT VALID foreign keys');
      expect(await constraints()).toEqual(['o.o_pkey']);
      return;
    }
    expect(await add()).toMatchObject({ status: 'applied' });
    expect(await constraints()).toEqual(['o.o_pkey', 'p.fk NOT VALID', 'p1.fk NOT VALID']);
    await client.query('DELETE FROM p WHERE id = 2');
    const validated = await g.safeValidateConstraint('p', 'fk');
    expect(validated.steps.at(-1)?.locks).toEqual([
      { on: 'app.p', mode: 'ShareUpdateExclusiveLock' },
      { on: 'app.p1', mode: 'ShareUpdateExclusiveLock' },
      { on: 'app.o', mode: 'RowShareLock' },
    ]);
    expect(await constraints()).toEqual(['o.o_pkey', 'p.fk', 'p1.fk']);
  });

  test('a foreign key of a table with heirs concerns its own rows and its parents own', async () => {
    const { g } =
      await on(`CREATE TABLE o (id integer PRIMARY KEY); CREATE TABLE o1 () INHERITS (o); INSERT INTO o1 VALUES (7);
      ${TREE} INSERT INTO p VALUES (7, 1); `);
    const add = () => g.safeAddForeignKey('p', ['id'], { references: { table: 'app.o', columns: ['id'] } });
    expect(await errorOf(add())).toMatchObject({ code: 'HF_DATA', count: 1 });
    await g.safeDropConstraint('p', 'nothing');
    await (await db.connect()).query('INSERT INTO app.o VALUES (7)');
    expect(await add()).toMatchObject({ status: 'applied' });
  });

  test('what depends on a key is named, and nothing is changed', async () => {
    const { g, client } = await on(`CREATE TABLE o (id integer PRIMARY KEY, name text);
      CREATE TABLE c (o integer CONSTRAINT c_o REFERENCES o); CREATE VIEW v AS SELECT id, name FROM o GROUP BY id`);
    const error = await errorOf(g.safeDropConstraint('o', 'o_pkey'));
    expect(error).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: ['constraint c_o on table c', 'view v'],
      left: 'Nothing was changed.',
    });
    await client.query('DROP VIEW v; DROP TABLE c');
    const dropped = await g.safeDropConstraint('o', 'o_pkey');
    expect(dropped).toMatchObject({ status: 'applied', reason: 'NOT NULL of id stays when the primary key goes' });
    expect(
      await one(client, "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'o'::regclass AND attname = 'id'"),
    ).toBe(true);
    expect(await g.safeDropConstraint('o', 'o_pkey')).toMatchObject({ status: 'unchanged', steps: [] });
  });

  test('keys that refer to a partition are named, and those of partitions', async () => {
    const { g } = await on(`${PARTS} ALTER TABLE p ADD CONSTRAINT pk PRIMARY KEY (id);
      CREATE TABLE c (p integer CONSTRAINT c_p REFERENCES p1)`);
    expect(await errorOf(g.safeDropConstraint('p', 'pk'))).toMatchObject({
      code: 'HF_DEPENDENCY',
      dependents: ['constraint c_p on table c'],
    });
  });

  test('a replica identity goes only when allowed', async () => {
    const { g, client } = await on(
      'CREATE TABLE o (id integer PRIMARY KEY); ALTER TABLE o REPLICA IDENTITY USING INDEX o_pkey',
    );
    const error = await errorOf(g.safeDropConstraint('o', 'o_pkey'));
    expect(error).toMatchObject({ code: 'HF_REFUSED' });
    expect(await g.safeDropConstraint('o', 'o_pkey', { allow: 'not published' })).toMatchObject({ status: 'applied' });
    await client.query('CREATE TABLE o2 (id integer PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE o2');
    expect((await errorOf(g.safeDropConstraint('o2', 'o2_pkey'))).message).toContain('the table is published');
    await client.query('DROP PUBLICATION pub');
    expect(await g.safeDropConstraint('o2', 'o2_pkey')).toMatchObject({ status: 'applied' });
  });

  test('an index, a constraint trigger and NOT NULL have operations of their own', async () => {
    const { g } =
      await on(`CREATE TABLE o (id integer CONSTRAINT nn NOT NULL, b integer); CREATE UNIQUE INDEX ix ON o (b);
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE CONSTRAINT TRIGGER tr AFTER INSERT ON o FOR EACH ROW EXECUTE FUNCTION f()`);
    expect((await errorOf(g.safeDropConstraint('o', 'ix'))).message).toContain("await g.safeDropIndex('app.ix');");
    expect((await errorOf(g.safeDropConstraint('o', 'tr'))).message).toContain('DROP TRIGGER "tr" ON "app"."o";');
    expect((await errorOf(g.safeRenameConstraint('o', 'tr', 'tr2'))).message).toContain('RENAME TO "tr2";');
    if (major < 18) return;
    expect((await errorOf(g.safeDropConstraint('o', 'nn'))).message).toContain(
      "await g.safeDropNotNull('app.o', 'id');",
    );
    expect(await g.safeRenameConstraint('o', 'nn', 'n2')).toMatchObject({ status: 'applied' });
  });

  test('renames by the state of both names', async () => {
    const { g, constraints } = await on(
      `CREATE TABLE t (a integer, b integer CONSTRAINT one UNIQUE); CREATE TABLE two (id integer)`,
    );
    const taken = await errorOf(g.safeRenameConstraint('t', 'one', 'two'));
    expect(taken).toMatchObject({ code: 'HF_REFUSED' });
    expect(taken.message).toContain('that is taken: table app.two.');
    expect(await g.safeRenameConstraint('t', 'one', 'three')).toMatchObject({ status: 'applied' });
    expect(await g.indexExists('app.three')).toBe(true);
    expect(await g.safeRenameConstraint('t', 'one', 'three')).toMatchObject({ status: 'unchanged', steps: [] });
    await g.safeCreateCheckConstraint('t', 'one', 'a > 0');
    expect(await errorOf(g.safeRenameConstraint('t', 'one', 'three'))).toMatchObject({ code: 'HF_MISMATCH' });
    expect(await errorOf(g.safeRenameConstraint('t', 'four', 'five'))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'constraint', name: 'app.t.four' }],
    });
    expect(await g.safeRenameConstraint('t', 'one', 'two')).toMatchObject({ status: 'applied' });
    expect(await constraints()).toEqual(['t.three', 't.two']);
  });
});

describe.each(availableMajors([18]))('on PostgreSQL %i alone', (major) => {
  const db = useDatabase('', major);
  const on = (setup: string) => open(db, setup);

  test('NOT ENFORCED is refused, NOT NULL is validated with its rows named', async () => {
    const { g, client } =
      await on(`CREATE TABLE o (id integer PRIMARY KEY, b integer, CONSTRAINT ck CHECK (b > 0) NOT ENFORCED);
      INSERT INTO o VALUES (1, NULL); ALTER TABLE o ADD CONSTRAINT nn NOT NULL b NOT VALID`);
    expect(await errorOf(g.safeValidateConstraint('o', 'ck'))).toMatchObject({ code: 'HF_REFUSED' });
    expect(await errorOf(g.safeValidateConstraint('o', 'nn'))).toMatchObject({
      code: 'HF_DATA',
      happened: '1 row violates NOT NULL of b:\n  {"id":1}',
    });
    await client.query('UPDATE o SET b = 1');
    expect(await g.safeValidateConstraint('o', 'nn')).toMatchObject({ status: 'applied' });
    expect(await g.safeValidateConstraint('o', 'nn')).toMatchObject({ status: 'unchanged', steps: [] });
    expect((await errorOf(g.safeDropConstraint('o', 'nn'))).message).toContain(
      "await g.safeDropNotNull('app.o', 'b');",
    );
    expect(await g.safeRenameConstraint('o', 'nn', 'n2')).toMatchObject({ status: 'applied' });
  });
});

const own = useDatabase();

test('safeDropNotNull takes the check with it that an interrupted safeSetNotNull has left', async () => {
  const client = await own.connect();
  await client.query(
    'CREATE TABLE halfway (x integer, CONSTRAINT holdfast_not_null_halfway_x CHECK (x IS NOT NULL) NOT VALID)',
  );
  expect(await guard(client).safeDropNotNull('halfway', 'x')).toMatchObject({ status: 'applied' });
  await client.query('INSERT INTO halfway VALUES (NULL)');
  expect(await guard(client).safeDropNotNull('halfway', 'x')).toMatchObject({ status: 'unchanged' });
});
