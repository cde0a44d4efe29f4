import { type DependencyError, guard, type HoldfastError } from '@holdfast/core';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { majors } from '../support/server.js';
import { waits } from '../traps/support.js';
import { errorOf, one, useDatabase } from './support.js';

describe.each(majors)('PostgreSQL %i', (major) => {
  const db = useDatabase('', major);
  beforeEach(() =>
    db.run(
      `DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app; CREATE TABLE app.users (id integer PRIMARY KEY, name text, mail text)`,
    ),
  );

  describe('safeRenameTable', () => {
    test('neither the old name nor the new one is a missing table', async () => {
      const error = await errorOf(guard(await db.connect()).safeRenameTable('app.user', 'persons'));
      expect(error).toMatchObject({
        code: 'HF_PREREQUISITE',
        missing: [{ name: 'app.user', nearMisses: ['app.users'] }],
      });
    });

    test.each([
      ['CREATE VIEW app.people AS SELECT 1', 'view app.people'],
      ['CREATE SEQUENCE app.people', 'sequence app.people'],
      ['CREATE INDEX people ON app.users (name)', 'index app.people'],
      ['CREATE TYPE app.people AS (a integer)', 'composite type app.people'],
      ["CREATE TYPE app.people AS ENUM ('a')", 'type app.people'],
      ['CREATE DOMAIN app.people AS integer', 'type app.people'],
    ])('a new name that is taken is named: %s', async (sql, taken) => {
      const client = await db.connect();
      await client.query(sql);
      const error = await errorOf<HoldfastError>(guard(client).safeRenameTable('app.users', 'people'));
      expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
      expect(error.happened).toBe(`the name people is taken in that schema by ${taken}.`);
      await errorOf(client.query('ALTER TABLE app.users RENAME TO people'));
    });

    test('a name that only an array type has is free', async () => {
      const client = await db.connect();
      await client.query("CREATE TYPE app.mood AS ENUM ('a')");
      expect(await guard(client).safeRenameTable('app.users', '_mood')).toMatchObject({ status: 'applied' });
    });

    test('the new name in another schema is not in the way, and the search path finds both', async () => {
      const client = await db.connect();
      await client.query('SET search_path TO app, public; CREATE TABLE public.people (id integer)');
      const g = guard(client);
      expect(await g.safeRenameTable('users', 'people')).toMatchObject({
        status: 'applied',
        target: 'app.users to people',
      });
      expect(await g.safeRenameTable('users', 'people')).toMatchObject({
        status: 'unchanged',
        target: 'app.users to people',
      });
      await client.query('DROP TABLE public.people');
    });

    test('a view that stands in for the old name changes nothing', async () => {
      const client = await db.connect();
      const g = guard(client);
      await g.safeRenameTable('app.users', 'people');
      await client.query('CREATE VIEW app.users AS SELECT * FROM app.people');
      expect(await g.safeRenameTable('app.users', 'app.people')).toMatchObject({
        status: 'unchanged',
        reason: 'the old name is now that of a view',
      });
    });

    test.each([
      ['CREATE VIEW app.old AS SELECT 1', 'app.old is a view, not a table.'],
      ['CREATE INDEX old ON app.users (name)', 'app.old is an index, not a table.'],
    ])('what is no table is not renamed: %s', async (sql, happened) => {
      const client = await db.connect();
      await client.query(sql);
      expect(await errorOf(guard(client).safeRenameTable('app.old', 'new'))).toMatchObject({
        code: 'HF_REFUSED',
        happened,
      });
    });

    test('two that rename the same table both succeed', async () => {
      const [first, second, holder, watcher] = await four(() => db.connect());
      await holder.query('BEGIN; LOCK TABLE app.users IN ACCESS SHARE MODE');
      const both = Promise.all(
        [first, second].map((client) =>
          guard(client, { lockTimeoutMs: 20_000 }).safeRenameTable('app.users', 'people'),
        ),
      );
      for (const client of [first, second]) await waits(watcher, pidOf(client), 'relation');
      await holder.query('COMMIT');
      expect((await both).map((outcome) => outcome.status).sort()).toEqual(['applied', 'unchanged']);
    });
  });

  describe('safeRenameColumn', () => {
    test('neither the old name nor the new one is a missing column', async () => {
      const error = await errorOf(guard(await db.connect()).safeRenameColumn('app.users', 'nam', 'title'));
      expect(error).toMatchObject({
        code: 'HF_PREREQUISITE',
        missing: [{ kind: 'column', name: 'app.users.nam', nearMisses: ['app.users.name'] }],
      });
    });

    test('indexes, views and constraints follow; names of 63 bytes are compared as the server keeps them', async () => {
      const client = await db.connect();
      await client.query('CREATE INDEX i ON app.users (name); CREATE VIEW app.v AS SELECT name FROM app.users');
      const long = 'n'.repeat(80);
      const g = guard(client);
      expect(await g.safeRenameColumn('app.users', 'name', long)).toMatchObject({ status: 'applied' });
      expect(await g.safeRenameColumn('app.users', 'name', long)).toMatchObject({ status: 'unchanged', steps: [] });
      expect(await one(client, "SELECT pg_get_indexdef('app.i'::regclass)")).toContain('n'.repeat(63));
      expect(await one(client, "SELECT pg_get_viewdef('app.v'::regclass)")).toContain(`${'n'.repeat(63)} AS name`);
    });

    test.each([
      ['users_1', 'name', 'it is inherited from table app.users'],
      ['users', 'id', 'table app.users_1 inherits the column from another table, too'],
      ['users', 'mail', 'table app.users_1 has a column of that name already'],
    ])('of tables that inherit: %s.%s', async (table, column, happened) => {
      const client = await db.connect();
      await client.query(
        'CREATE TABLE app.second (id integer); CREATE TABLE app.users_1 (title text) INHERITS (app.users, app.second)',
      );
      const to = column === 'mail' ? 'title' : 'other';
      const error = await errorOf<HoldfastError>(guard(client).safeRenameColumn(`app.${table}`, column, to));
      expect(error.code).toBe('HF_REFUSED');
      expect(error.happened).toContain(happened);
      await errorOf(client.query(`ALTER TABLE app.${table} RENAME COLUMN ${column} TO ${to}`));
      if (column === 'name')
        expect(await guard(client).safeRenameColumn('app.users', 'name', to)).toMatchObject({ status: 'applied' });
    });

    test('the name of a system column is refused', async () => {
      const error = await errorOf<DependencyError>(
        guard(await db.connect()).safeRenameColumn('app.users', 'name', 'ctid'),
      );
      expect(error.code).toBe('HF_REFUSED');
      expect(error.happened).toContain('ctid is a column that every table has');
    });
  });
});

async function four(connect: () => Promise<pg.Client>): Promise<[pg.Client, pg.Client, pg.Client, pg.Client]> {
  return [await connect(), await connect(), await connect(), await connect()];
}
