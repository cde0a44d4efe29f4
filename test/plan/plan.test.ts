/** `holdfast plan` in projects of both hosts, against databases that have rows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCatalogLines } from '@holdfast/core';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { wide } from '../support/breadth.js';
import { withClient } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { holdfast, type Ran } from '../support/program.js';
import { availableMajors, serverFor } from '../support/server.js';
import { knexMigration, makeProject, typeormMigration } from './project.js';

let database: Database;

beforeEach(async () => {
  database = await createDatabase(serverFor(18));
  onTestFinished(() => database.drop());
});

const GUARDED = `import { GuardedMigrationSource } from '@holdfast/knex';
const migrationSource = new GuardedMigrationSource({ directory: './migrations' });
export default { client: 'pg', connection: '', migrations: { migrationSource } };
`;
const OUTSIDE = 'export const config = { transaction: false };';
const USERS = 'CREATE TABLE users (id serial PRIMARY KEY, email varchar(100), age int, pad text)';
const NOTES = 'CREATE TABLE notes (id int)';
/** 17 MB, which is large. */
const ROWS =
  "INSERT INTO users (email, pad) SELECT 'u' || i, repeat('x', 1000) FROM generate_series(1, 15000) i; ANALYZE users";
const LEDGER = 'CREATE TABLE knex_migrations (id serial, name text, batch int, migration_time timestamptz)';
const done = (name: string): string => `INSERT INTO knex_migrations (name) VALUES ('${name}')`;

async function live(...statements: readonly string[]): Promise<void> {
  await withClient(database.url, (client) => client.query(statements.join('; ')));
}

/** All that a person could see of it: objects, and rows of the ledger. */
async function seen(): Promise<unknown> {
  return withClient(database.url, async (client) => {
    const lines = await readCatalogLines(client as never);
    const { rows } = await client.query("SELECT to_regclass('knex_migrations') IS NOT NULL AS ledger");
    const ledger = (rows[0] as { ledger: boolean }).ledger ? (await client.query('TABLE knex_migrations')).rows : [];
    return { lines: [...lines], ledger };
  });
}

interface Planned extends Ran {
  readonly text: string;
}

/** The database is the same before and after. */
async function plan(folder: string, ...args: readonly string[]): Promise<Planned> {
  const before = await seen();
  const ran = await holdfast(folder, ['plan', '--url', database.url, ...args]);
  expect(await seen()).toEqual(before);
  const text = ran.out
    .replaceAll(/\S+@\S+\/hf_\w+/g, 'DATABASE')
    .replaceAll(/PostgreSQL \d+\.\d+/g, 'PostgreSQL N')
    .replaceAll(folder, '.');
  return { ...ran, text };
}

test('Knex, guarded: what each statement takes, is rewritten to, and where it stops', async () => {
  const folder = makeProject({
    'knexfile.mjs': GUARDED,
    'migrations/1.js': knexMigration([USERS, NOTES]),
    'migrations/2.js': knexMigration([
      'ALTER TABLE users ADD name text',
      'ALTER TABLE users ALTER age TYPE bigint',
      "UPDATE users SET name = 'x'",
      'CREATE INDEX users_name ON users (name)',
      'ALTER TABLE notes ADD u int REFERENCES users',
    ]),
    'migrations/3.js': knexMigration(
      [
        'CREATE INDEX users_email ON users (email)',
        'CREATE INDEX CONCURRENTLY notes_id ON notes (id)',
        'ALTER TABLE users ALTER email SET NOT NULL',
        'CREATE AGGREGATE a (integer) (sfunc = int4pl, stype = integer)',
        'CREATE TABLE IF NOT EXISTS notes (id int, u int)',
      ],
      OUTSIDE,
    ),
    'migrations/4.js': `import { guard } from '@holdfast/knex';
export const up = (knex) => guard(knex).safeCreateIndex('users', ['pad']);
export const down = () => {};`,
    'migrations/5.js': knexMigration(['ALTER TABLE users ADD must text NOT NULL', 'ALTER TABLE users ADD opt text']),
    'migrations/6.js': knexMigration(['DROP TABLE notes']),
  });
  await live(LEDGER, done('1.js'), USERS, 'CREATE TABLE notes (id bigint)', ROWS);
  const { code, text, err } = await plan(folder);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  await expect(text).toMatchFileSnapshot('plan.txt');
}, 600_000);

