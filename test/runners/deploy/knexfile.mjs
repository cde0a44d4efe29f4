/** For the command of Knex. */
import { guard } from '../../../packages/knex/dist/index.js';
import { knexMigrations } from './migrations.mjs';

export default {
  client: 'pg',
  connection: process.env['DATABASE_URL'],
  migrations: { migrationSource: knexMigrations(guard, 'each') },
};
