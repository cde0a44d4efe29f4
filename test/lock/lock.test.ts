/** `holdfast lock` and `holdfast check` on small projects of both hosts, as a person runs them: the built program, on copies of the projects. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaLock } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { useDatabase } from '../core/support.js';
import { some } from '../support/breadth.js';
import { holdfast } from '../support/program.js';
import { copyOf } from './project-copy.js';

const lockOf = (folder: string): SchemaLock =>
  JSON.parse(readFileSync(join(folder, 'migrations/holdfast.lock.json'), 'utf8')) as SchemaLock;

test('Knex: what each migration does, and what is wrong with the file', async () => {
  const folder = copyOf('knex-js');
  const file = (name: string): string => join(folder, 'migrations', name);
  expect(await holdfast(folder, ['lock', '--check'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('There is no migrations/holdfast.lock.json') as string,
  });
  expect(await holdfast(folder, ['lock'])).toMatchObject({
    code: 0,
    out: 'migrations/holdfast.lock.json: 4 migrations, 4 replayed, written.\n',
  });
  const { migrations, ...rest } = lockOf(folder);
  expect(rest).toEqual({ version: 1, tool: 'knex', ignoreTables: ['knex_migrations', 'knex_migrations_lock'] });
  expect(migrations.map(({ rows, tail }) => ({ rows, tail }))).toEqual([
    { rows: 'none', tail: false },
    { rows: 'writes', tail: false },
    { rows: 'none', tail: false },
    { rows: 'writes', tail: true },
  ]);
  expect(migrations[1]?.catalog).toEqual({ '+column public.users.name': 'text not null' });
  expect(migrations[2]?.catalog).toEqual({ '+index public.users_name': 'INDEX ON public.users USING btree (name)' });
  // dropped and made again, made and dropped, changed and changed back
  expect(migrations[2]?.touched).toEqual(
    expect.arrayContaining([
      'column public.users.name',
      'constraint public.users.users_email_unique',
      'enum public.passing',
      'index public.users_email_unique',
    ]),
  );

  // one more: only that one is replayed, and nothing else in the file changes
  writeFileSync(
    file('20240105000000-more.mjs'),
    "export const up = (knex) => knex.raw('ALTER TABLE users ADD more int');\nexport const down = () => {};\n",
  );
  expect(await holdfast(folder, ['lock'])).toMatchObject({
    code: 0,
    out: 'migrations/holdfast.lock.json: 5 migrations, 1 replayed, written.\n',
  });
  expect(lockOf(folder).migrations.slice(0, 4)).toEqual(migrations);
  expect(lockOf(folder).migrations[4]?.catalog).toEqual({ '+column public.users.more': 'integer' });
  expect(await holdfast(folder, ['lock', '--check'])).toMatchObject({
    code: 0,
    out: 'migrations/holdfast.lock.json is up to date: 5 migrations.\n',
  });

  // edited, renamed, gone, missing
  writeFileSync(file('20240104000000-seed.mjs'), 'export const up = () => {};\nexport const down = () => {};\n');
  renameSync(file('20240105000000-more.mjs'), file('20240106000000-more.mjs'));
  writeFileSync(file('20240107000000-new.mjs'), 'export const up = () => {}; // new\n');
  const { code, out } = await holdfast(folder, ['lock', '--check', '--json']);
  expect({ code, findings: (JSON.parse(out) as { findings: unknown }).findings }).toEqual({
    code: 1,
    findings: [
      { problem: 'edited', migration: '20240104000000-seed.mjs' },
      { problem: 'renamed', migration: '20240106000000-more.mjs', was: '20240105000000-more.mjs' },
      { problem: 'missing', migration: '20240107000000-new.mjs' },
    ],
  });
}, 600_000);

test('Knex with the guard: the replay judges nothing, also where an older lock is there', async () => {
  const folder = copyOf('knex-js');
  writeFileSync(
    join(folder, 'knexfile.mjs'),
    `import { GuardedMigrationSource } from '@holdfast/knex';
const migrationSource = new GuardedMigrationSource({ directory: './migrations', loadExtensions: ['.mjs'] });
export default { client: 'pg', connection: '', migrations: { migrationSource } };
`,
  );
  const last = join(folder, 'migrations/20240105000000-more.mjs');
  const guarded = (column: string): string =>
    `import { guard } from '@holdfast/knex';
export const up = (knex) => guard(knex).safeAddColumn('users', (t) => t.integer('${column}'));
export const down = () => {};
`;
  for (const column of ['more', 'other']) {
    writeFileSync(last, guarded(column));
    const { code, err } = await holdfast(folder, ['lock', '--fresh']);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(lockOf(folder).migrations[4]?.catalog).toEqual({ [`+column public.users.${column}`]: 'integer' });
    expect(
      lockOf(folder)
        .migrations.map(({ rows }) => rows)
        .slice(0, 4),
    ).toEqual(['none', 'writes', 'none', 'writes']);
  }
}, 600_000);

test('Knex: a migration that fails is named, and the file stays', async () => {
  const folder = copyOf('knex-js');
  writeFileSync(
    join(folder, 'migrations/20240102500000-role.mjs'),
    "export const up = (knex) => knex.raw('GRANT SELECT ON users TO reader');\nexport const down = () => {};\n",
  );
  const { code, err } = await holdfast(folder, ['lock', '--fresh']);
  expect(code).toBe(125);
  expect(err).toContain('holdfast lock: 20240102500000-role.mjs: the migration failed in the replay');
  expect(err).toContain('npx holdfast lock --role reader');
  expect(await holdfast(folder, ['lock', '--fresh', '--role', 'reader'])).toMatchObject({ code: 0 });
  expect(lockOf(folder).migrations[2]?.catalog).toEqual({ '+grants on table public.users': 'grant SELECT to reader' });
}, 600_000);

const PROJECTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['knex-ts', ['20240101000000-orders.ts'], ['ledger', 'ledger_lock']],
  ['typeorm-ts', ['Users1700000000001', 'Concurrently1700000000002'], ['migrations', 'typeorm_metadata']],
  ['typeorm-js', ['Users1700000000001'], ['migrations', 'typeorm_metadata']],
];
test.each(some(PROJECTS, 1))(
  '%s',
  async (project, names, ledger) => {
    const folder = copyOf(project);
    const { code, err } = await holdfast(folder, ['lock', '--fresh']);
    expect({ code, err }).toMatchObject({ code: 0 });
    const { migrations, ignoreTables } = lockOf(folder);
    expect(migrations.map(({ name }) => name)).toEqual(names);
    expect(ignoreTables.map((name) => name.replace('public.', ''))).toEqual(ledger);
    expect(Object.keys(migrations[0]?.catalog ?? {}).length).toBeGreaterThan(4);
  },
  600_000,
);

test('what a migration needs and none before it makes', async () => {
  const folder = copyOf('knex-js');
  const first = join(folder, 'migrations/20230101000000-first.mjs');
  const failing = async (statement: string): Promise<string> => {
    writeFileSync(first, `export const up = (knex) => knex.raw('${statement}');\nexport const down = () => {};\n`);
    const { code, err } = await holdfast(folder, ['lock']);
    expect(code).toBe(125);
    return err;
  };
  expect(await failing('CREATE TABLE core.users (id int)')).toContain('\n  CREATE SCHEMA IF NOT EXISTS core\n');
  expect(await failing('ALTER TABLE orders ADD note text')).toContain(
    'No migration before it makes orders. If the database was there before its migrations, name a file of SQL that makes what was there',
  );
}, 600_000);

describe('extensions', () => {
  const project = () => {
    const folder = copyOf('typeorm-js');
    mkdirSync(join(folder, 'lib'));
    return {
      folder,
      lib: (name: string, sql: string): void =>
        writeFileSync(join(folder, 'lib', name), `export const sql = \`${sql}\`;\n`),
      migration(name: string, sql: string, lib?: string): void {
        const type = name.replace(/^(\d+)-(.*)\.mjs$/, '$2$1');
        const imported = lib === undefined ? '' : `import { sql } from '../lib/${lib}';\n`;
        const up = `await runner.query(${lib === undefined ? `\`${sql}\`` : sql});`;
        const text = `${imported}export class ${type} {\n  async up(runner) {\n    ${up}\n  }\n  async down() {}\n}\n`;
        writeFileSync(join(folder, 'migrations', name), text);
      },
    };
  };
  const KEYS = 'CREATE TABLE keys (id uuid DEFAULT uuid_generate_v4(), name citext)';

  // TypeORM makes what columns of uuid and citext need when it connects, and generated migrations only speak of it.
  test('none of the migrations makes them', async () => {
    const { folder, migration } = project();
    migration('1700000000002-Keys.mjs', KEYS);
    expect(await holdfast(folder, ['lock'])).toMatchObject({
      code: 0,
      out: 'migrations/holdfast.lock.json: 2 migrations, 2 replayed, written.\nNo migration makes the extensions citext, uuid-ossp: taken for there before the first one.\n',
    });
    expect(lockOf(folder).migrations[1]?.catalog).toEqual({
      '+column public.keys.id': 'uuid default public.uuid_generate_v4()',
      '+column public.keys.name': 'public.citext',
      '+table public.keys': '',
    });
    migration('1700000000004-More.mjs', 'ALTER TABLE keys ADD other uuid DEFAULT uuid_generate_v4()');
    const { code, out } = await holdfast(folder, ['lock', '--json']);
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({
      code: 0,
      migrations: 3,
      replayed: 1,
      extensions: ['citext', 'uuid-ossp'],
    });
    // From now on one does: what was kept of the last run is no longer true.
    migration('1600000000000-First.mjs', 'CREATE EXTENSION IF NOT EXISTS citext');
    expect((await holdfast(folder, ['lock'])).out).toContain('No migration makes the extension uuid-ossp: taken');
    expect(lockOf(folder).migrations[0]?.catalog).toEqual({ '+extension citext': 'in public' });
  });

  test('one is made where no file tells of it, and is what its migration does', async () => {
    const { folder, migration, lib } = project();
    lib('first.mjs', 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"; CREATE EXTENSION citext; CREATE EXTENSION ltree');
    migration('1600000000000-First.mjs', 'sql', 'first.mjs');
    migration('1700000000002-Keys.mjs', `${KEYS}; CREATE TABLE trees (path ltree)`);
    expect(await holdfast(folder, ['lock'])).toMatchObject({
      code: 0,
      out: 'migrations/holdfast.lock.json: 3 migrations, 3 replayed, written.\n',
    });
    expect(Object.keys(lockOf(folder).migrations[0]?.catalog ?? {})).toEqual([
      '+extension "uuid-ossp"',
      '+extension citext',
      '+extension ltree',
    ]);
  });

  test('one is made behind the migration that needs it: no lock is written, whatever the last run has learned', async () => {
    const { folder, migration } = project();
    migration('1700000000002-Keys.mjs', 'CREATE TABLE names (name citext)');
    expect(await holdfast(folder, ['lock'])).toMatchObject({ code: 0 });
    migration('1700000000003-Late.mjs', 'CREATE EXTENSION IF NOT EXISTS citext');
    for (const args of [['lock'], ['lock', '--fresh']]) {
      const { code, err } = await holdfast(folder, args);
      expect(code).toBe(125);
      expect(err).toContain('Keys1700000000002: the migration failed in the replay: type "citext" does not exist');
    }
  });
}, 600_000);

describe('holdfast check', () => {
  const db = useDatabase(`CREATE TABLE users (id serial PRIMARY KEY, email varchar(100) NOT NULL)`);
  const HASH = 'a'.repeat(64);
  const LOCK: SchemaLock = {
    version: 1,
    tool: 'knex',
    ignoreTables: ['knex_migrations'],
    migrations: [
      {
        name: '1-users.js',
        hash: HASH,
        catalog: {
          '+column public.users.email': 'character varying(100) not null',
          '+column public.users.id': "integer not null default nextval('public.users_id_seq'::regclass)",
          '+constraint public.users.users_pkey': 'PRIMARY KEY (id)',
          '+index public.users_pkey': 'UNIQUE INDEX ON public.users USING btree (id)',
          '+sequence public.users_id_seq':
            'integer start 1 increment 1 min 1 max 2147483647 cache 1 owned by public.users.id',
          '+table public.users': '',
        },
        touched: [],
        needs: [],
        rows: 'none',
        tail: false,
      },
    ],
  };

  test('no difference, own objects included; then each kind of difference', async () => {
    const folder = copyOf('knex-js');
    writeFileSync(join(folder, 'migrations/holdfast.lock.json'), JSON.stringify(LOCK));
    const check = (...args: string[]): ReturnType<typeof holdfast> =>
      holdfast(folder, ['check', '--url', db.url(), ...args]);
    await db.run(
      'CREATE TABLE knex_migrations (id serial PRIMARY KEY); CREATE TABLE mine (id int); CREATE VIEW also_mine AS SELECT 1 AS a',
    );
    expect(await check()).toEqual({ code: 0, out: 'The database is as after 1-users.js.\n', err: '' });
    await db.run(
      'ALTER TABLE users ALTER email TYPE varchar(50), ADD note text, DROP CONSTRAINT users_pkey; CREATE INDEX by_email ON users (email)',
    );
    expect(await check()).toMatchInlineSnapshot(`
      {
        "code": 1,
        "err": "",
        "out": "5 objects are not as after 1-users.js:
        missing    constraint public.users.users_pkey   (1-users.js)
        missing    index public.users_pkey   (1-users.js)
        different  column public.users.email   (1-users.js)
                   expected  character varying(100) not null
                   found     character varying(50) not null
        own        column public.users.note
                   found     text
        own        index public.by_email
                   found     INDEX ON public.users USING btree (email)
      ",
      }
    `);
    writeFileSync(join(folder, 'holdfast.lock.json'), JSON.stringify({ ...LOCK, migrations: [] }));
    expect(await check()).toMatchObject({ code: 125, err: expect.stringContaining('there are both') as string });
    expect(await check('--lock-file', 'holdfast.lock.json')).toMatchObject({
      code: 125,
      err: expect.stringContaining('it has no migrations') as string,
    });
    rmSync(join(folder, 'holdfast.lock.json'));
    const { code, out } = await check('--json');
    expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({ code: 1, same: false, at: '1-users.js' });
    expect(await check('--at', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('has no such migration') as string,
    });
  }, 120_000);
});
