/** `holdfast lock --server`: the same file as on PGlite, and extensions that PGlite does not have; nothing of it stays on the server. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { execute } from '../support/catalog.js';
import { holdfast } from '../support/program.js';
import { serverFor } from '../support/server.js';
import { copyOf } from './project-copy.js';

/** Databases of replays, and the role. */
const left = (): Promise<readonly unknown[]> =>
  execute(
    serverFor().url(),
    "SELECT datname AS name FROM pg_database WHERE datname LIKE 'holdfast_replay%' UNION ALL SELECT rolname FROM pg_roles WHERE rolname = 'locked_reader'",
  );

test.each([
  ['knex-js', 'migrations/holdfast.lock.json'],
  ['typeorm-js', 'migrations/holdfast.lock.json'],
])(
  '%s: the same as on PGlite',
  async (project, file) => {
    const folder = copyOf(project);
    const path = join(folder, file);
    expect(await holdfast(folder, ['lock', '--fresh'])).toMatchObject({ code: 0, err: '' });
    const onPglite = readFileSync(path, 'utf8');
    rmSync(path);
    expect(await holdfast(folder, ['lock', '--server', serverFor().url()])).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(path, 'utf8')).toBe(onPglite);
    expect(await left()).toEqual([]);
  },
  600_000,
);

test('an extension that PGlite lacks, and a role; also when a migration fails', async () => {
  const folder = copyOf('knex-js');
  const last = join(folder, 'migrations/20240105000000-fdw.mjs');
  const migration = (sql: string): void =>
    writeFileSync(last, `export const up = (knex) => knex.raw('${sql}');\nexport const down = () => {};\n`);
  migration('CREATE EXTENSION postgres_fdw; GRANT SELECT ON users TO locked_reader');
  const { code, err } = await holdfast(folder, ['lock', '--fresh', '--role', 'locked_reader']);
  expect(code).toBe(125);
  expect(err).toContain('PGlite, which migrations are replayed on, has no extension postgres_fdw.');
  expect(err).toContain('npx holdfast lock --server postgres://');
  const onServer = ['lock', '--server', serverFor().url(), '--role', 'locked_reader'];
  expect(await holdfast(folder, onServer)).toMatchObject({ code: 0, err: '' });
  const { migrations } = JSON.parse(readFileSync(join(folder, 'migrations/holdfast.lock.json'), 'utf8')) as {
    readonly migrations: readonly { readonly catalog: object }[];
  };
  expect(migrations.at(-1)?.catalog).toEqual({
    '+extension postgres_fdw': 'in public',
    '+grants on table public.users': 'grant SELECT to locked_reader',
  });
  expect(await left()).toEqual([]);
  migration('SELECT 1 / 0');
  expect(await holdfast(folder, onServer)).toMatchObject({
    code: 125,
    err: expect.stringContaining('division by zero') as string,
  });
  expect(await left()).toEqual([]);
}, 600_000);

test('a role that may not do it, and what is no connection string: said, and nothing stays', async () => {
  const folder = copyOf('knex-js');
  const role = `maker_${process.pid}`;
  await execute(serverFor().url(), `CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'secret'`);
  try {
    const url = new URL(serverFor().url());
    url.username = role;
    url.password = 'secret';
    const { code, err } = await holdfast(folder, ['lock', '--server', url.href]);
    expect(code).toBe(125);
    expect(err).toContain('no database could be made for the replay: permission denied to create event trigger');
    expect(err).toContain('has to be a superuser');
    expect(err).not.toContain('secret');
    expect(await left()).toEqual([]);
  } finally {
    await execute(serverFor().url(), `DROP ROLE ${role}`);
  }
  expect(await holdfast(folder, ['lock', '--server', 'localhost'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--server is no connection string') as string,
  });
}, 600_000);
