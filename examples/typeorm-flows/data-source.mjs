import 'reflect-metadata';
import { AdvancedConsoleLogger, DataSource } from 'typeorm';

const url = process.env['DATABASE_URL'];
if (url === undefined) throw new Error('Set DATABASE_URL to the database of the example.');

/**
 * `each`: a migration may then say `transaction = false`, which migration 062 needs to build indexes concurrently.
 * A logger of its own: else the command prints every query that it sends.
 */
export default new DataSource({
  type: 'postgres',
  url,
  migrations: ['migrations/*.mjs'],
  migrationsTransactionMode: 'each',
  logger: new AdvancedConsoleLogger(['schema', 'migration']),
});
