/**
 * What becomes of each method of TypeORM's QueryRunner. docs/typeorm.md prints this table; a test holds it against both majors'
 * interfaces, so that no method is forgotten.
 */

interface Guarded {
  /** The operations that run, in their order. */
  readonly runs: string;
  /** What is other than TypeORM's own method does. Empty: the catalog is the same, and nothing else is to be known. */
  readonly differs: string;
}

/** Which hold for all methods: docs/typeorm.md says them once. */
export const GUARDED = {
  createSchema: { runs: 'safeCreateSchema', differs: '`ifNotExists` changes nothing: what is there is done.' },
  dropSchema: { runs: 'safeDropSchema', differs: 'Never CASCADE, also with `isCascade`: what is in it is named.' },
  createTable: {
    runs: 'safeCreateTable, then safeCreateExclusionConstraint for each exclusion',
    differs:
      'A table that is there is compared part by part, also with `ifNotExists`, where TypeORM takes whatever has the name.',
  },
  dropTable: {
    runs: 'safeDropTable, and the notes on its generated columns go',
    differs:
      'A table with rows is refused: `queryRunner.safeDropTable(table, { allowRows: true })` says that they may go.',
  },
  renameTable: {
    runs: 'safeRenameTable; for each derived name safeRenameConstraint, safeRenameIndex, safeRenameEnum, and its sequences',
    differs: '',
  },
  changeTableComment: { runs: 'safeSetComment', differs: '' },
  addColumn: {
    runs: 'safeAddColumn; for a primary column safeDropConstraint and safeAddPrimaryKey',
    differs: 'An enum type that is there must have the same labels; TypeORM takes it as it is.',
  },
  addColumns: { runs: 'addColumn for each', differs: '' },
  renameColumn: {
    runs: 'safeRenameColumn; for each derived name safeRenameConstraint, safeRenameIndex, safeRenameEnum, and its sequence',
    differs: '',
  },
  changeColumn: {
    runs: 'safeChangeColumn, and what else differs: safeAddEnumValue, safeRemoveEnumValue, safeSetComment, safeCreateUniqueConstraint or safeDropConstraint, safeAddPrimaryKey, renameColumn',
    differs: 'See below.',
  },
  changeColumns: { runs: 'changeColumn for each', differs: '' },
  dropColumn: {
    runs: 'safeDropColumn, safeDropEnum for a type that nothing else has; of a composite primary key the rest is made again',
    differs:
      'Refused where an index, constraint or statistics over other columns too would go along without a word. A type that others have stays; TypeORM fails. Of a column that is gone the type of the derived name goes, if nothing has it.',
  },
  dropColumns: { runs: 'dropColumn for each', differs: '' },
  createPrimaryKey: { runs: 'safeAddPrimaryKey', differs: '' },
  updatePrimaryKeys: {
    runs: 'safeDropConstraint, safeAddPrimaryKey',
    differs: 'The same key is left alone. The columns keep the order that the key has, new ones come last.',
  },
  dropPrimaryKey: { runs: 'safeDropConstraint', differs: '' },
  createUniqueConstraint: { runs: 'safeCreateUniqueConstraint', differs: '' },
  createUniqueConstraints: { runs: 'createUniqueConstraint for each', differs: '' },
  dropUniqueConstraint: {
    runs: 'safeDropConstraint',
    differs: 'Takes a TableUnique without a name, where TypeORM fails.',
  },
  dropUniqueConstraints: { runs: 'dropUniqueConstraint for each', differs: '' },
  createCheckConstraint: { runs: 'safeCreateCheckConstraint', differs: '' },
  createCheckConstraints: {
    runs: 'createCheckConstraint for each',
    differs: 'One after the other; TypeORM sends them at once.',
  },
  dropCheckConstraint: {
    runs: 'safeDropConstraint',
    differs: 'Takes a TableCheck without a name, where TypeORM fails.',
  },
  dropCheckConstraints: { runs: 'dropCheckConstraint for each', differs: 'One after the other.' },
  createExclusionConstraint: { runs: 'safeCreateExclusionConstraint', differs: '' },
  createExclusionConstraints: { runs: 'createExclusionConstraint for each', differs: 'One after the other.' },
  dropExclusionConstraint: {
    runs: 'safeDropConstraint',
    differs: 'Takes a TableExclusion without a name, where TypeORM fails.',
  },
  dropExclusionConstraints: { runs: 'dropExclusionConstraint for each', differs: 'One after the other.' },
  createForeignKey: { runs: 'safeAddForeignKey', differs: '' },
  createForeignKeys: { runs: 'createForeignKey for each', differs: '' },
  dropForeignKey: { runs: 'safeDropConstraint', differs: '' },
  dropForeignKeys: { runs: 'dropForeignKey for each', differs: '' },
  createIndex: {
    runs: 'safeCreateIndex',
    differs: 'CONCURRENTLY wherever the transaction allows, whatever `isConcurrent` says.',
  },
  createIndices: { runs: 'createIndex for each', differs: '' },
  dropIndex: { runs: 'safeDropIndex', differs: 'CONCURRENTLY wherever the transaction allows.' },
  dropIndices: { runs: 'dropIndex for each', differs: '' },
  createView: {
    runs: 'safeCreateView, and the note if `syncWithMetadata`',
    differs: 'A materialized view is made by TypeORM, unguarded: a second run fails.',
  },
  dropView: {
    runs: 'safeDropView, and the note goes',
    differs: 'Needs no note; without one TypeORM does not find the view.',
  },
  dropDatabase: { runs: 'refused', differs: 'It loses everything.' },
  clearDatabase: { runs: 'refused', differs: 'It loses every row.' },
  clearTable: { runs: 'refused', differs: 'It loses every row, and once more on a second run.' },
} as const satisfies Readonly<Record<string, Guarded>>;

export type GuardedMethod = keyof typeof GUARDED;

/** The runner's own: they change no schema, or, as `query`, what only a reader of SQL can guard. */
export const STOCK = {
  'dataSource, connection, broadcaster, data, isReleased, isTransactionActive': "The runner's own state.",
  manager: 'Its queries go past the guard.',
  'query, sql, stream': 'SQL runs as it is written.',
  'startTransaction, commitTransaction, rollbackTransaction, connect, release, beforeMigration, afterMigration':
    'The guard notices the transaction that it is in.',
  'getTable, getTables, getView, getViews, getDatabases, getSchemas, hasDatabase, hasSchema, hasTable, hasColumn, getCurrentDatabase, getCurrentSchema, getReplicationMode':
    'Reads. A `Table` read before a change does not follow it; `loadedTables` is emptied after each guarded operation, so that TypeORM reads anew.',
  createDatabase: 'Nothing can be lost, and no transaction can hold it.',
  'enableSqlMemory, disableSqlMemory, clearSqlMemory, getMemorySql':
    "While it records, all methods are TypeORM's own and change nothing.",
  'executeMemoryUpSql, executeMemoryDownSql': 'They run what was recorded, unguarded.',
} as const;
