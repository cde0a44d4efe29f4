/** The methods for indexes. */
import { INDEX_KEYS, readIndexRequest, splitOptions } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { parseName, type TableName } from '../names.js';
import { createIndex, type IndexColumn, type IndexOptions } from '../operations/create-index.js';
import { type DropIndexOptions, dropIndex } from '../operations/drop-index.js';
import { renameIndex } from '../operations/rename-index.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { ExpansionMethods } from './expansions.js';

export abstract class IndexMethods<F extends HostForms> extends ExpansionMethods<F> {
  /** Builds an index, concurrently wherever the transaction allows; finishes or rebuilds what an earlier try has left. */
  safeCreateIndex(
    table: TableName,
    columns: readonly IndexColumn[],
    options?: IndexOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeCreateIndex(table: TableName, index: F['index'], options?: OperationOptions): Promise<Outcome>;
  async safeCreateIndex(
    table: TableName,
    columns: unknown,
    options?: IndexOptions & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<IndexOptions>(createIndex.name, options, INDEX_KEYS);
    return this.perform(createIndex.name, table, common, (t) => {
      const host = Array.isArray(columns) ? undefined : this.session.index?.(t, columns as F['index']);
      const index =
        host === undefined
          ? readIndexRequest(columns as readonly IndexColumn[], own)
          : readIndexRequest(host.columns, { ...host, ...own });
      return child(createIndex, { table: t, index });
    });
  }

  /**
   * Drops an index, concurrently wherever the transaction allows; gone is done. Rejects with `DependencyError` when a constraint, a foreign key
   * or the index of a partitioned table rests on it. A drop that was cut off leaves an INVALID index: the next run finishes it.
   */
  async safeDropIndex(name: TableName, options?: DropIndexOptions & OperationOptions): Promise<Outcome> {
    const { common, own } = splitOptions<DropIndexOptions>(dropIndex.name, options, ['table']);
    const table = own.table === undefined ? undefined : this.name(dropIndex.name, own.table);
    return this.perform(dropIndex.name, name, common, (resolved) =>
      // Beside its table there is no need for the guard's own schema.
      child(dropIndex, table === undefined ? { name: resolved } : { name: parseName(dropIndex.name, name), table }),
    );
  }

  /** Renames an index, and the constraint that rests on it, within its schema. `from` gone and `to` there is done. */
  async safeRenameIndex(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(renameIndex.name, from, options, (resolved) =>
      child(renameIndex, { from: resolved, to: parseName(renameIndex.name, to) }),
    );
  }
}
