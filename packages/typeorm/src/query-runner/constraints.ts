/** Keys, constraints and indexes by TypeORM's names. */
import { MismatchError, type ObjectName } from '@holdfast/core';
import type { CheckLike, ColumnLike, ExclusionLike, ForeignKeyLike, IndexLike, UniqueLike } from '../host.js';
import { tablePath } from '../names.js';
import { readCheck } from '../table-check.js';
import { readExclusion, readUnique } from '../table-constraint.js';
import { readForeignKey } from '../table-foreign-key.js';
import { readIndex } from '../table-index.js';
import { asName, type Context, type TableOrName, tableOf } from './context.js';
import type { ConstraintType, FoundConstraint, FoundTable } from './read-table.js';

// ---- primary keys

export async function createPrimaryKey(
  c: Context,
  table: TableOrName,
  columns: readonly string[],
  constraintName?: string,
): Promise<void> {
  const name = tableOf(c, 'createPrimaryKey', table);
  await c.g.safeAddPrimaryKey(asName(name), columns, { name: constraintName ?? keyName(c, name, columns) });
}

export async function updatePrimaryKeys(c: Context, table: TableOrName, columns: readonly ColumnLike[]): Promise<void> {
  const name = tableOf(c, 'updatePrimaryKeys', table);
  const found = await c.find('updatePrimaryKeys', name);
  await setPrimaryKey(c, name, found, {
    columns: columns.map((column) => column.name),
    name: columns.find((column) => column.primaryKeyConstraintName)?.primaryKeyConstraintName,
  });
}

/** TypeORM takes the name from the table and not from the argument, which is for the way back. */
export async function dropPrimaryKey(c: Context, table: TableOrName, constraintName?: string): Promise<void> {
  const name = tableOf(c, 'dropPrimaryKey', table);
  const key = primaryKeyOf(await c.find('dropPrimaryKey', name));
  await c.g.safeDropConstraint(asName(name), key?.name ?? constraintName ?? keyName(c, name, ['id']));
}

/** Another primary key in the place of the one that the table has; none without columns. A name of its own is kept. */
export async function setPrimaryKey(
  c: Context,
  table: ObjectName,
  found: FoundTable | null,
  wanted: { readonly columns: readonly string[]; readonly name?: string | undefined },
): Promise<void> {
  const { columns } = wanted;
  const key = primaryKeyOf(found);
  if (key !== undefined && JSON.stringify(key.columns) === JSON.stringify(columns)) return;
  const own = (key === undefined ? undefined : ownName(c, table, key)) ?? wanted.name;
  if (key !== undefined) await c.g.safeDropConstraint(asName(table), key.name);
  if (columns.length > 0)
    await c.g.safeAddPrimaryKey(asName(table), columns, { name: own ?? keyName(c, table, columns) });
}

export function primaryKeyOf(found: FoundTable | null): FoundConstraint | undefined {
  return found?.constraints.find((constraint) => constraint.type === 'p');
}

/** The name of a primary key, unless TypeORM has derived it. */
export function ownName(c: Context, table: ObjectName, { name, columns }: FoundConstraint): string | undefined {
  return name === keyName(c, table, columns) ? undefined : name;
}

function keyName({ dataSource }: Context, table: ObjectName, columns: readonly string[]): string {
  return dataSource.namingStrategy.primaryKeyName(tablePath(table), [...columns]);
}

// ---- constraints

export async function createUniqueConstraint(c: Context, table: TableOrName, unique: UniqueLike): Promise<void> {
  await c.g.safeCreateUniqueConstraint(asName(tableOf(c, 'createUniqueConstraint', table)), unique);
}

export async function dropUniqueConstraint(c: Context, table: TableOrName, unique: UniqueLike | string): Promise<void> {
  await drop(c, table, { method: 'dropUniqueConstraint', type: 'u' }, unique, (name, given) =>
    readUnique(c.dataSource, name, given),
  );
}

export async function createCheckConstraint(c: Context, table: TableOrName, check: CheckLike): Promise<void> {
  await c.g.safeCreateCheckConstraint(asName(tableOf(c, 'createCheckConstraint', table)), check);
}

export async function dropCheckConstraint(c: Context, table: TableOrName, check: CheckLike | string): Promise<void> {
  await drop(c, table, { method: 'dropCheckConstraint', type: 'c' }, check, (name, given) =>
    readCheck(c.dataSource, name, given),
  );
}

export async function createExclusionConstraint(c: Context, table: TableOrName, each: ExclusionLike): Promise<void> {
  await c.g.safeCreateExclusionConstraint(asName(tableOf(c, 'createExclusionConstraint', table)), each);
}

export async function dropExclusionConstraint(
  c: Context,
  table: TableOrName,
  exclusion: ExclusionLike | string,
): Promise<void> {
  await drop(c, table, { method: 'dropExclusionConstraint', type: 'x' }, exclusion, (name, given) =>
    readExclusion(c.dataSource, name, given),
  );
}

export async function createForeignKey(c: Context, table: TableOrName, key: ForeignKeyLike): Promise<void> {
  await c.g.safeAddForeignKey(asName(tableOf(c, 'createForeignKey', table)), key);
}

export async function dropForeignKey(c: Context, table: TableOrName, key: ForeignKeyLike | string): Promise<void> {
  await drop(c, table, { method: 'dropForeignKey', type: 'f' }, key, (name, given) =>
    readForeignKey(c.dataSource, name, given),
  );
}

const KINDS: Readonly<Record<ConstraintType, string>> = {
  p: 'primary key',
  u: 'unique constraint',
  c: 'check constraint',
  f: 'foreign key',
  x: 'exclusion constraint',
};

/** By its name, or by that which its definition would get. TypeORM looks for it among those of its kind, so no other kind is dropped. */
async function drop<T extends { readonly name?: string | undefined }>(
  c: Context,
  table: TableOrName,
  { method, type }: { readonly method: string; readonly type: ConstraintType },
  given: T | string,
  read: (table: ObjectName, given: T) => { readonly name?: string | undefined },
): Promise<void> {
  const on = tableOf(c, method, table);
  const name = typeof given === 'string' ? given : (given.name ?? read(on, given).name ?? '');
  const found = (await c.find(method, on))?.constraints.find((constraint) => constraint.name === name);
  if (found !== undefined && found.type !== type)
    throw otherKind(method, on, name, { wanted: type, found: found.type });
  await c.g.safeDropConstraint(asName(on), name);
}

function otherKind(
  method: string,
  table: ObjectName,
  name: string,
  types: { readonly wanted: ConstraintType; readonly found: ConstraintType },
): MismatchError {
  const [expected, found] = [KINDS[types.wanted], KINDS[types.found]];
  return new MismatchError({
    operation: method,
    target: `${tablePath(table)}.${name}`,
    happened: `it is no ${expected} but a ${found}.`,
    hint: 'Correct the name, or call the method for that kind.',
    differences: [{ path: 'kind', expected, found, proved: true }],
  });
}

// ---- indexes

export async function createIndex(c: Context, table: TableOrName, index: IndexLike): Promise<void> {
  await c.g.safeCreateIndex(asName(tableOf(c, 'createIndex', table)), index);
}

export async function dropIndex(c: Context, table: TableOrName, index: IndexLike | string): Promise<void> {
  const on = tableOf(c, 'dropIndex', table);
  const name = typeof index === 'string' ? index : (index.name ?? readIndex(c.dataSource, on, index).name ?? '');
  await c.g.safeDropIndex({ name }, { table: asName(on) });
}
