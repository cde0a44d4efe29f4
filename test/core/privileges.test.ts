import { randomBytes } from 'node:crypto';
import { type Guard, guard, type PrivilegeError } from '@holdfast/core';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { countQueries, errorOf, one, useDatabase } from './support.js';

// Roles belong to the whole server, so each run has its own.
const weak = `hf_weak_${randomBytes(6).toString('hex')}`;
const db = useDatabase(`
  CREATE ROLE ${weak};
  CREATE SCHEMA hidden;
  CREATE SCHEMA mine AUTHORIZATION ${weak};
  CREATE TYPE hidden.status AS ENUM ('on', 'off');
  CREATE TABLE hidden.orgs (code text CONSTRAINT orgs_key PRIMARY KEY);
  CREATE TABLE hidden.users (
    uid bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT users_key PRIMARY KEY,
    email varchar(100) CONSTRAINT users_email_key UNIQUE, status hidden.status,
    org text CONSTRAINT users_org REFERENCES hidden.orgs (code));
  CREATE INDEX users_status ON hidden.users (status);
  CREATE VIEW hidden.names AS SELECT email FROM hidden.users;
  ALTER TABLE hidden.users ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own_rows ON hidden.users USING (true);
  INSERT INTO hidden.users (email) SELECT i::text FROM generate_series(1, 7) i;
  ANALYZE hidden.users;
  REVOKE ALL ON ALL TABLES IN SCHEMA hidden FROM PUBLIC;
  CREATE TABLE public.theirs (id integer PRIMARY KEY, spare integer NOT NULL DEFAULT 0);
  CREATE TABLE public.parents (id integer PRIMARY KEY);
  INSERT INTO public.parents VALUES (1);
  CREATE TABLE public.unseen (id integer);
  INSERT INTO public.unseen VALUES (1);
  CREATE INDEX theirs_id ON public.theirs (id);
  GRANT REFERENCES ON public.parents TO ${weak};
  GRANT SELECT, UPDATE ON public.theirs TO ${weak};`);

afterAll(async () => {
  await db.run(`DROP OWNED BY ${weak}; DROP ROLE ${weak}`);
});

async function asWeak(): Promise<pg.Client> {
  const client = await db.connect();
  await client.query(`SET ROLE ${weak}`);
  return client;
}

/** Everything that can be asked about the hidden tables. */
async function questions(g: Guard): Promise<Record<string, unknown>> {
  return {
    schemaExists: await g.schemaExists('hidden'),
    tableExists: await g.tableExists('hidden.users'),
    noTable: await g.tableExists('hidden.user'),
    viewExists: await g.viewExists('hidden.names'),
    columnExists: await g.columnExists('hidden.users', 'email'),
    missingColumns: await g.missingColumns('hidden.users', ['uid', 'mail']),
    columnType: await g.columnType('hidden.users', 'email'),
    columnTypeEnum: await g.columnType('hidden.users', 'status'),
    detectPkColumn: await g.detectPkColumn('hidden.users'),
    detectPrimaryKey: await g.detectPrimaryKey('hidden.users'),
    indexExists: await g.indexExists('hidden.users_status'),
    indexOfTable: await g.indexExists('users_status', 'hidden.users'),
    constraintExists: await g.constraintExists('users_email_key', 'hidden.users'),
    foreignKeyExists: await g.foreignKeyExists('hidden.users', ['org'], { table: 'hidden.orgs', columns: ['code'] }),
    policyExists: await g.policyExists('own_rows', 'hidden.users'),
    triggerExists: await g.triggerExists('none', 'hidden.users'),
    enumExists: await g.enumExists('hidden.status'),
    enumValues: await g.enumValues('hidden.status'),
    enumValueExists: await g.enumValueExists('hidden.status', 'off'),
    estimateRows: await g.estimateRows('hidden.users'),
  };
}

