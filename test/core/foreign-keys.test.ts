/** Foreign keys: types that do not fit, missing indexes, and the forms that other tools make. */
import { type Guard, type GuardEvent, guard } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { availableMajors, majors } from '../support/server.js';
import { errorOf, one, useDatabase } from './support.js';

const TYPES = [
  'integer',
  'bigint',
  'numeric',
  'text',
  'varchar(20)',
  'char(5)',
  'name',
  'uuid',
  'date',
  'timestamp',
  'oid',
  'integer[]',
  'bigint[]',
  'text[]',
  'app.mood',
  'app.other_mood',
  'app.positive',
  'app.label',
  'app.numbers',
  'app.span',
  'inet',
  'cidr',
  'int4range',
  'jsonb',
  'json',
] as const;

describe.each(availableMajors([15, 18]))('on PostgreSQL %i', (major) => {
  const db = useDatabase(
    `CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad'); CREATE TYPE app.other_mood AS ENUM ('sad');
     CREATE DOMAIN app.positive AS integer CHECK (VALUE > 0); CREATE DOMAIN app.label AS app.mood;
     CREATE DOMAIN app.numbers AS integer[]; CREATE DOMAIN app.span AS int4range;
     ${TYPES.filter((type) => type !== 'json')
       .map((type) => `CREATE TABLE app.${parentOf(type)} (id ${type} PRIMARY KEY);`)
       .join('')}
     CREATE TABLE app.children (id integer PRIMARY KEY, ${TYPES.map((type) => `${columnOf(type)} ${type}`).join(', ')});`,
    major,
  );

  /** What the server itself says to the plain statement. */
  async function taken(client: pg.Client, sql: string): Promise<boolean> {
    await client.query('BEGIN');
    const state = await client.query(sql).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    );
    await client.query('ROLLBACK');
    expect(['taken', '42804', '42883', '42P21']).toContain(state);
    return state === 'taken';
  }

  test('columns are refused exactly where the server refuses them', async () => {
    const client = await db.connect();
    const g = guard(client);
    const wrong: string[] = [];
    for (const parent of TYPES.filter((type) => type !== 'json'))
      for (const child of TYPES) {
        const statement = `ALTER TABLE app.children ADD FOREIGN KEY (${columnOf(child)}) REFERENCES app.${parentOf(parent)} (id)`;
        const server = await taken(client, statement);
        await client.query('BEGIN');
        const mine = await adds(g, child, parent);
        await client.query('ROLLBACK');
        if (mine !== (server ? 'applied' : 'HF_REFUSED')) wrong.push(`${child} → ${parent}: ${mine}, server ${server}`);
      }
    expect(wrong).toEqual([]);
  });

  test('findOrphans refuses columns exactly where the server has no operator', async () => {
    const client = await db.connect();
    const wrong: string[] = [];
    for (const parent of TYPES.filter((type) => type !== 'json'))
      for (const child of TYPES) {
        const server = await taken(
          client,
          `SELECT FROM app.children c, app.${parentOf(parent)} p WHERE p.id = c.${columnOf(child)}`,
        );
        const mine = await guard(client)
          .findOrphans('app.children', columnOf(child), {
            references: { table: `app.${parentOf(parent)}`, column: 'id' },
          })
          .then(
            () => 'applied',
            (error: { code: string }) => error.code,
          );
        if (mine !== (server ? 'applied' : 'HF_REFUSED')) wrong.push(`${child} → ${parent}: ${mine}, server ${server}`);
      }
    expect(wrong).toEqual([]);
  });

  test('the refusal names both columns and their types, before any change', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    const error = await errorOf(
      guard(client).safeAddForeignKey('app.children', [columnOf('integer')], {
        references: { table: `app.${parentOf('uuid')}`, columns: ['id'] },
      }),
    );
    expect(error.message).toMatchInlineSnapshot(`
      "safeAddForeignKey: app.children(c_integer): PostgreSQL cannot compare the columns by the index of the referenced one:
        app.children.c_integer is integer, app.p_uuid.id is uuid
      Nothing was changed.
      Let both have one type, for example with safeChangeColumn on app.children.c_integer (uuid)."
    `);
    const orphans = await errorOf(
      guard(client).findOrphans('app.children', columnOf('integer'), {
        references: { table: `app.${parentOf('uuid')}`, column: 'id' },
      }),
    );
    expect(orphans.message).toMatchInlineSnapshot(`
      "findOrphans: app.children.c_integer: the columns cannot be compared, PostgreSQL has no = for their types:
        app.children.c_integer is integer, app.p_uuid.id is uuid
      Nothing was changed.
      Compare columns of one type, or change the type of one of them first."
    `);
    expect(await one(client, 'SELECT 1')).toBe(1);
    await client.query('ROLLBACK');
  });
});

async function adds(g: Guard, child: string, parent: string): Promise<string> {
  return g
    .safeAddForeignKey('app.children', [columnOf(child)], {
      references: { table: `app.${parentOf(parent)}`, columns: ['id'] },
    })
    .then(
      (outcome) => outcome.status,
      (error: { code: string }) => error.code,
    );
}

function columnOf(type: string): string {
  return `c_${type.replaceAll(/\W+/g, '_')}`;
}

function parentOf(type: string): string {
  return `p_${type.replaceAll(/\W+/g, '_')}`;
}

