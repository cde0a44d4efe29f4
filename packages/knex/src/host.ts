/** Knex as far as it is used here, and what is refused at the door. */
import { InvalidArgumentError, type PgClient, unsupportedDialect } from '@holdfast/core';
import type { Knex } from 'knex';

/** The members of Knex, or of a transaction, that are used. */
export interface KnexHost {
  readonly client: KnexClient;
  readonly schema: KnexSchema;
  readonly isTransaction?: boolean;
  /** Only a transaction has it. */
  isCompleted?(): boolean;
  raw(sql: string, bindings: Bindings): { toQuery(): string };
}

export type Bindings = readonly Knex.Value[] | Readonly<Record<string, Knex.Value>>;

export interface KnexClient {
  readonly driverName: string;
  readonly dialect: string;
  readonly config: {
    readonly migrations?: { readonly tableName?: string; readonly schemaName?: string };
    readonly debug?: boolean;
  };
  readonly logger: { debug(message: unknown): void; warn(message: unknown): void };
  acquireConnection(): Promise<PgClient>;
  releaseConnection(connection: PgClient): Promise<void>;
  emit(event: 'query', query: object): unknown;
}

/** Statements are compiled with it, never run. */
interface KnexSchema {
  withSchema(schema: string): KnexSchema;
  alterTable(table: string, callback: (builder: Knex.CreateTableBuilder) => unknown): { toSQL(): unknown };
  createTable(table: string, callback: (builder: Knex.CreateTableBuilder) => unknown): { toSQL(): unknown };
  dropTable(table: string): { toSQL(): unknown };
}

/**
 * Throws `InvalidArgumentError` for anything but Knex or an open transaction, `UnsupportedError` for another database than PostgreSQL.
 */
export function requireKnex(host: unknown): asserts host is KnexHost {
  const shape = (host ?? {}) as Partial<KnexHost> & { readonly toSQL?: unknown; readonly then?: unknown };
  if (typeof shape.toSQL === 'function') {
    throw noKnex(
      'a builder',
      'this is a query or schema builder.',
      'Pass Knex itself: guard(knex), not guard(knex.schema).',
    );
  }
  if (typeof shape.then === 'function') {
    throw noKnex('a promise', 'this is a promise.', 'Wait for the transaction: guard(await knex.transaction()).');
  }
  if (typeof shape.client?.acquireConnection !== 'function' || typeof shape.raw !== 'function') {
    throw noKnex(
      typeof host,
      'this is no Knex instance and no transaction of one.',
      'Pass what the migration was given: export async function up(knex) { const g = guard(knex); … }. For a bare pg client use @holdfast/core.',
    );
  }
  const { driverName, dialect } = shape.client;
  if (driverName !== 'pg' || dialect !== 'postgresql')
    throw unsupportedDialect(dialect === 'postgresql' ? driverName : dialect);
  requireOpen(shape as KnexHost);
}

/** Throws `InvalidArgumentError` when the transaction has ended: its connection may serve somebody else by now. */
export function requireOpen(host: KnexHost): void {
  if (host.isCompleted?.() !== true) return;
  throw noKnex(
    'transaction',
    'this transaction has ended already.',
    'Await every call of the guard before the transaction ends, and make a new guard for each transaction.',
  );
}

function noKnex(target: string, happened: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError({ operation: 'guard', target, happened, hint });
}