describe('a role without any right on a table and its schema', () => {
  test('gets the right answer to every question, and its transaction goes on', async () => {
    const client = await asWeak();
    expect(await errorOf(client.query('SELECT FROM hidden.users'))).toMatchObject({ code: '42501' });
    await client.query('BEGIN');
    const answers = await questions(guard(client));
    expect(await one(client, 'SELECT 1')).toBe(1);
    await client.query('COMMIT');
    expect(answers).toEqual(await questions(guard(await db.connect())));
    expect(answers).toMatchInlineSnapshot(`
      {
        "columnExists": true,
        "columnType": "character varying(100)",
        "columnTypeEnum": "hidden.status",
        "constraintExists": true,
        "detectPkColumn": "uid",
        "detectPrimaryKey": {
          "columns": [
            "uid",
          ],
          "constraintName": "users_key",
          "identity": "always",
          "referencedBy": [],
          "sequence": "hidden.users_uid_seq",
          "types": [
            "bigint",
          ],
        },
        "enumExists": true,
        "enumValueExists": true,
        "enumValues": [
          "on",
          "off",
        ],
        "estimateRows": 7,
        "foreignKeyExists": true,
        "indexExists": true,
        "indexOfTable": true,
        "missingColumns": [
          "mail",
        ],
        "noTable": false,
        "policyExists": true,
        "schemaExists": true,
        "tableExists": true,
        "triggerExists": false,
        "viewExists": true,
      }
    `);
  });

  test('finds nothing by the search path that it may not use, and is told where it is', async () => {
    const client = await asWeak();
    await client.query('SET search_path TO hidden, mine');
    const g = guard(client);
    expect(await g.tableExists('users')).toBe(false);
    expect(await errorOf(g.safeAddColumn('users', 'a', 'text'))).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [{ kind: 'table', name: 'users', nearMisses: ['hidden.users'] }],
    });
  });

  test('finds a table to be what is asked for, and cannot make one', async () => {
    const g = guard(await asWeak());
    const text = `uid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(100) UNIQUE, status hidden.status,
      org text REFERENCES hidden.orgs (code)`;
    expect(await g.safeCreateTable('hidden.users', text)).toMatchObject({ status: 'unchanged' });
    expect(await errorOf(g.safeCreateTable('hidden.others', text))).toMatchObject({
      code: 'HF_PRIVILEGE',
      left: 'Nothing was changed.',
    });
    expect(await g.tableExists('hidden.others')).toBe(false);
    const mine = 'id integer PRIMARY KEY, parent integer REFERENCES public.parents (id)';
    expect(await g.safeCreateTable('mine.made', mine)).toMatchObject({ status: 'applied' });
    expect(await errorOf(g.safeCreateTable('mine.other', 'id integer REFERENCES theirs (id)'))).toMatchObject({
      code: 'HF_PRIVILEGE',
    });
  });

  test('learns from validatePrerequisites which rights it lacks, in one error', async () => {
    const client = await asWeak();
    await client.query('BEGIN');
    const error = await errorOf(
      guard(client).validatePrerequisites({
        tables: ['hidden.users'],
        columns: { 'hidden.users': { email: 'varchar(100)', status: 'hidden.status' } },
        privileges: { 'hidden.users': ['owner', 'select'], theirs: ['select', 'update', 'delete'] },
      }),
    );
    expect(error).toMatchObject({
      code: 'HF_PREREQUISITE',
      missing: [
        { kind: 'privilege', problem: `role ${weak} does not own hidden.users` },
        { kind: 'privilege', problem: `role ${weak} has no SELECT on hidden.users` },
        { kind: 'privilege', problem: `role ${weak} has no DELETE on theirs` },
      ],
    });
    expect(await one(client, 'SELECT 1')).toBe(1);
    await client.query('ROLLBACK');
  });
});

