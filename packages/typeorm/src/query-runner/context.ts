/** What the methods of the guarded runner work with. */
import type { Child, Guard, ObjectName, TableName } from '@holdfast/core';
import type { DataSourceLike, TableLike, TypeormForms, ViewLike } from '../host.js';
import { splitPath } from '../names.js';
import { isA } from '../recognise.js';
import { tableNameOf } from '../table.js';
import type { FoundTable } from './read-table.js';

export interface Context {
  readonly g: Guard<TypeormForms>;
  readonly dataSource: DataSourceLike;
  /** Plan mode: what one operation plans is not there for the next look. */
  readonly planning: boolean;
  /** A name with the guard's own default schema. */
  name(operation: string, name: TableName): ObjectName;
  /** The table in the catalog; null when there is none. */
  find(operation: string, table: ObjectName): Promise<FoundTable | null>;
  /** An enum of that name is there, and nothing has it. */
  isUnusedEnum(type: ObjectName): Promise<boolean>;
  /** Runs an operation that only TypeORM needs. */
  perform(child: Child): Promise<unknown>;
  /** The same guard in plan mode, with a report of its own: what would the operation say? */
  rehearse(): Guard<TypeormForms>;
  /** The stock method of the same runner. */
  stock(method: string, args: readonly unknown[]): Promise<void>;
}

export type TableOrName = TableLike | string;
export type ViewOrName = ViewLike | string;

/** The name of what a method was given: TypeORM's object or a path. */
export function tableOf(c: Context, operation: string, table: TableOrName): ObjectName {
  return c.name(operation, typeof table === 'string' ? table : (tableNameOf(table) ?? (table as never)));
}

export function viewOf(c: Context, operation: string, view: ViewOrName): ObjectName {
  if (typeof view === 'string') return c.name(operation, view);
  if (!isA('View', view)) return c.name(operation, view as never);
  const { schema, name } = splitPath(view.name);
  const found = view.schema ?? schema;
  return c.name(operation, found === undefined ? { name } : { schema: found, name });
}

/** For the guard's methods, which would take a dot in a string for the end of a schema. */
export function asName({ schema, name }: ObjectName): TableName {
  return schema === undefined ? { name } : { schema, name };
}
