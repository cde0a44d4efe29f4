/** Knex's own lock, and who can hold it. */
import { type OtherSession, readRowLock } from '@holdfast/core';
import { type KnexHost, requireKnex } from './host.js';
import { knexSession } from './session.js';

/** Knex's lock as its table and the sessions of the server tell it. */
export interface MigrationLock {
  /** Is it taken? Outside of its batch mode Knex commits that by itself, and a crash leaves it taken. */
  readonly locked: boolean;
  /**
   * Rows of the lock table; it must be one. Two first runs at the same time can make two, and then every run fails. 0 also when there is
   * no lock table, or none that this role may read.
   */
  readonly rows: number;
  /** Other sessions in this database, oldest first: one of them may be the holder. Sessions of the same pool count. */
  readonly holders: readonly OtherSession[];
  /** No run gets the lock, and nobody can hold it: no other session is connected. `knex.migrate.forceFreeMigrationsLock()` frees it. */
  readonly stale: boolean;
}

/**
 * Looks whether Knex's lock is stuck. The tables are those of the configuration; `tableName` and `schemaName` are for a project that
 * passes them to `knex.migrate.latest()` itself. Reads only. Ask before anything else uses the pool: its other connections count as holders.
 * A holder that has no connection at this moment (a pool with `min: 0` that has been idle, a transaction pooler) is not seen.
 */
export async function migrationLock(
  knex: KnexHost,
  options: { readonly tableName?: string; readonly schemaName?: string } = {},
): Promise<MigrationLock> {
  requireKnex(knex);
  const { migrations } = knex.client.config;
  const tableName = options.tableName ?? migrations?.tableName ?? 'knex_migrations';
  const schema = options.schemaName ?? migrations?.schemaName;
  const { client, release } = await knexSession(knex).lease();
  try {
    const { locked, rows, holders, stale } = await readRowLock(client, { schema, name: `${tableName}_lock` });
    return { locked, rows, holders, stale };
  } finally {
    await release();
  }
}
