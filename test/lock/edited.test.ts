/** A pending migration that was edited since the lock was made: what it does besides is outside of what the lock looks at, so that it is said. */
import { join } from 'node:path';
import { GuardedMigrationSource } from '@holdfast/knex';
import { expect, onTestFinished, test } from 'vitest';
import { knexMigration, makeProject, writeFiles } from '../plan/project.js';
import { createDatabase } from '../support/database.js';
import { holdfast } from '../support/program.js';
import { serverFor } from '../support/server.js';
import { open } from './knex-migrations.js';

test('it is said before it runs, and of no other', async () => {
  const folder = makeProject({
    'knexfile.mjs': "export default { client: 'pg', connection: '', migrations: { directory: './migrations' } };",
    'migrations/1.js': knexMigration(['CREATE TABLE a (id int, n int)']),
    'migrations/2.js': knexMigration(['CREATE TABLE b (id int)']),
  });
  expect(await holdfast(folder, ['lock'])).toMatchObject({ code: 0 });
  writeFiles(folder, { 'migrations/2.js': knexMigration(['CREATE TABLE b (id int)', 'ALTER TABLE a DROP n']) });
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const said: string[] = [];
  const knex = open(database.url);
  try {
    const logger = { info: () => {}, warn: (line: string) => void said.push(line), error: () => {} };
    await knex.migrate.latest({
      migrationSource: new GuardedMigrationSource({ directory: join(folder, 'migrations'), logger }),
    });
  } finally {
    await knex.destroy();
  }
  expect(said).toEqual([
    expect.stringMatching(/2\.js: its file is another one than when .*holdfast\.lock\.json was made/),
  ]);
});
