/**
 * Types alone: `import '@holdfast/typeorm/register'` once in a project, and `queryRunner.safeAddColumn(…)` is known to TypeScript. The operations are
 * there in guarded migrations (`Guarded`, `guardedMigrations`, `guardedDataSource`), and on `g.queryRunner`; no other runner has them.
 */
import type { MongoQueryRunner } from 'typeorm/driver/mongodb/MongoQueryRunner.js';
import type { BaseQueryRunner } from 'typeorm/query-runner/BaseQueryRunner.js';
import type { SafeOperations } from './safe-operations.js';

declare module 'typeorm/query-runner/QueryRunner.js' {
  interface QueryRunner extends SafeOperations {}
}

/** TypeORM's own runners say that they implement that interface. */
export type RunnerClasses = BaseQueryRunner | MongoQueryRunner;

declare module 'typeorm/query-runner/BaseQueryRunner.js' {
  interface BaseQueryRunner extends SafeOperations {}
}

declare module 'typeorm/driver/mongodb/MongoQueryRunner.js' {
  interface MongoQueryRunner extends SafeOperations {}
}
