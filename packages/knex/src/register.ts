/**
 * Types alone: `import '@holdfast/knex/register'` once in a project, and `knex.schema.safeAddColumn(…)` is known to TypeScript. The operations are
 * there in guarded migrations (`guarded`, `GuardedMigrationSource`), and on `g.schema`; anywhere else `knex.schema` does not have them.
 */
import type { SafeOperations } from './safe-operations.js';

declare module 'knex' {
  namespace Knex {
    interface SchemaBuilder extends SafeOperations {}
  }
}
