/** A database, day after day: releases, the runner alone, SQL by hand. */
import { onTestFinished } from 'vitest';
import { run } from '../../packages/cli/src/run.js';
import { createDatabase } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { lockOf, type Migrations, migrate, open, rowsOf, sourceOf, stock } from './knex-migrations.js';

export interface Days {
  /** A release with these migrations and their lock; all without names. */
  release(...names: readonly string[]): Promise<void>;
  /** By Knex alone. */
  byKnexAlone(...names: readonly string[]): Promise<void>;
  sql(...statements: readonly string[]): Promise<void>;
  holdfast(...args: readonly string[]): Promise<number>;
  rows(text?: string): Promise<readonly unknown[]>;
}

export async function daysOf(all: Migrations): Promise<Days> {
  const database = await createDatabase(serverFor());
  onTestFinished(() => database.drop());
  const some = (names: readonly string[]): Migrations =>
    names.length === 0 ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  const whole = await lockOf(all);
  onTestFinished(() => whole.remove());
  return {
    async release(...names) {
      const lock = names.length === 0 ? whole : await lockOf(some(names));
      try {
        await migrate(database.url, some(names), lock.path);
      } finally {
        if (lock !== whole) lock.remove();
      }
    },
    async byKnexAlone(...names) {
      const knex = open(database.url);
      await knex.migrate.latest({ migrationSource: sourceOf(some(names)) });
      await knex.destroy();
    },
    sql: (...statements) => stock(database.url, ...statements),
    holdfast: (...args) =>
      run([...args, '--lock-file', whole.path], { out: () => {}, err: () => {}, env: { DATABASE_URL: database.url } }),
    rows: (text = 'SELECT n FROM t ORDER BY 1') => rowsOf(database.url, text),
  };
}