describe('an operation on a table that the role does not own', () => {
  test.each(['hidden.users', 'theirs'])('on %s is a PrivilegeError and changes nothing', async (table) => {
    const client = await asWeak();
    const error = await errorOf<PrivilegeError>(guard(client).safeAddColumn(table, 'extra', 'text'));
    expect(error).toMatchObject({ code: 'HF_PRIVILEGE', operation: 'safeAddColumn', cause: { code: '42501' } });
    expect(error.left).toBe('Nothing was changed.');
    expect(client.getTransactionStatus?.()).toBe('I');
    expect(await guard(client).columnExists(table, 'extra')).toBe(false);
  });

  test('and so are all that alter or drop it', async () => {
    const client = await asWeak();
    const g = guard(client);
    const calls = [
      () => g.safeAddColumn('theirs', { one: 'text', two: 'text' }),
      () => g.safeDropTable('theirs', { allowRows: true }),
      () => g.safeDropTable('theirs'),
      () => g.safeDropTable('unseen'),
      () => g.safeRenameTable('theirs', 'ours'),
      () => g.safeExpandTableRename('theirs', 'ours'),
      () => g.safeRenameColumn('theirs', 'spare', 'other'),
      () => g.safeDropColumn('theirs', 'spare'),
      () => g.safeDropNotNull('theirs', 'spare'),
      () => g.safeSetDefault('theirs', 'spare', '1'),
      () => g.safeSetDefault('theirs', 'spare', '1 + 1'),
      () => g.safeDropDefault('theirs', 'spare'),
    ];
    for (const call of calls) {
      expect(await errorOf<PrivilegeError>(call())).toMatchObject({ left: 'Nothing was changed.' });
      expect(await errorOf<PrivilegeError>(call())).toMatchObject({ code: 'HF_PRIVILEGE' });
    }
    expect(await one(client, 'SELECT count(*)::int FROM theirs')).toBe(0);
  });

  test.each([
    ['safeDropIndex', (g: Guard) => g.safeDropIndex('theirs_id')],
    ['safeRenameIndex', (g: Guard) => g.safeRenameIndex('theirs_id', 'ours')],
    ['safeCreateIndex', (g: Guard) => g.safeCreateIndex('theirs', [{ column: 'id', order: 'desc' }])],
  ])('%s is a PrivilegeError and changes nothing', async (_name, act) => {
    const client = await asWeak();
    const error = await errorOf<PrivilegeError>(act(guard(client)));
    expect(error).toMatchObject({ code: 'HF_PRIVILEGE', left: 'Nothing was changed.' });
    expect(await guard(client).indexExists('theirs_id')).toBe(true);
  });

  test.each<[string, (g: Guard) => Promise<unknown>]>([
    ['safeDropConstraint', (g) => g.safeDropConstraint('hidden.users', 'users_email_key')],
    ['safeRenameConstraint', (g) => g.safeRenameConstraint('hidden.users', 'users_org', 'users_code')],
    ['safeValidateConstraint', (g) => g.safeValidateConstraint('hidden.users', 'users_late')],
  ])('%s sees the constraint, and is refused by the server alone', async (operation, run) => {
    await db.run(
      'ALTER TABLE hidden.users DROP CONSTRAINT IF EXISTS users_late; ALTER TABLE hidden.users ADD CONSTRAINT users_late CHECK (uid > 0) NOT VALID',
    );
    const client = await asWeak();
    expect(await errorOf(run(guard(client)))).toMatchObject({ code: 'HF_PRIVILEGE', operation });
    expect(client.getTransactionStatus?.()).toBe('I');
  });

  test('leaves a transaction to its rollback, and says so', async () => {
    const client = await asWeak();
    await client.query('BEGIN');
    const error = await errorOf<PrivilegeError>(guard(client).safeAddColumn('theirs', 'extra', 'text'));
    expect(error).toMatchObject({ code: 'HF_PRIVILEGE' });
    expect(error.left).toContain('transaction has failed');
    expect(await errorOf(guard(client).safeAddColumn('theirs', 'extra', 'text'))).toMatchObject({ code: 'HF_REFUSED' });
    await client.query('ROLLBACK');
  });

  test('inside attempt is taken back alone', async () => {
    const client = await asWeak();
    await client.query('BEGIN');
    const g = guard(client);
    const outcome = await g.attempt('not ours', (inner) => inner.safeAddColumn('theirs', 'extra', 'text'));
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringContaining('HF_PRIVILEGE') });
    await client.query('CREATE TABLE mine.kept (id integer)');
    expect(await g.safeAddColumn('mine.kept', 'extra', 'text')).toMatchObject({ status: 'applied' });
    await client.query('ROLLBACK');
  });
});

describe.each(['outside', 'inside'])('%s a transaction, with nothing but REFERENCES on the parent', (where) => {
  test('a foreign key is made without locking the parent by hand', async () => {
    const client = await asWeak();
    await client.query(
      'DROP TABLE IF EXISTS mine.children; CREATE TABLE mine.children (id integer PRIMARY KEY, parent integer)',
    );
    await client.query('INSERT INTO mine.children VALUES (1, NULL)');
    if (where === 'inside') await client.query('BEGIN');
    const { texts } = countQueries(client);
    const references = { references: { table: 'parents', columns: ['id'] } };
    const g = guard(client);
    expect(await g.safeAddForeignKey('mine.children', ['parent'], references)).toMatchObject({ status: 'applied' });
    expect(texts.join('\n')).toContain('LOCK TABLE "mine"."children"');
    expect(texts.join('\n')).not.toContain('LOCK TABLE "public"."parents"');
    expect(await g.safeAddForeignKey('mine.children', ['parent'], references)).toMatchObject({ status: 'unchanged' });
    if (where === 'inside') await client.query('COMMIT');
    await client.query('DROP TABLE mine.children');
  });
});
