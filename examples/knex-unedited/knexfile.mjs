import { GuardedMigrationSource } from '@holdfast/knex';

/** @type {import('knex').Knex.Config} */
export default {
  client: 'pg',
  connection: process.env['DATABASE_URL'] ?? '',
  pool: { min: 0, max: 4 },
  migrations: {
    migrationSource: new GuardedMigrationSource({ directory: './migrations', loadExtensions: ['.mjs'] }),
  },
};