test('a column that must have a value fails where the table has rows and the column is new, and nowhere else', async () => {
  const folder = makeProject({
    'knexfile.mjs': GUARDED,
    'migrations/1.js': knexMigration([USERS, 'CREATE TABLE empty (id serial PRIMARY KEY, note text)']),
    'migrations/2.js': knexMigration([
      'ALTER TABLE users ADD name text',
      "UPDATE users SET name = 'x'",
      'ALTER TABLE users ALTER name SET NOT NULL',
      'ALTER TABLE users ADD n integer NOT NULL DEFAULT 1',
      'ALTER TABLE users ALTER n DROP DEFAULT',
      'ALTER TABLE empty ADD must integer NOT NULL',
    ]),
    'migrations/3.js': knexMigration(['ALTER TABLE users ADD must integer NOT NULL']),
  });
  const empty = 'CREATE TABLE empty (id serial PRIMARY KEY, note text)';
  await live(LEDGER, done('1.js'), USERS, empty, "INSERT INTO users (email) VALUES ('a')");
  const { code, out } = await plan(folder, '--json');
  const { migrations } = JSON.parse(out) as {
    readonly migrations: readonly {
      readonly statements: readonly { readonly status: string; readonly reason: string }[];
    }[];
  };
  expect(code).toBe(1);
  expect(migrations[0]?.statements.map(({ status }) => status)).toEqual([
    'would run',
    'writes rows',
    'would run',
    'would run',
    'would run',
    'would run',
  ]);
  expect(migrations[1]?.statements).toMatchObject([
    { status: 'fails', reason: expect.stringContaining('public.users may have rows: then the server will refuse it') },
  ]);
}, 600_000);

test.runIf(wide)(
  'TypeORM: with the guard around the DataSource, and without',
  async () => {
    const source = (more: string, made: string): string => `import 'reflect-metadata';
import { DataSource } from 'typeorm';
${more}
export default ${made};
`;
    const plain =
      "new DataSource({ type: 'postgres', host: '127.0.0.1', port: 1, migrations: [import.meta.dirname + '/migrations/*.js'] })";
    const folder = makeProject({
      'data-source.mjs': source('', plain),
      'guarded.mjs': source("import { guardedDataSource } from '@holdfast/typeorm';", `guardedDataSource(${plain})`),
      'migrations/1.js': typeormMigration('Users1700000000001', [USERS]),
      'migrations/2.js': typeormMigration('Name1700000000002', [
        'ALTER TABLE users ADD name text; CREATE INDEX users_name ON users (name)',
      ]),
    });
    await live(
      'CREATE TABLE migrations (id serial, timestamp bigint, name text)',
      "INSERT INTO migrations (timestamp, name) VALUES (1700000000001, 'Users1700000000001')",
      USERS,
      'ALTER TABLE users ADD name text',
    );
    const without = await plan(folder, '--data-source', 'data-source.mjs');
    expect({ code: without.code, err: without.err }).toEqual({ code: 1, err: '' });
    expect(without.text).toMatchInlineSnapshot(`
    "1 migration pending on DATABASE (PostgreSQL N), rehearsed on PostgreSQL N (PGlite):

    The guard is not around it: what it sends runs as it is written. How it is put around: docs/unedited.md

    The copy is what the migrations in the ledger make. The live schema is another one in 1 object; what is told of it below need not hold:
      own        column public.users.name

    Name1700000000002: runs on the copy, and the live database is another one in what it changes, in a transaction
      column public.users.name: the live database has it as after it already
      ALTER TABLE users ADD name text; CREATE INDEX users_name ON users (name)
          runs as it is written
          lock      ACCESS EXCLUSIVE on public.users (no rows, 8 kB)
          reads     all of public.users; readers and writers wait

    One stops, or may stop: Name1700000000002. What comes behind does not run then. Nothing was changed. The copy has no rows: what rows forbid is found when it runs.
    "
  `);
    const guarded = await plan(folder, '--data-source', 'guarded.mjs', '--json');
    expect({ code: guarded.code, err: guarded.err }).toEqual({ code: 0, err: '' });
    const { database: _, server, rehearsedOn, ...told } = JSON.parse(guarded.out) as Record<string, unknown>;
    expect([server, rehearsedOn]).toEqual([expect.stringMatching(/^PostgreSQL 18/), expect.stringContaining('PGlite')]);
    expect(told).toMatchInlineSnapshot(`
    {
      "allRun": true,
      "differences": [
        {
          "expected": null,
          "found": "text",
          "object": "column public.users.name",
          "problem": "own",
        },
      ],
      "gone": [],
      "lockFile": null,
      "migrations": [
        {
          "conflicts": [
            {
              "after": "text",
              "before": null,
              "live": "text",
              "object": "column public.users.name",
            },
          ],
          "guarded": true,
          "inTransaction": true,
          "name": "Name1700000000002",
          "reason": null,
          "statements": [
            {
              "form": "as written",
              "operation": "ALTER TABLE",
              "reason": null,
              "statement": "ALTER TABLE users ADD name text; CREATE INDEX users_name ON users (name)",
              "status": "would run",
              "steps": [
                {
                  "locks": [
                    {
                      "held": false,
                      "mode": "AccessExclusiveLock",
                      "on": "public.users",
                    },
                  ],
                  "rewrites": [],
                  "scans": [
                    "public.users",
                  ],
                  "sql": "ALTER TABLE users ADD name text; CREATE INDEX users_name ON users (name)",
                  "waits": "readers and writers",
                },
              ],
              "tables": [
                {
                  "bytes": 8192,
                  "name": "public.users",
                  "rows": null,
                },
              ],
              "target": "users",
              "warnings": [],
            },
          ],
          "status": "runs",
          "warnings": [],
        },
      ],
      "problem": null,
      "tool": "typeorm",
    }
  `);
  },
  600_000,
);

