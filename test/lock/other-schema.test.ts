/** One schema for each tenant: the lock was made in `public`, and the same migrations run for another schema. */
import { GuardedMigrationSource } from '@holdfast/knex';
import knexLibrary from 'knex';
import { expect, test } from 'vitest';
import { type Migrations, migrate, raw, rowsOf, stock, useLocked } from './knex-migrations.js';

const migrations: Migrations = {
  '1-init.js': raw('CREATE TABLE orders (id int)'),
  '2-rows.js': raw('INSERT INTO orders VALUES (1)'),
  '3-note.js': raw('ALTER TABLE orders ADD note text'),
};
const locked = useLocked(migrations);

async function migrateTenant(schema: string, said: string[] = []): Promise<void> {
  const knex = knexLibrary({ client: 'pg', connection: locked.url(), searchPath: [schema] });
  try {
    const migrationSource = new GuardedMigrationSource({
      source: {
        getMigrations: async () => Object.keys(migrations),
        getMigrationName: String,
        getMigration: async (name) => migrations[String(name)] as never,
      },
      lockFile: locked.lock().path,
      logger: { info: () => {}, warn: (line: string) => void said.push(line), error: () => {} },
    });
    await knex.migrate.latest({ migrationSource });
  } finally {
    await knex.destroy();
  }
}

test('a tenant beside public gets all of it, and twice is once', async () => {
  await migrate(locked.url(), migrations, locked.lock().path);
  await stock(locked.url(), 'CREATE SCHEMA acme', 'CREATE SCHEMA bolt');
  const said: string[] = [];
  await migrateTenant('acme', said);
  expect(said.join('\n')).toContain(
    `this session makes its tables in the schema acme, and ${locked.lock().path} is of public: each statement is judged by itself.`,
  );
  await migrateTenant('acme');
  await migrateTenant('bolt');
  expect(await rowsOf(locked.url(), 'SELECT id FROM acme.orders WHERE note IS NULL')).toEqual([1]);
  expect(await rowsOf(locked.url(), 'SELECT id FROM bolt.orders WHERE note IS NULL')).toEqual([1]);
  expect(await rowsOf(locked.url(), 'SELECT id FROM public.orders')).toEqual([1]);
});

test('a tenant where public is empty', async () => {
  await stock(locked.url(), 'CREATE SCHEMA acme');
  await migrateTenant('acme');
  expect(await rowsOf(locked.url(), 'SELECT id FROM acme.orders WHERE note IS NULL')).toEqual([1]);
});
