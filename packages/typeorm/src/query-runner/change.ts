/** One call of changeColumn: what is there, and what differs between the two definitions. */
import type { ObjectName } from '@holdfast/core';
import type { ColumnLike } from '../host.js';
import type { Context } from './context.js';
import type { FoundColumn, FoundTable } from './read-table.js';

export interface Change {
  readonly c: Context;
  readonly table: ObjectName;
  readonly found: FoundTable;
  /** The column under the name that it has now. */
  readonly column: FoundColumn;
  /** Undefined: the whole new definition is meant. */
  readonly old: ColumnLike | undefined;
  readonly next: ColumnLike;
  /** Another enum type takes the place of the one that the column has. */
  readonly moves: boolean;
}

/** Has TypeORM's call to change it? */
export function saysOther(
  { old, next }: Pick<Change, 'old' | 'next'>,
  ...keys: readonly (keyof ColumnLike)[]
): boolean {
  return old === undefined || keys.some((key) => old[key] !== next[key]);
}