describe('what is worth knowing', () => {
  const db = useDatabase(`
    CREATE TABLE orgs (id bigint, code text, PRIMARY KEY (id), UNIQUE (code, id));
    CREATE TABLE users (id integer PRIMARY KEY, org integer, code varchar(10), boss integer, alone bigint);
    CREATE INDEX ON users (alone) WHERE alone > 5; CREATE INDEX ON users (id, alone);
    CREATE INDEX ON users (boss, id); CREATE INDEX ON users (org, code, id)`);

  async function made(columns: string[], table: string, refcolumns: string[], more = {}) {
    const warnings: string[] = [];
    const onEvent = (event: GuardEvent): void => {
      if (event.type === 'warning') warnings.push(event.message);
    };
    const client = await db.connect();
    await client.query('BEGIN');
    const g = guard(client, { onEvent });
    const outcome = await g.safeAddForeignKey('users', columns, {
      references: { table, columns: refcolumns },
      ...more,
    });
    expect(outcome.status).toBe('applied');
    expect(
      (await g.safeAddForeignKey('users', columns, { references: { table, columns: refcolumns }, ...more })).status,
    ).toBe('unchanged');
    expect(warnings.join('; ')).toBe(outcome.reason ?? '');
    await client.query('ROLLBACK');
    return warnings;
  }

  test('is said of a composite key with MATCH FULL whose columns an index begins with in another order', async () => {
    expect(await made(['code', 'org'], 'orgs', ['code', 'id'], { match: 'full' })).toEqual([
      'public.users.code is character varying(10), public.orgs.code is text: they can be compared, but not each value of one fits the other',
      'public.users.org is integer, public.orgs.id is bigint: they can be compared, but not each value of one fits the other',
    ]);
  });

  test('an index that holds a part of the rows, or begins with another column, is none', async () => {
    expect(await made(['alone'], 'orgs', ['id'])).toMatchInlineSnapshot(`
      [
        "no index of public.users begins with alone: each DELETE in public.orgs, and each change of its key, reads all of public.users. Make one: await g.safeCreateIndex('public.users', ['alone']);",
      ]
    `);
  });

  test('a key of a table to itself, deferred', async () => {
    expect(await made(['boss'], 'users', ['id'], { deferrable: 'deferred', onDelete: 'set null' })).toEqual([]);
  });

  test.runIf(Number(majors[0]) >= 15)('ON DELETE SET NULL of some columns is a difference', async () => {
    const client = await db.connect();
    await client.query('BEGIN');
    await client.query(
      'ALTER TABLE users ADD CONSTRAINT fk FOREIGN KEY (code, org) REFERENCES orgs (code, id) ON DELETE SET NULL (org)',
    );
    const add = () =>
      guard(client).safeAddForeignKey('users', ['code', 'org'], {
        name: 'fk',
        references: { table: 'orgs', columns: ['code', 'id'] },
        onDelete: 'set null',
      });
    expect(await errorOf(add())).toMatchObject({
      differences: [{ path: 'ON DELETE columns', expected: 'all', found: 'org' }],
    });
    await client.query('ROLLBACK');
  });
});

const own = useDatabase();

test('rows that policies hide are no proof', async () => {
  const role = `hf_key_${process.pid}`;
  const client = await own.connect();
  await client.query(`CREATE ROLE ${role}; GRANT ALL ON SCHEMA public TO ${role}; SET ROLE ${role};
    CREATE TABLE seen_parents (id integer PRIMARY KEY); CREATE TABLE unseen_rows (id integer); INSERT INTO unseen_rows VALUES (5);
    ALTER TABLE unseen_rows ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON unseen_rows USING (id > 100)`);
  const references = { references: { table: 'seen_parents', columns: ['id'] } };
  const call = guard(client).safeAddForeignKey('unseen_rows', ['id'], references);
  expect(await errorOf(call)).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
  const check = guard(client).safeCreateCheckConstraint('unseen_rows', 'c', 'id > 100', { onViolation: 'warn' });
  expect(await errorOf(check)).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
  await client.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
});

test('a plan knows that a key planned before makes its columns referable', async () => {
  const client = await own.connect();
  await client.query(
    'CREATE TABLE planned_parents (a integer, b integer); CREATE TABLE planned_children (a integer, b integer)',
  );
  const g = guard(client, { mode: 'plan' });
  await g.safeAddPrimaryKey('planned_parents', ['a', 'b']);
  const key = { references: { table: 'planned_parents', columns: ['b', 'a'] } };
  expect(await g.safeAddForeignKey('planned_children', ['b', 'a'], key)).toMatchObject({ status: 'planned' });
});

test('foreignKeyExists tells which column refers to which, in any order', async () => {
  await own.run(`CREATE TABLE asked_for (x integer, y integer, PRIMARY KEY (x, y));
    CREATE TABLE asking (a integer, b integer, FOREIGN KEY (a, b) REFERENCES asked_for (x, y))`);
  const g = guard(await own.connect());
  const exists = (columns: string[], referenced?: string[]): Promise<boolean> =>
    g.foreignKeyExists('asking', columns, { table: 'asked_for', ...(referenced && { columns: referenced }) });
  expect(await exists(['a', 'b'], ['x', 'y'])).toBe(true);
  expect(await exists(['b', 'a'], ['y', 'x'])).toBe(true);
  expect(await exists(['b', 'a'])).toBe(true);
  expect(await exists(['a', 'b'], ['y', 'x'])).toBe(false);
  expect(await exists(['a', 'b'], ['x'])).toBe(false);
});
