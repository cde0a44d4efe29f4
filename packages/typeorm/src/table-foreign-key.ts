/** TypeORM's `TableForeignKey` as the engine's request. */
import { type ForeignKeyRequest, InvalidArgumentError, type ObjectName, type ReferentialAction } from '@holdfast/core';
import { readDeferrable } from './deferrable.js';
import type { DataSourceLike, ForeignKeyLike } from './host.js';
import { splitPath, tablePath } from './names.js';
import { isA } from './recognise.js';

export function readForeignKey(
  { namingStrategy }: DataSourceLike,
  table: ObjectName,
  key: ForeignKeyLike,
): ForeignKeyRequest {
  const operation = 'safeAddForeignKey';
  const target = tablePath(table);
  if (!isA('TableForeignKey', key)) {
    throw new InvalidArgumentError({
      operation,
      target,
      happened: 'this is neither a TableForeignKey nor a list of columns.',
      hint: "Write new TableForeignKey({ columnNames: ['org_id'], referencedTableName: 'orgs', referencedColumnNames: ['id'] }).",
    });
  }
  const [columns, referenced] = [[...key.columnNames], [...key.referencedColumnNames]];
  const named = splitPath(key.referencedTableName);
  const to = { schema: key.referencedSchema ?? named.schema, name: named.name };
  return {
    columns,
    references: { table: to, columns: referenced },
    name: key.name ?? namingStrategy.foreignKeyName(target, columns, tablePath(to), referenced),
    ...action('onDelete', key.onDelete),
    ...action('onUpdate', key.onUpdate),
    ...readDeferrable(operation, target, key.deferrable),
  };
}

/** The engine refuses words that are no action. */
function action<K extends string>(when: K, written: string | undefined): { readonly [P in K]?: ReferentialAction } {
  return (written ? { [when]: written.toLowerCase() } : {}) as { readonly [P in K]?: ReferentialAction };
}
