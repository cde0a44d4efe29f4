import { type Guard, guard, type MismatchError, type PrerequisiteError } from '@holdfast/core';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { pidOf } from '../support/clients.js';
import { availableMajors, majors } from '../support/server.js';
import { countQueries, errorOf, one, useDatabase } from './support.js';

const SETUP = `
  CREATE TABLE orgs (id integer PRIMARY KEY, code text UNIQUE);
  CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
  CREATE SCHEMA app;`;

const FULL = `id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id integer NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
  mood mood NOT NULL DEFAULT 'sad', amount numeric(10, 2) DEFAULT 0 CHECK (amount >= 0), part positive,
  state varchar(20) DEFAULT 'new' CHECK (state IN ('new', 'old')), made timestamptz NOT NULL DEFAULT now(),
  tags text[] DEFAULT '{}', doc jsonb DEFAULT '{"a": 1}'::jsonb, parent_id bigint REFERENCES things (id),
  twice numeric GENERATED ALWAYS AS (amount * 2) STORED, CHECK (amount < 100 OR state = 'old'), UNIQUE (org_id, state),
  CONSTRAINT late UNIQUE (made) DEFERRABLE INITIALLY DEFERRED`;

/** What stands in the catalog about a table, names included. */
const CATALOG = `
  SELECT array_agg(line ORDER BY line) FROM (
    SELECT format('%s %s %s %s %s %s %s', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = $1::regclass AND a.attnum > 0
    UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = $1::regclass
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = $1::regclass) lines`;

const catalog = (client: pg.Client, table = 'things'): Promise<string[]> => one(client, CATALOG, [table]);

describe.each([...new Set([...majors, ...availableMajors([15])])])('on PostgreSQL %i', (major) => {
  const db = useDatabase(SETUP, major);
  beforeEach(() => db.run('DROP TABLE IF EXISTS things, app.things CASCADE'));

  test.each([
    ['everything', FULL],
    [
      'checks without names',
      'a int, b int, CHECK (a > 0), CHECK (a < 9), CHECK (a < b), c int CHECK (c > a), CHECK (b > 0 OR b IS NULL)',
    ],
    [
      'keys without names',
      'a int, b int REFERENCES orgs (id) REFERENCES orgs (id) ON DELETE CASCADE, PRIMARY KEY (b, a), UNIQUE (a)',
    ],
    ['serials', 'a smallserial, b serial8 PRIMARY KEY, c serial UNIQUE'],
    [
      'names that are long',
      `${'a'.repeat(60)} int UNIQUE, ${'b'.repeat(63)} int CHECK (${'b'.repeat(63)} > 0), UNIQUE (${'a'.repeat(60)}, ${'b'.repeat(63)})`,
    ],
    [
      'names in quotes',
      `"A b" int PRIMARY KEY, "é"",x" text UNIQUE CHECK ("é"",x" <> ''), "select" int REFERENCES orgs (id), FOREIGN KEY ("A b") REFERENCES orgs (id)`,
    ],
  ])('makes what CREATE TABLE makes, and takes it for the same: %s', async (_title, text) => {
    const client = await db.connect();
    const g = guard(client);
    await client.query(`CREATE TABLE things (${text})`);
    const raw = await catalog(client);
    expect(await g.safeCreateTable('things', text)).toMatchObject({ status: 'unchanged', steps: [] });
    await client.query('DROP TABLE things');
    expect(await g.safeCreateTable('things', text)).toMatchObject({ status: 'applied', steps: [{}] });
    expect(await catalog(client)).toEqual(raw);
    const again = await g.safeCreateTable('things', text);
    expect(again.status).toBe('unchanged');
    expect(again.reason).toBeUndefined();
  });

  test('takes a table that was restored from a dump for the same', async () => {
    const client = await db.connect();
    const g = guard(client);
    await g.safeCreateTable('things', FULL);
    const printed = await one<string>(
      client,
      `SELECT string_agg(format('%I %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attgenerated = 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
            WHEN d.oid IS NOT NULL THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) END,
          CASE WHEN a.attnotnull THEN 'NOT NULL' END), ', ' ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'things'::regclass AND a.attnum > 0`,
    );
    const constraints = await one<string[]>(
      client,
      `SELECT array_agg(format('ALTER TABLE ONLY things ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) ORDER BY contype = 'f', conname)
        FROM pg_constraint WHERE conrelid = 'things'::regclass AND contype <> 'n'`,
    );
    await client.query(`DROP TABLE things; CREATE TABLE things (${printed});
      ALTER TABLE things ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY; ${constraints.join(';')}`);
    expect(await g.safeCreateTable('things', FULL)).toMatchObject({ status: 'unchanged' });
  });
});

