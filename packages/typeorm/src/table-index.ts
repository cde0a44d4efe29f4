/** TypeORM's `TableIndex` as the engine's request. */
import { type IndexRequest, InvalidArgumentError, type ObjectName, UnsupportedError } from '@holdfast/core';
import type { DataSourceLike, IndexLike } from './host.js';
import { tablePath } from './names.js';
import { isA } from './recognise.js';

/**
 * `isConcurrent` says nothing new: the index is built concurrently wherever the transaction allows. Throws `UnsupportedError` for kinds
 * of index that PostgreSQL does not have; TypeORM would make a plain one of them.
 */
export function readIndex({ namingStrategy }: DataSourceLike, table: ObjectName, index: IndexLike): IndexRequest {
  const operation = 'safeCreateIndex';
  const target = tablePath(table);
  if (!isA('TableIndex', index)) {
    throw new InvalidArgumentError({
      operation,
      target,
      happened: 'this is neither a TableIndex nor a list of columns.',
      hint: "Write new TableIndex({ columnNames: ['email'] }) or ['email'].",
    });
  }
  const foreign = (['isFulltext', 'isNullFiltered', 'parser'] as const).filter((key) => Boolean(index[key]));
  if (foreign.length > 0) {
    throw new UnsupportedError({
      operation,
      target,
      happened: `${foreign.join(', ')}: PostgreSQL has no such index.`,
      hint: "For full text search write [{ expression: \"to_tsvector('english', body)\" }] with { method: 'gin' }.",
    });
  }
  const { columnNames, where } = index;
  const method = index.isSpatial ? 'gist' : index.type?.toLowerCase();
  return {
    columns: [...columnNames],
    name: index.name ?? namingStrategy.indexName(target, [...columnNames], where),
    ...(index.isUnique ? { unique: true } : {}),
    ...(where ? { where } : {}),
    ...(method === undefined ? {} : { method }),
  };
}
