/** The port between the engine and a host: what an adapter has to give. */
import type { ColumnConstraint, ColumnDefinition } from './column-definition.js';
import type { Child } from './engine/operation.js';
import type { ObjectName, TableName } from './names.js';
import type { ForeignKeyRequest } from './operations/add-foreign-key.js';
import type { CheckConstraintRequest } from './operations/create-check-constraint.js';
import type { ExclusionRequest } from './operations/create-exclusion-constraint.js';
import type { IndexRequest } from './operations/create-index.js';
import type { UniqueRequest } from './operations/create-unique-constraint.js';
import type { Logger } from './options.js';

/** What Holdfast uses of a `pg` client; every host that speaks PostgreSQL has one underneath. */
export interface PgClient {
  query(config: PgQuery): Promise<PgResult>;
  query(text: string): Promise<PgResult | readonly PgResult[]>;
  /** `I` idle, `T` in a transaction, `E` in a failed one (pg 8.17 and later). */
  getTransactionStatus?(): string | null;
  /** Process id that the server gave at the start. */
  readonly processID?: number | null;
}

/** A message of the server that is no error. */
export interface Notice {
  /** SQLSTATE */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

export interface PgQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  /** `extended`: Parse, Bind, Execute even without values (pg 8.12 and later). */
  readonly queryMode?: 'extended';
  readonly types?: { getTypeParser(oid: number, format?: string): (value: string) => unknown };
}

export interface PgResult {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number | null;
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number; readonly dataTypeModifier: number }[];
}

/** A connection lent for one operation. */
export interface Lease {
  readonly client: PgClient;
  release(): void | Promise<void>;
}

/** Situations whose cure depends on the host. */
export type Situation = 'no-transaction' | 'pool' | 'recovery' | 'own-transaction';

/** The host's own way to write definitions. */
export interface HostForms {
  readonly table: unknown;
  /** A definition that carries the name of its table. */
  readonly namedTable: unknown;
  readonly column: unknown;
  readonly index: unknown;
  readonly foreignKey: unknown;
  readonly check: unknown;
  readonly unique: unknown;
  readonly exclusion: unknown;
}

/** An expression in the host's own words: `knex.raw(…)`, `knex.ref(…)`; in TypeORM a function that gives SQL. */
export type HostExpression = { toQuery(): string } | (() => string);

/** One column out of a host's definition, ready for the engine. */
export interface CompiledColumn {
  readonly name: string;
  readonly definition: ColumnDefinition;
  /** Constraints that stand in the definition itself. */
  readonly constraints: readonly ColumnConstraint[];
  readonly comment?: string;
  /** An enum type that the definition makes along with the column. */
  readonly enumType?: { readonly type: ObjectName; readonly values: readonly string[] };
  readonly indexes?: readonly IndexRequest[];
  readonly uniques?: readonly UniqueRequest[];
  readonly foreignKeys?: readonly ForeignKeyRequest[];
  readonly checks?: readonly CheckRequest[];
  /** What only the host asks for, done last. */
  readonly also?: readonly Child[];
}

/** Constraints as definitions carry them. Without a name they get PostgreSQL's own. */
export type PrimaryKeyRequest = Pick<UniqueRequest, 'columns' | 'name' | 'deferrable'>;

export interface CheckRequest {
  readonly name?: string;
  readonly expression: string;
}

/** A column of a new table; its constraints are the table's. */
export type TableColumn = Pick<CompiledColumn, 'name' | 'definition' | 'comment' | 'enumType' | 'also'>;

/** A whole table out of a host's definition. */
export interface CompiledTable {
  readonly columns: readonly TableColumn[];
  readonly primaryKey?: PrimaryKeyRequest;
  readonly indexes?: readonly IndexRequest[];
  readonly uniques?: readonly UniqueRequest[];
  readonly foreignKeys?: readonly ForeignKeyRequest[];
  readonly checks?: readonly CheckRequest[];
  readonly comment?: string;
}

/** What an adapter gives. */
export interface Session<F extends HostForms = HostForms> {
  /** `pg`, `knex`, `typeorm`: used in texts and never to decide anything. */
  readonly host: string;
  /** Lends the connection that the migration runs on, or, without a transaction on a pooled host, any one. */
  lease(): Promise<Lease>;
  /** Throws `InvalidArgumentError` when the migration's transaction or runner is over. Asked before each message. */
  requireOpen?(): void;
  /** Where warnings go when the user names no logger: the host's own. */
  readonly logger?: Logger;
  /** Shows a statement in the host's own query log. */
  log(text: string, params: readonly unknown[]): void;
  /** Compiles a definition of columns by the host's own compiler. Throws `InvalidArgumentError` for what alters instead of adds. */
  columns(operation: string, table: ObjectName, definition: F['column']): Promise<readonly CompiledColumn[]>;
  /** Compiles the definition of a table by the host's own compiler. Throws for what the engine cannot carry, so that nothing is lost. */
  table(operation: string, table: ObjectName, definition: F['table']): Promise<CompiledTable>;
  /** SQL of the host's own form of an expression, in its place among values; undefined for everything else. */
  expression?(value: unknown): string | undefined;
  /** The name of the table that a definition carries; undefined for everything else. */
  tableNameOf?(definition: unknown): TableName | undefined;
  /** Reads the host's own form of an index, if it has one. */
  index?(table: ObjectName, definition: F['index']): IndexRequest;
  /** Reads the host's own form of a foreign key, if it has one. */
  foreignKey?(table: ObjectName, definition: F['foreignKey']): ForeignKeyRequest;
  /** Reads the host's own form of a check, if it has one. */
  check?(table: ObjectName, definition: F['check']): CheckConstraintRequest;
  /** Reads the host's own form of a unique constraint, if it has one. */
  unique?(table: ObjectName, definition: F['unique']): UniqueRequest;
  /** Reads the host's own form of an exclusion constraint, if it has one. */
  exclusion?(table: ObjectName, definition: F['exclusion']): ExclusionRequest & { readonly name: string };
  /** What to do about a situation in this host, ready to paste. */
  cure(situation: Situation): string;
  /** The commands of the runner in use, for recovery after an error. */
  readonly commands: { readonly status: string; readonly up: string; readonly make: string };
  /** The runner's table of finished migrations, as far as the host tells. */
  readonly ledger?: { readonly table: ObjectName; readonly column: string };
}
