/** A project through the guard, on a fresh database: the schema and the rows that its stock runner leaves, up and down. */
import { GuardedMigrationSource } from '@holdfast/knex';
import { guardedDataSource } from '@holdfast/typeorm';
import { describe, expect, test } from 'vitest';
import { createDatabase } from '../support/database.js';
import { availableMajors, serverFor } from '../support/server.js';
import { chosen, openHistory, snapshot, type Wrap } from './run.js';

const WRAP: Wrap = {
  knex: (source) => new GuardedMigrationSource({ source }),
  typeorm: (source) => guardedDataSource(source as never) as never,
};

describe.each(availableMajors([18]))('on PostgreSQL %s', (major) => {
  test.each(chosen('knex/tenants', 'typeorm/market'))('$host $name', { timeout: 120_000 }, async (project) => {
    const server = serverFor(major);
    const [stock, guarded] = await Promise.all([createDatabase(server), createDatabase(server)]);
    try {
      const plain = await openHistory(project, stock.url);
      const own = await openHistory(project, guarded.url, { wrap: WRAP });
      await plain.up();
      await own.up();
      const after = await snapshot(stock.url, project);
      expect(await snapshot(guarded.url, project)).toEqual(after);
      await plain.down();
      await own.down();
      expect(await snapshot(guarded.url, project)).toEqual(await snapshot(stock.url, project));
      await own.up();
      await plain.up();
      expect(await snapshot(guarded.url, project)).toEqual(await snapshot(stock.url, project));
    } finally {
      await Promise.all([stock.drop(), guarded.drop()]);
    }
  });
});