describe('safeCreateTable', () => {
  const db = useDatabase(SETUP);
  let client: pg.Client;
  let g: Guard;
  beforeEach(async () => {
    await db.run('DROP TABLE IF EXISTS things, app.things CASCADE');
    client = await db.connect();
    g = guard(client);
  });

  test('says all that differs and all that lacks in one error, and changes nothing', async () => {
    await client.query(`CREATE TABLE things (id integer PRIMARY KEY, email varchar(50), age integer, extra text NOT NULL);
      ALTER TABLE things ADD CONSTRAINT adult CHECK (age >= 16);
      ALTER TABLE things ADD CONSTRAINT sane CHECK (age < 200) NOT VALID`);
    const before = await catalog(client);
    const text = `id bigint PRIMARY KEY, email text NOT NULL UNIQUE, age integer, org_id integer REFERENCES orgs (id),
      CONSTRAINT adult CHECK (age >= 18), CONSTRAINT sane CHECK (age < 200)`;
    const error = await errorOf<MismatchError>(g.safeCreateTable('things', text));
    expect(error.message).toMatchInlineSnapshot(`
      "safeCreateTable: public.things: it exists, but is not what is asked for:
        column id type: expected bigint, found integer
        column email type: expected text, found character varying(50)
        column email nullability: expected NOT NULL, found NULL
        check adult expression: expected age >= 18, found (age >= 16)
        column org_id: expected integer, found absent
        unique constraint things_email_key: expected UNIQUE ("email"), found absent
        check sane: expected CHECK (age < 200), found unvalidated
        foreign key things_org_id_fkey: expected FOREIGN KEY ("org_id") REFERENCES "orgs" ("id"), found absent, without column public.things.org_id
      Nothing was changed.
      To add what is lacking, pass { complete: true }: each part is then added by an operation of its own.
      Change the migration to what the database has, or change the object first; onMismatch: 'warn' leaves it as it is and goes on."
    `);
    expect(error).toMatchObject({ code: 'HF_MISMATCH', left: 'Nothing was changed.' });
    const incomplete = await errorOf<MismatchError>(g.safeCreateTable('things', text, { complete: true }));
    expect(incomplete.differences.map((d) => d.path)).toEqual([
      'column id type',
      'column email type',
      'column email nullability',
      'check adult expression',
    ]);
    expect(await catalog(client)).toEqual(before);
  });

  test('says what the definition does not name, and under which name the key is there', async () => {
    await client.query(`CREATE TABLE things (id integer CONSTRAINT the_key PRIMARY KEY, email text CONSTRAINT one_email UNIQUE, extra text, must text NOT NULL);
      CREATE INDEX more ON things (extra); ALTER TABLE things ADD CONSTRAINT filled CHECK (extra <> '')`);
    const { status, reason } = await g.safeCreateTable('things', 'id integer PRIMARY KEY, email text UNIQUE');
    expect(status).toBe('unchanged');
    expect(reason).toMatchInlineSnapshot(
      `"the primary key is there under the name the_key; columns that the definition does not name: extra, must (NOT NULL without a default: rows that do not name it fail); constraints that the definition does not name: filled; indexes that the definition does not name: more"`,
    );
  });

  test('finds a check without a name under another one', async () => {
    await client.query('CREATE TABLE things (id integer, CONSTRAINT by_hand CHECK (id > 0))');
    expect(await g.safeCreateTable('things', 'id integer CHECK (id > 0)')).toMatchObject({ status: 'unchanged' });
  });

  test('completes a table that is in use by steps that commit by themselves', async () => {
    await client.query('CREATE TABLE things (id integer PRIMARY KEY, email text); INSERT INTO things VALUES (1)');
    const text =
      'id integer PRIMARY KEY, email text UNIQUE, org_id integer REFERENCES orgs (id), CONSTRAINT small CHECK (id < 10)';
    const outcome = await g.safeCreateTable('things', text, { complete: true });
    expect(outcome).toMatchObject({ status: 'repaired', steps: [] });
    const done = outcome.children.flatMap((c) =>
      [...c.children, c].flatMap((each) => each.steps.map((step) => step.sql)),
    );
    expect(done.filter((sql) => /CONCURRENTLY|NOT VALID/.test(sql))).toHaveLength(3);
    expect(await g.safeCreateTable('things', text)).toMatchObject({ status: 'unchanged' });
  });

  test.each([
    ['a view', 'CREATE VIEW things AS SELECT 1 AS id', 'DROP VIEW things', 'view'],
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW things AS SELECT 1 AS id',
      'DROP MATERIALIZED VIEW things',
      'materialized view',
    ],
    ['a sequence', 'CREATE SEQUENCE things', 'DROP SEQUENCE things', 'sequence'],
    ['an index', 'CREATE INDEX things ON orgs (code)', 'DROP INDEX things', 'index'],
    ['an enum', "CREATE TYPE things AS ENUM ('a')", 'DROP TYPE things', 'enum type'],
    ['a domain', 'CREATE DOMAIN things AS text', 'DROP DOMAIN things', 'domain'],
    ['a composite type', 'CREATE TYPE things AS (id integer)', 'DROP TYPE things', 'composite type'],
    ['an unlogged table', 'CREATE UNLOGGED TABLE things (id integer)', 'DROP TABLE things', 'unlogged table'],
    [
      'a partitioned table',
      'CREATE TABLE things (id integer) PARTITION BY LIST (id)',
      'DROP TABLE things',
      'partitioned table',
    ],
    [
      'a partition',
      'CREATE TABLE whole (id integer) PARTITION BY LIST (id); CREATE TABLE things PARTITION OF whole DEFAULT',
      'DROP TABLE whole',
      'partition of whole',
    ],
  ])('says what holds the name: %s', async (_title, make, drop, found) => {
    await client.query(make);
    const error = await errorOf<MismatchError>(g.safeCreateTable('things', 'id integer'));
    await client.query(drop);
    expect(error).toMatchObject({ code: 'HF_MISMATCH', differences: [{ path: 'kind', expected: 'table', found }] });
  });

  test('refuses names of constraints and indexes that are taken', async () => {
    await client.query('CREATE INDEX things_email_key ON orgs (code); CREATE SEQUENCE things_pkey');
    const error = await errorOf(g.safeCreateTable('things', 'id integer PRIMARY KEY, email text UNIQUE'));
    await client.query('DROP INDEX things_email_key; DROP SEQUENCE things_pkey');
    expect(error).toMatchObject({ code: 'HF_REFUSED', left: 'Nothing was changed.' });
    expect(error.message).toContain('things_email_key (index), things_pkey (sequence)');
  });

  test('names every table, column, type and schema that it lacks, before anything', async () => {
    const text =
      'id integer REFERENCES org (id), code text REFERENCES orgs (kode), state status, feel mood, again status';
    const error = await errorOf<PrerequisiteError>(g.safeCreateTable('things', text));
    expect(error).toMatchObject({ code: 'HF_PREREQUISITE', left: 'Nothing was changed.' });
    expect(error.missing.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'type status',
      'table org',
      'column public.orgs.kode',
    ]);
    expect(await g.safeCreateTable('things', text, { ifMissing: 'skip' })).toMatchObject({ status: 'skipped' });
    const schema = await errorOf<PrerequisiteError>(g.safeCreateTable('nowhere.things', 'id integer'));
    expect(schema.missing).toMatchObject([{ kind: 'schema', name: 'nowhere' }]);
    const unfit = await errorOf<PrerequisiteError>(
      g.safeCreateTable('things', 'a integer, b text, FOREIGN KEY (a, b) REFERENCES orgs (id, code)'),
    );
    expect(unfit.missing).toMatchObject([{ kind: 'constraint' }]);
    expect(await g.tableExists('things')).toBe(false);
  });

  test('leaves nothing when one of its statements fails', async () => {
    const error = await errorOf(
      g.safeCreateTable('things', 'id integer PRIMARY KEY, x text DEFAULT missing_function()'),
    );
    expect(error).toMatchObject({ code: 'HF_FAILED', left: 'Nothing was changed.' });
    expect(await g.tableExists('things')).toBe(false);
  });

  test('is made where CREATE TABLE makes it: a table further down the search path is another one', async () => {
    await client.query('CREATE TABLE things (id text); SET search_path = app, public');
    expect(await g.safeCreateTable('things', 'id integer, parent integer REFERENCES orgs (id)')).toMatchObject({
      status: 'applied',
      target: 'app.things',
    });
    expect(await g.safeCreateTable('things', 'id integer, parent integer REFERENCES orgs (id)')).toMatchObject({
      status: 'unchanged',
      target: 'app.things',
    });
    expect(await errorOf(g.safeCreateTable('public.things', 'id integer'))).toMatchObject({ code: 'HF_MISMATCH' });
  });

  test('refers to itself, named with and without its schema', async () => {
    const text = (self: string): string => `id integer PRIMARY KEY, parent integer REFERENCES ${self} (id)`;
    for (const [table, self] of [
      ['things', 'things'],
      ['things', 'public.things'],
      ['app.things', 'app.things'],
    ] as const) {
      const { status, steps } = await g.safeCreateTable(table, text(self));
      expect({ status, locks: steps[0]?.locks }).toEqual({ status: 'applied', locks: [] });
      expect(await g.safeCreateTable(table, text(self))).toMatchObject({ status: 'unchanged' });
      await client.query(`DROP TABLE ${table}`);
    }
    await client.query('SET search_path = app, public');
    expect(await g.safeCreateTable('app.things', text('things'))).toMatchObject({ status: 'applied' });
    await client.query('SET search_path = public');
    const other = await errorOf<PrerequisiteError>(g.safeCreateTable('app.other', text('other')));
    expect(other.missing).toMatchObject([{ kind: 'table', name: 'other' }]);
  });

  test.each([
    ['the same', 'id integer PRIMARY KEY', { status: 'unchanged' }],
    ['another', 'id bigint PRIMARY KEY', { code: 'HF_MISMATCH' }],
  ])('judges the table that a rival has made meanwhile: %s', async (_title, text, end) => {
    const rival = await db.connect();
    await rival.query(`BEGIN; CREATE TABLE things (${text})`);
    const running = g.safeCreateTable('things', 'id integer PRIMARY KEY').catch((error: unknown) => error);
    await expect
      .poll(() => one(rival, 'SELECT count(*)::int FROM pg_locks WHERE pid = $1 AND NOT granted', [pidOf(client)]))
      .toBe(1);
    await rival.query('COMMIT');
    expect(await running).toMatchObject(end);
  });

  test('plans a table once, and what builds on it', async () => {
    const plan = guard(client, { mode: 'plan' });
    const text = 'id integer PRIMARY KEY, email text, part_of integer REFERENCES things (id)';
    expect(await plan.safeCreateTable('things', text)).toMatchObject({ status: 'planned', steps: [{}] });
    expect(await plan.safeCreateTable('things', text)).toMatchObject({ status: 'unchanged', steps: [] });
    expect(await plan.safeCreateIndex('things', ['email'])).toMatchObject({ status: 'planned' });
    expect(await plan.safeCreateTable('parts', 'thing integer REFERENCES things (id)')).toMatchObject({
      status: 'planned',
    });
    await client.query('CREATE TABLE things (id integer PRIMARY KEY)');
    const planned = guard(client, { mode: 'plan' }).safeCreateTable('things', 'id integer PRIMARY KEY, email text', {
      complete: true,
    });
    expect(await planned).toMatchObject({
      status: 'planned',
      children: [{ status: 'unchanged' }, { status: 'planned' }],
    });
    expect(await g.columnExists('things', 'email')).toBe(false);
  });

  test('is skipped where differences are only to be warned of', async () => {
    await client.query('CREATE TABLE things (id bigint)');
    const warned = await guard(client, {
      onMismatch: 'warn',
      logger: { info() {}, warn() {}, error() {} },
    }).safeCreateTable('things', 'id integer, email text');
    expect(warned).toMatchObject({ status: 'skipped', steps: [], children: [] });
  });

  test('takes no lock and changes nothing when all of it is there', async () => {
    const text =
      "id serial PRIMARY KEY, org_id integer REFERENCES orgs (id) CHECK (org_id > 0), state text UNIQUE DEFAULT 'new'";
    await g.safeCreateTable('things', text);
    const count = countQueries(client);
    await g.safeCreateTable('things', text);
    expect(count.sent).toBeGreaterThan(5);
    expect(count.texts.filter((text) => /^\s*(BEGIN|LOCK|SAVEPOINT|CREATE|ALTER|COMMENT)/i.test(text))).toEqual([]);
  });
});