test('with a lock file each migration has its position', async () => {
  const folder = makeProject({
    'knexfile.mjs': GUARDED,
    'migrations/1.js': knexMigration([USERS]),
    'migrations/2.js': knexMigration(['ALTER TABLE users ADD name text']),
    'migrations/3.js': knexMigration(['CREATE TABLE a (id int)', 'CREATE TABLE b (id int)']),
    'migrations/4.js': knexMigration(['ALTER TABLE b ADD more int']),
  });
  const locked = await holdfast(folder, ['lock']);
  expect(locked.code).toBe(0);
  expect(readFileSync(join(folder, 'migrations/holdfast.lock.json'), 'utf8')).toContain('4.js');
  await live(LEDGER, done('1.js'), USERS, 'ALTER TABLE users ADD name text', 'CREATE TABLE a (id int)');
  const { code, text } = await plan(folder);
  expect(code).toBe(1);
  expect(text).toMatchInlineSnapshot(`
    "3 migrations pending on DATABASE (PostgreSQL N), rehearsed on PostgreSQL N (PGlite):

    2.js: is there already, and is skipped
      all that it does to the schema is there

    3.js: stops
      a part of what it does is there, or something else is.
      There: column public.a.id, table public.a
      Missing: column public.b.id, table public.b
      See docs/lock.md, stops and what to do:
        npx holdfast check

    4.js: runs, in a transaction
      ALTER TABLE b ADD more int
          would run

    One stops, or may stop: 3.js. What comes behind does not run then. Nothing was changed. The copy has no rows: what rows forbid is found when it runs.
    "
  `);
}, 600_000);

test.runIf(wide)(
  'Knex drops the source of the guard, and the ledger has what the project has not',
  async () => {
    const folder = makeProject({
      'knexfile.mjs': GUARDED.replace('migrationSource }', "migrationSource, directory: './migrations' }"),
      'migrations/1.js': knexMigration([NOTES]),
    });
    const [older] = availableMajors([15]);
    if (older !== undefined) {
      database = await createDatabase(serverFor(older));
      onTestFinished(() => database.drop());
    }
    await live(LEDGER, done('0.js'));
    const { code, text: all } = await plan(folder);
    expect(code).toBe(1);
    const other = '\nThe live server is of another major version: forms that depend on it need not be those below.\n';
    expect(all.includes(other)).toBe(older !== undefined);
    const text = all.replace(other, '');
    expect(text).toMatchInlineSnapshot(`
    "1 migration pending on DATABASE (PostgreSQL N), rehearsed on PostgreSQL N (PGlite):
    THE GUARD IS NOT IN FORCE.
    Knex drops migrationSource, since directory stands beside it. Move it into the source:
      migrations: { migrationSource: new GuardedMigrationSource({ directory: … }) }

    The ledger has what the project does not have: 0.js. Knex refuses to run then.

    1.js: runs, in a transaction
      CREATE TABLE notes (id int)
          runs as it is written

    Nothing was changed. The copy has no rows: what rows forbid is found when it runs.
    "
  `);
  },
  600_000,
);

test.runIf(wide)(
  'nothing is pending; no copy; no connection; wrong options',
  async () => {
    const folder = makeProject({
      'knexfile.mjs': GUARDED,
      'migrations/1.js': knexMigration([NOTES]),
    });
    await live(LEDGER, done('1.js'), NOTES);
    expect(await plan(folder)).toMatchObject({ code: 0, err: '' });
    const broken = makeProject({
      'knexfile.mjs': GUARDED,
      'migrations/1.js': knexMigration(['DROP TABLE gone']),
      'migrations/2.js': knexMigration([]),
    });
    const failed = await plan(broken);
    expect({ code: failed.code, err: failed.err }).toMatchInlineSnapshot(`
    {
      "code": 125,
      "err": "migration file "1.js" failed
    migration failed with error: DROP TABLE gone - table "gone" does not exist
    holdfast plan: 1.js: the ledger has it, and it does not run on the copy: DROP TABLE gone - table "gone" does not exist
    Nothing of the live database was changed.
    The copy is made by replaying, on an empty PostgreSQL 18 in this process, what the ledger has. What that says of it, without a database:
      npx holdfast lock
    ",
    }
  `);
    const nowhere = await holdfast(folder, ['plan', '--url', 'postgres://127.0.0.1:1/none']);
    expect(nowhere.code).toBe(125);
    expect(nowhere.err).toContain('holdfast plan: 127.0.0.1:1: no connection');
    expect(await holdfast(folder, ['plan', '--fast'])).toMatchObject({ code: 2 });
  },
  600_000,
);
