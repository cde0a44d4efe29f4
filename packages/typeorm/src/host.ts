/** What Holdfast uses of TypeORM, by shape: 0.3 and 1.x both fit, and so does a second copy of the package. */
import type { HostForms, PgClient } from '@holdfast/core';

/** Definitions in TypeORM: its own classes of the schema builder. */
export interface TypeormForms extends HostForms {
  readonly table: TableLike;
  readonly namedTable: TableLike;
  readonly column: ColumnLike | readonly ColumnLike[];
  readonly index: IndexLike;
  readonly foreignKey: ForeignKeyLike;
  readonly check: CheckLike;
  readonly unique: UniqueLike;
  readonly exclusion: ExclusionLike;
}

/** `QueryRunner`. */
export interface QueryRunnerLike {
  /** TypeORM 1.x. */
  readonly dataSource?: DataSourceLike;
  /** TypeORM 0.3; 1.x still has it, deprecated. */
  readonly connection?: DataSourceLike;
  readonly isReleased: boolean;
  connect(): Promise<PgClient>;
  enableSqlMemory(): void;
  getMemorySql(): { readonly upQueries: readonly { readonly query: string }[] };
  addColumn(table: unknown, column: ColumnLike): Promise<void>;
  createTable(table: unknown, ifNotExists: boolean, foreignKeys: boolean, indices: boolean): Promise<void>;
}

/** `DataSource`. */
export interface DataSourceLike {
  readonly options: {
    readonly type: string;
    readonly schema?: string | undefined;
    readonly migrationsTableName?: string | undefined;
  };
  readonly metadataTableName: string;
  readonly namingStrategy: {
    uniqueConstraintName(table: string, columns: string[]): string;
    checkConstraintName(table: string, expression: string): string;
    exclusionConstraintName(table: string, expression: string): string;
    indexName(table: string, columns: string[], where?: string): string;
    foreignKeyName(table: string, columns: string[], referencedTable?: string, referencedColumns?: string[]): string;
    primaryKeyName(table: string, columns: string[]): string;
  };
  readonly logger: {
    logQuery(text: string, params?: unknown[], queryRunner?: QueryRunnerLike): unknown;
    log(level: 'warn', message: unknown, queryRunner?: QueryRunnerLike): unknown;
  };
  createQueryRunner(): QueryRunnerLike;
}

/** `MigrationInterface`. */
export interface MigrationLike {
  readonly name?: string | undefined;
  readonly transaction?: boolean | undefined;
  up(queryRunner: never): Promise<unknown>;
  down(queryRunner: never): Promise<unknown>;
}

/** `DataSource`, as far as it migrates. */
export interface MigratingDataSource {
  readonly options: { readonly type: string };
  readonly isInitialized: boolean;
  /** Instances, made at `initialize()`. */
  readonly migrations: MigrationLike[];
  readonly logger: { logMigration(message: string): unknown };
  createQueryRunner(): { connect(): Promise<PgClient>; release(): Promise<void> };
  runMigrations(options?: never): Promise<unknown>;
  undoLastMigration(options?: never): Promise<unknown>;
}

/** `Table`. */
export interface TableLike {
  readonly '@instanceof': symbol;
  readonly name: string;
  readonly schema?: string | undefined;
  readonly columns: readonly ColumnLike[];
  readonly indices: readonly IndexLike[];
  readonly exclusions: readonly ExclusionLike[];
  readonly comment?: string | undefined;
  clone(): TableLike;
}

/** `TableColumn`. */
export interface ColumnLike {
  readonly '@instanceof': symbol;
  readonly name: string;
  readonly type: string;
  readonly length: string;
  readonly precision?: number | null | undefined;
  readonly scale?: number | undefined;
  readonly isArray: boolean;
  readonly spatialFeatureType?: string | undefined;
  readonly srid?: number | undefined;
  readonly collation?: string | undefined;
  readonly isNullable: boolean;
  readonly default?: unknown;
  readonly isGenerated: boolean;
  readonly generationStrategy?: 'uuid' | 'increment' | 'rowid' | 'identity' | undefined;
  readonly generatedIdentity?: 'ALWAYS' | 'BY DEFAULT' | undefined;
  readonly isPrimary: boolean;
  readonly primaryKeyConstraintName?: string | undefined;
  readonly isUnique: boolean;
  readonly comment?: string | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly enumName?: string | undefined;
  readonly asExpression?: string | undefined;
  readonly generatedType?: 'VIRTUAL' | 'STORED' | undefined;
  clone(): ColumnLike;
}

/** `TableIndex`. */
export interface IndexLike {
  readonly '@instanceof': symbol;
  readonly name?: string | undefined;
  readonly columnNames: readonly string[];
  readonly isUnique: boolean;
  readonly isSpatial: boolean;
  readonly isFulltext: boolean;
  readonly isNullFiltered: boolean;
  readonly parser?: string | undefined;
  readonly where: string;
  /** TypeORM 1.x. */
  readonly type?: string | undefined;
}

/** `TableForeignKey`. */
export interface ForeignKeyLike {
  readonly '@instanceof': symbol;
  readonly name?: string | undefined;
  readonly columnNames: readonly string[];
  readonly referencedSchema?: string | undefined;
  readonly referencedTableName: string;
  readonly referencedColumnNames: readonly string[];
  readonly onDelete?: string | undefined;
  readonly onUpdate?: string | undefined;
  readonly deferrable?: string | undefined;
}

/** `TableCheck`. */
export interface CheckLike {
  readonly '@instanceof': symbol;
  readonly name?: string | undefined;
  readonly expression?: string | undefined;
}

/** `TableUnique`. */
export interface UniqueLike {
  readonly '@instanceof': symbol;
  readonly name?: string | undefined;
  readonly columnNames: readonly string[];
  readonly deferrable?: string | undefined;
}

/** `TableExclusion`. */
export interface ExclusionLike {
  readonly '@instanceof': symbol;
  readonly name?: string | undefined;
  readonly expression?: string | undefined;
  readonly deferrable?: string | undefined;
}

/** `View`. */
export interface ViewLike {
  readonly '@instanceof': symbol;
  readonly name: string;
  readonly schema?: string | undefined;
  readonly materialized: boolean;
  readonly expression: string | ((dataSource: never) => { getQuery(): string });
}
