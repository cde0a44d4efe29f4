import type { Knex } from 'knex';

const config: Record<string, Knex.Config> = {
  development: { client: 'pg', migrations: { directory: './migrations', tableName: 'ledger', schemaName: 'public' } },
};
export default config;
