import type { Logger } from 'typeorm';

const nothing = () => {};
/** TypeORM prints failed migrations even with `logging: false`. */
export const QUIET: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};
