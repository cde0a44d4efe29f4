/** Names of tables as TypeORM writes them. */
import type { ObjectName } from '@holdfast/core';

/** `app.users`: what naming strategies and `new Table({ name })` take. */
export function tablePath(table: ObjectName): string {
  return table.schema === undefined ? table.name : `${table.schema}.${table.name}`;
}

/** `app.users` → schema and name, at the first dot as TypeORM does. */
export function splitPath(path: string): ObjectName {
  const dot = path.indexOf('.');
  return dot < 0 ? { schema: undefined, name: path } : { schema: path.slice(0, dot), name: path.slice(dot + 1) };
}
