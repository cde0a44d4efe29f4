/** Knex as a host: its connection, its events, its compiler, its words. */
import {
  type HostForms,
  type ObjectName,
  type PgClient,
  RefusedError,
  type Session,
  type Situation,
} from '@holdfast/core';
import type { Knex } from 'knex';
import { compileColumns } from './columns.js';
import { type KnexClient, type KnexHost, requireOpen } from './host.js';
import { compileTable } from './table.js';

/** Definitions in Knex's own words: the callbacks of `knex.schema.createTable` and `alterTable`. */
export interface KnexForms extends HostForms {
  readonly table: (table: Knex.CreateTableBuilder) => unknown;
  readonly namedTable: never;
  readonly column: (table: Knex.CreateTableBuilder) => unknown;
  readonly index: never;
  readonly foreignKey: never;
  readonly check: never;
  readonly unique: never;
  readonly exclusion: never;
}

const WITHOUT_TRANSACTION = `
  export const config = { transaction: false };   // TypeScript and ES modules
  exports.config = { transaction: false };        // CommonJS
This changes the whole batch: Knex then runs every pending migration in a transaction of its own, and this one in none.`;

const CURES: Readonly<Record<Situation, string>> = {
  'no-transaction': `Let Knex run this migration outside of a transaction. Export from its file:${WITHOUT_TRANSACTION}`,
  'own-transaction': `Use the value in the next migration, and let the one that adds it commit first. Export from its file:${WITHOUT_TRANSACTION}`,
  recovery:
    'Let the error leave up(), so that Knex rolls the transaction back, then run again:\n  npx knex migrate:latest\nWhat may fail belongs into g.attempt(name, async (g) => { … }).',
  pool: 'Use the object that the migration was given, not the Knex instance of the application:\n  export async function up(knex) { const g = guard(knex); … }\nInside knex.transaction(async (trx) => …) that is guard(trx).',
};

export interface KnexSession extends Session<KnexForms> {
  readonly knex: Knex;
}

/** A session on Knex, or on a transaction of it. */
export function knexSession(host: KnexHost): KnexSession {
  const { client } = host;
  let leased: (PgClient & { readonly __knexUid?: string; readonly __knexTxId?: string }) | undefined;
  return {
    knex: host as unknown as Knex,
    host: 'knex',
    async lease() {
      requireOpen(host);
      leased = await acquire(client);
      const connection = leased;
      return { client: connection, release: () => client.releaseConnection(connection) };
    },
    requireOpen: () => requireOpen(host),
    logger: { info: ignore, warn: (line) => client.logger.warn(line), error: (line) => client.logger.warn(line) },
    log(text, params) {
      // On a pool, operations may run side by side, so only a transaction tells whose connection it is.
      const { __knexUid, __knexTxId } = (host.isTransaction === true && leased) || {};
      client.emit('query', { __knexUid, __knexTxId, method: 'raw', sql: text, bindings: params });
      if (client.config.debug === true) client.logger.debug({ sql: text, bindings: params });
    },
    // Async, so that a wrong definition rejects.
    columns: async (operation, table, definition) => compileColumns(host, { operation, table }, definition),
    table: async (operation, table, definition) => compileTable(host, { operation, table }, definition),
    expression,
    cure: (situation) => CURES[situation],
    commands: {
      status: 'npx knex migrate:status',
      up: 'npx knex migrate:latest',
      make: 'npx knex migrate:make <name>',
    },
    ledger: { table: ledgerOf(client), column: 'name' },
  };
}

/** `knex.raw(…)`, `knex.ref(…)`, `knex.fn.now()`, with their values in the text; a query as what it selects. */
function expression(value: unknown): string | undefined {
  const { toQuery, isRawInstance } = (value ?? {}) as { toQuery?: () => string; readonly isRawInstance?: boolean };
  if (typeof toQuery !== 'function') return undefined;
  const text = toQuery.call(value);
  return isRawInstance === true ? text : `(${text})`;
}

function ignore(): void {}

/** As in Knex's own configuration; what is passed to `knex.migrate.latest()` itself cannot be known. */
function ledgerOf({ config: { migrations } }: KnexClient): ObjectName {
  return { schema: migrations?.schemaName, name: migrations?.tableName ?? 'knex_migrations' };
}

async function acquire(client: KnexClient): Promise<PgClient> {
  try {
    return await client.acquireConnection();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'KnexTimeoutError')) throw error;
    throw new RefusedError({
      operation: 'guard',
      target: 'pool',
      happened: 'the pool of Knex has given no connection in time.',
      hint: CURES.pool,
      cause: error,
    });
  }
}
