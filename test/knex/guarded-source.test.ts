/** Way 3 on Knex: around a project's folders, and what a migration's own file exports. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuardOptions, HoldfastError } from '@holdfast/core';
import { GuardedMigrationSource, guarded } from '@holdfast/knex';
import type { Knex } from 'knex';
import { expect, onTestFinished, test } from 'vitest';
import { execute, readCatalog } from '../support/catalog.js';
import { migrate, sourceOf } from './guarded-support.js';
import { open } from './open.js';

const columns = async (url: string): Promise<readonly string[]> =>
  (await readCatalog(url)).flatMap((line) => /^column (users\.\w+)/.exec(line)?.[1] ?? []);

async function folders(): Promise<readonly [string, string]> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-source-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  await Promise.all([mkdir(a), mkdir(b)]);
  await writeFile(
    join(a, '1_common.cjs'),
    `exports.up = (knex) => knex.schema.alterTable('users', (t) => { t.integer('common'); });
     exports.down = (knex) => knex.schema.alterTable('users', (t) => { t.dropColumn('common'); });`,
  );
  await writeFile(
    join(b, '2_module.mjs'),
    `const column = 'module';
     export async function up(knex) { await knex.raw('ALTER TABLE users ADD COLUMN ?? integer', [column]); }
     export async function down(knex) { await knex.raw('ALTER TABLE users DROP COLUMN ??', [column]); }
     export const config = { transaction: false };`,
  );
  await writeFile(join(b, '3_other.txt'), 'no migration');
  return [a, b];
}

test('files of several folders run, run again without their ledger, and roll back, also from the middle', async () => {
  const [a, b] = await folders();
  const { db, url } = await open();
  const migrationSource = new GuardedMigrationSource({ directory: [a, b], loadExtensions: ['.cjs', '.mjs'] });
  const run = (): Promise<unknown> => db.migrate.latest({ migrationSource });
  expect(await run()).toEqual([1, ['1_common.cjs', '2_module.mjs']]);
  expect(await columns(url)).toEqual(['users.common', 'users.id', 'users.module', 'users.name']);
  await execute(url, 'DELETE FROM knex_migrations');
  expect(await run()).toEqual([1, ['1_common.cjs', '2_module.mjs']]);
  await execute(url, 'ALTER TABLE users DROP COLUMN common');
  expect(await db.migrate.rollback({ migrationSource })).toEqual([1, ['2_module.mjs', '1_common.cjs']]);
  expect(await columns(url)).toEqual(['users.id', 'users.name']);
  const one = new GuardedMigrationSource({ directory: a, loadExtensions: ['.cjs'] });
  await execute(url, 'DELETE FROM knex_migrations');
  expect(await db.migrate.latest({ migrationSource: one })).toEqual([1, ['1_common.cjs']]);
});

test('another source is guarded as well, its migrations with their own object', async () => {
  const { db, url } = await open();
  class Migration {
    readonly column = 'own';
    up(knex: Knex): Promise<unknown> {
      return knex.schema.alterTable('users', (t) => t.integer(this.column));
    }
    down(): Promise<void> {
      return Promise.resolve();
    }
  }
  const migrationSource = new GuardedMigrationSource({ source: sourceOf({ '1_class': new Migration() }) });
  await db.migrate.latest({ migrationSource });
  await execute(url, 'DELETE FROM knex_migrations');
  await db.migrate.latest({ migrationSource });
  expect(await columns(url)).toContain('users.own');
});

test('what a file exports can be taken apart, and is guarded once', async () => {
  const seen: unknown[] = [];
  const source = {
    up: (knex: Knex) => knex.schema.alterTable('users', (t) => t.integer('a')),
    down: (knex: Knex) => knex.schema.alterTable('users', (t) => t.dropColumn('a')),
    config: { transaction: false },
  };
  const noting = (who: string): GuardOptions => ({
    onEvent: (event) => event.type === 'outcome' && seen.push(`${who} ${event.outcome.status}`),
  });
  const { up, down, config } = guarded(source, noting('file'));
  expect(config).toBe(source.config);
  expect(Object.keys(guarded({ up, down }))).toEqual(['up', 'down']);
  const { db } = await open();
  await db.migrate.latest({ migrationSource: sourceOf({ '1': { up, down, config } }) });
  const migrationSource = new GuardedMigrationSource({
    source: sourceOf({ '1': { up, down, config } }),
    ...noting('source'),
  });
  await db.migrate.rollback({ migrationSource });
  expect(seen).toEqual(['file applied', 'source applied']);
});

test('what is no migration, and what cannot be a source, is refused before anything is sent', () => {
  const wrong = (make: () => unknown): unknown => {
    try {
      return make();
    } catch (error) {
      return error instanceof HoldfastError && error.code;
    }
  };
  const up = (): void => undefined;
  expect(wrong(() => guarded({} as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => guarded(undefined as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => guarded({ up, down: 1 } as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => guarded({ up }, { lockTimeoutMs: 0 }))).toBe('HF_ARGUMENT');
  expect(wrong(() => guarded({ up }, { nonsense: 1 } as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => new GuardedMigrationSource({} as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => new GuardedMigrationSource(undefined as never))).toBe('HF_ARGUMENT');
  expect(wrong(() => new GuardedMigrationSource({ directory: '.', source: sourceOf({}) } as never))).toBe(
    'HF_ARGUMENT',
  );
});

test('what nobody awaits is waited for, also where the pool has no connection yet', async () => {
  const { db, url, another } = await open();
  const ran = await migrate(
    db,
    (knex) => {
      for (const name of ['a', 'b', 'c']) void knex.raw(`ALTER TABLE users ADD COLUMN ${name} integer`).then();
    },
    { config: { transaction: false } },
  );
  expect(ran).toEqual({ outcomes: Array.from({ length: 3 }, () => 'applied ALTER TABLE'), error: undefined });
  const cold = another({ pool: { min: 0, max: 2 } });
  const outcomes: string[] = [];
  const { up } = guarded(
    { up: (knex: Knex) => void knex.raw('ALTER TABLE users ADD COLUMN d integer').then() },
    { onEvent: (event) => event.type === 'outcome' && outcomes.push(event.outcome.status) },
  );
  await Promise.resolve(up(cold) as unknown);
  expect(outcomes).toEqual(['applied']);
  expect(await columns(url)).toContain('users.d');
});
