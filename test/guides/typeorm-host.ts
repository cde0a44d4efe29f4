import 'reflect-metadata';
import { DataSource, type MigrationInterface } from 'typeorm';
import { QUIET } from '../typeorm/quiet.js';
import type { Host } from './hosts.js';

type Mode = 'each' | 'none';

/** Whichever TypeORM the name stands for in the test file. */
export const TYPEORM: Host = {
  folder: 'typeorm',
  ledger: 'migrations',
  modes: ['each', 'none'] satisfies Mode[],
  async open(url, migrations, mode) {
    const transaction = mode as Mode;
    const source = new DataSource({
      type: 'postgres',
      url,
      logger: QUIET,
      migrations: migrations.flatMap(({ exported }) => Object.values(exported) as (new () => MigrationInterface)[]),
    });
    await source.initialize();
    return {
      up: () => source.runMigrations({ transaction }),
      down: async () => {
        for (const _ of migrations) await source.undoLastMigration({ transaction });
      },
      close: () => source.destroy(),
    };
  },
};
