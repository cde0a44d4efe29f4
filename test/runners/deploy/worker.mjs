/**
 * One deployer, a process of its own that stays for several rounds. `prepare` makes it ready, `go` lets it deploy; it answers `ready`,
 * then what became of it.
 */
import 'reflect-metadata';
import knexLibrary from 'knex';
import { DataSource } from 'typeorm';
import { DataSource as DataSource03 } from 'typeorm-0.3';
import { guard as guardKnex } from '../../../packages/knex/dist/index.js';
import { guardedDataSource, guard as guardTypeorm } from '../../../packages/typeorm/dist/index.js';
import { knexMigrations, typeormMigrations } from './migrations.mjs';

/** @typedef {{ host: 'typeorm-0.3' | 'typeorm-1' | 'knex', mode: any, url: string }} Job */

/** @type {() => Promise<unknown>} */
let deploy = () => Promise.resolve();

process.on('message', async (/** @type {Job | 'go'} */ message) => {
  if (message === 'go') {
    const error = await deploy().then(
      () => null,
      (thrown) => String(thrown?.stack ?? thrown),
    );
    process.send?.({ error });
  } else {
    deploy = message.host === 'knex' ? knex(message) : typeorm(message);
    process.send?.('ready');
  }
});

/** @param {Job} job */
function knex({ url, mode }) {
  const db = knexLibrary({ client: 'pg', connection: url, log: { warn: () => {} } });
  return () => db.migrate.latest({ migrationSource: knexMigrations(guardKnex, mode) }).finally(() => db.destroy());
}

/** @param {Job} job */
function typeorm({ host, url, mode }) {
  const Source = /** @type {typeof DataSource} */ (host === 'typeorm-1' ? DataSource : DataSource03);
  const migrations = typeormMigrations(guardTypeorm, mode);
  const options = { type: 'postgres', url, migrations, migrationsTransactionMode: mode, logger: silent };
  const source = guardedDataSource(new Source(/** @type {any} */ (options)));
  return async () => {
    await source.initialize();
    await source.runMigrations().finally(() => source.destroy());
  };
}

const nothing = () => {};
const silent = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};
