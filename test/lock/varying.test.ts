/** Migrations that make something else from one day to the next: what depends on the clock or on chance stays out of the lock. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaLock } from '@holdfast/core';
import { GuardedMigrationSource } from '@holdfast/knex';
import { expect, onTestFinished, test } from 'vitest';
import { makeProject, writeFiles } from '../plan/project.js';
import { createDatabase } from '../support/database.js';
import { holdfast } from '../support/program.js';
import { serverFor } from '../support/server.js';
import { open, rowsOf, stock } from './knex-migrations.js';

const migration = (body: string): string =>
  `export async function up(knex) {\n${body}\n}\nexport async function down() {}\n`;
const KNEXFILE = `export default { client: 'pg', connection: '', migrations: { directory: './migrations' } };\n`;
const FILES = {
  'knexfile.mjs': KNEXFILE,
  'migrations/1-posts.js': migration(`  await knex.schema.createTable('posts', (t) => {
    t.increments('id');
    t.datetime('created').defaultTo('NOW').notNullable();
  });`),
  'migrations/2-events.js': migration(`  const month = new Date().toISOString().slice(0, 7);
  await knex.raw('CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at)');
  await knex.raw(\`CREATE TABLE "events_\${month}" PARTITION OF events FOR VALUES FROM ('\${month}-01') TO ('\${month}-28')\`);
  await knex.raw("ALTER TABLE posts ADD made date DEFAULT '2026-01-01', ADD year integer CHECK (year > 2026)");`),
  'migrations/3-import.js': `import { randomBytes } from 'node:crypto';\n${migration(
    "  await knex.schema.createTable('import_' + randomBytes(4).toString('hex'), (t) => t.increments());",
  )}`,
};

test('stays out of the lock, and what is alike each time stays in', async () => {
  const folder = makeProject(FILES);
  const lockFile = (): SchemaLock =>
    JSON.parse(readFileSync(join(folder, 'migrations/holdfast.lock.json'), 'utf8')) as SchemaLock;
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const migrate = async (): Promise<void> => {
    const knex = open(database.url);
    try {
      const migrationSource = new GuardedMigrationSource({ directory: join(folder, 'migrations') });
      await knex.migrate.latest({ migrationSource });
    } finally {
      await knex.destroy();
    }
  };

  expect(await holdfast(folder, ['lock'])).toMatchObject({ code: 0 });
  const [posts, events, imports] = lockFile().migrations;
  expect(posts).toMatchObject({ varies: ['column public.posts.created'], rows: 'writes', tail: true });
  expect(Object.keys(posts?.catalog ?? {})).toContain('+column public.posts.id');
  expect(Object.keys(events?.catalog ?? {})).toEqual([
    '+column public.events.at',
    '+column public.posts.made',
    '+column public.posts.year',
    '+constraint public.posts.posts_year_check',
    '+table public.events',
  ]);
  expect(imports).toMatchObject({ catalog: {}, varies: [] });
  expect(await holdfast(folder, ['lock', '--check', '--fresh'])).toMatchObject({ code: 0 });

  await migrate();
  expect(await holdfast(folder, ['check', '--url', database.url])).toMatchObject({ code: 0 });

  // It stays so where a later one speaks of it, which is replayed by itself.
  writeFiles(folder, {
    'migrations/4-nullable.js': migration(
      "  await knex.raw('ALTER TABLE posts ALTER created DROP NOT NULL, ADD more int');",
    ),
  });
  expect((await holdfast(folder, ['lock'])).out).toContain('4 migrations, 1 replayed');
  expect(lockFile().migrations[3]).toMatchObject({
    catalog: { '+column public.posts.more': 'integer' },
    varies: ['column public.posts.created'],
  });
  expect(lockFile().migrations.slice(0, 3)).toEqual([posts, events, imports]);
  expect(await holdfast(folder, ['lock', '--check', '--fresh'])).toMatchObject({ code: 0 });
  await migrate();
  expect(await holdfast(folder, ['check', '--url', database.url])).toMatchObject({ code: 0 });

  // A ledger that is lost: the catalog tells by what is alike each time.
  const count = (): Promise<readonly unknown[]> =>
    rowsOf(database.url, "SELECT count(*)::int FROM pg_tables WHERE tablename LIKE 'import%'");
  const before = await count();
  await stock(database.url, 'DELETE FROM knex_migrations; DROP TABLE holdfast_journal');
  await migrate();
  expect(await count()).toEqual(before);
}, 600_000);
