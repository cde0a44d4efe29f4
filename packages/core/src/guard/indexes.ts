/** The methods for indexes. */
import { INDEX_KEYS, readIndexRequest, splitOptions } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import type { TableName } from '../names.js';
import { createIndex, type IndexColumn, type IndexOptions } from '../operations/create-index.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { ColumnMethods } from './columns.js';

export abstract class IndexMethods<F extends HostForms> extends ColumnMethods<F> {
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
}
