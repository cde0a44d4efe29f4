import knex, { type Knex } from 'knex';
import type { Host, Migration } from './hosts.js';
import { describeGuides } from './suite.js';

const WITHOUT = 'without a transaction';

const nothing = () => {};

const KNEX: Host = {
  folder: 'knex',
  ledger: 'knex_migrations',
  modes: ['in transactions', WITHOUT],
  async open(url, migrations, mode) {
    const db = knex({
      client: 'pg',
      connection: url,
      pool: { min: 0, max: 1 },
      log: { warn: nothing, error: nothing, debug: nothing, deprecate: nothing },
      migrations: {
        disableTransactions: mode === WITHOUT,
        migrationSource: {
          getMigrations: async () => [...migrations],
          getMigrationName: ({ file }: Migration) => file,
          getMigration: async ({ exported }: Migration) => exported as unknown as Knex.Migration,
        },
      },
    });
    return {
      up: () => db.migrate.latest(),
      down: () => db.migrate.rollback(undefined, true),
      close: () => db.destroy(),
    };
  },
};

describeGuides('Knex', KNEX);
