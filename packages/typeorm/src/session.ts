/** A QueryRunner of TypeORM as a host. */
import type { ObjectName, Session, Situation } from '@holdfast/core';
import { compileColumns } from './columns.js';
import type { DataSourceLike, QueryRunnerLike, TypeormForms } from './host.js';
import { splitPath } from './names.js';
import { requireUnreleased } from './recognise.js';
import { compileTable, tableNameOf } from './table.js';
import { readCheck } from './table-check.js';
import { readExclusion, readUnique } from './table-constraint.js';
import { readForeignKey } from './table-foreign-key.js';
import { readIndex } from './table-index.js';

const CURES: Readonly<Record<Situation, string>> = {
  'no-transaction': `Take this migration out of the transaction:
  export class … implements MigrationInterface {
    transaction = false;
and let the others keep theirs, one each:
  npx typeorm migration:run -d <data-source> -t each     # or migrationsTransactionMode: 'each' in the DataSource
In the default mode, 'all', TypeORM rejects the property. For down() it ignores it:
  npx typeorm migration:revert -d <data-source> -t none`,
  pool: `Pass one runner of the pool:
  const queryRunner = dataSource.createQueryRunner();
  try { … guard(queryRunner) … } finally { await queryRunner.release(); }`,
  recovery: `Let the error end the migration: TypeORM then rolls its transaction back. Correct the cause, then run again:
  npx typeorm migration:run -d <data-source>`,
  'own-transaction': `Use the value in a later migration, and give each migration a transaction of its own:
  npx typeorm migration:run -d <data-source> -t each     # or migrationsTransactionMode: 'each' in the DataSource`,
};

export interface TypeormSession<Q extends QueryRunnerLike = QueryRunnerLike> extends Session<TypeormForms> {
  readonly queryRunner: Q;
  readonly dataSource: DataSourceLike;
}

export function typeormSession<Q extends QueryRunnerLike>(
  queryRunner: Q,
  dataSource: DataSourceLike,
): TypeormSession<Q> {
  return {
    queryRunner,
    dataSource,
    host: 'typeorm',
    lease: async () => {
      requireUnreleased(queryRunner);
      return { client: await queryRunner.connect(), release: () => forgetTables(queryRunner) };
    },
    requireOpen: () => requireUnreleased(queryRunner),
    logger: {
      info: ignore,
      warn: (line) => warn(dataSource, line, queryRunner),
      error: (line) => warn(dataSource, line, queryRunner),
    },
    log: (text, params) => {
      dataSource.logger.logQuery(text, [...params], queryRunner);
    },
    columns: (operation, table, definition) => compileColumns(dataSource, operation, table, definition),
    table: (operation, table, definition) => compileTable(dataSource, operation, table, definition),
    tableNameOf,
    index: (table, definition) => readIndex(dataSource, table, definition),
    foreignKey: (table, definition) => readForeignKey(dataSource, table, definition),
    check: (table, definition) => readCheck(dataSource, table, definition),
    unique: (table, definition) => readUnique(dataSource, table, definition),
    exclusion: (table, definition) => readExclusion(dataSource, table, definition),
    expression,
    cure: (situation) => CURES[situation],
    commands: {
      status: 'npx typeorm migration:show -d <data-source>',
      up: 'npx typeorm migration:run -d <data-source>',
      make: 'npx typeorm migration:create <path>',
    },
    ledger: { table: ledgerName(dataSource), column: 'name' },
  };
}

/** As in `update().set({ name: () => 'upper(name)' })`. */
function expression(value: unknown): string | undefined {
  const text: unknown = typeof value === 'function' ? value() : undefined;
  return typeof text === 'string' ? text : undefined;
}

function ignore(): void {}

function warn({ logger }: DataSourceLike, line: string, queryRunner: QueryRunnerLike): void {
  logger.log('warn', line, queryRunner);
}

/**
 * The runner keeps tables that it has read and knows nothing of what others change: `dropColumn` would not find a new column
 * (typeorm#5389). A new list instead of an emptied one, because `getTables` hands the list itself out.
 */
function forgetTables(queryRunner: QueryRunnerLike): void {
  if ('loadedTables' in queryRunner) queryRunner.loadedTables = [];
}

/** As TypeORM's executor names it: `migrationsTableName` may carry a schema. */
function ledgerName({ options }: DataSourceLike): ObjectName {
  const { schema = options.schema, name } = splitPath(options.migrationsTableName ?? 'migrations');
  return { schema, name };
}
