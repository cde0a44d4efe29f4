/** Columns by TypeORM's names; changeColumn has a file of its own. */
import { DependencyError, type ObjectName } from '@holdfast/core';
import type { ColumnLike } from '../host.js';
import { keepNote } from '../keep-note.js';
import { isA } from '../recognise.js';
import { changeColumn } from './change-column.js';
import { createIndex, ownName, primaryKeyOf, setPrimaryKey } from './constraints.js';
import { asName, type Context, type TableOrName, tableOf } from './context.js';
import { enumName, giveName } from './generated-names.js';
import type { FoundColumn, FoundTable } from './read-table.js';

export async function addColumn(c: Context, table: TableOrName, column: ColumnLike): Promise<void> {
  const name = tableOf(c, 'addColumn', table);
  // The guard adds no key along with a column, which would have to drop the one that is there: it is a step of its own.
  const plain = column.isPrimary ? Object.assign(column.clone(), { isPrimary: false }) : column;
  await c.g.safeAddColumn(asName(name), plain);
  if (column.isPrimary) {
    const found = await c.find('addColumn', name);
    const columns = primaryKeyOf(found)?.columns ?? [];
    if (!columns.includes(column.name))
      await setPrimaryKey(c, name, found, {
        columns: [...columns, column.name],
        name: column.primaryKeyConstraintName,
      });
  }
  // An index that the Table object describes for the new column comes with it.
  const indices = typeof table === 'string' ? [] : table.indices;
  const own = indices.find(({ columnNames: [first, ...more] }) => first === column.name && more.length === 0);
  if (own !== undefined) await createIndex(c, table, own);
}

export async function renameColumn(
  c: Context,
  table: TableOrName,
  from: ColumnLike | string,
  to: ColumnLike | string,
): Promise<void> {
  if (typeof to !== 'string') return changeColumn(c, table, from, to);
  const old = typeof from === 'string' ? from : from.name;
  await giveName(c, tableOf(c, 'renameColumn', table), old, to);
}

export async function dropColumn(c: Context, table: TableOrName, column: ColumnLike | string): Promise<void> {
  const name = tableOf(c, 'dropColumn', table);
  const known = isA('TableColumn', column) ? (column as ColumnLike) : undefined;
  const dropped = known?.name ?? (column as string);
  const found = await c.find('dropColumn', name);
  const own = found?.columns.find((each) => each.name === dropped);
  if (found === null || own === undefined) {
    await c.g.safeDropColumn(asName(name), dropped);
  } else await dropWithKey(c, name, found, own);
  await dropEnum(c, { ...name, schema: found?.schema ?? name.schema }, own ?? null, known ?? { name: dropped });
  if ((own?.generated ?? known?.asExpression ?? null) !== null)
    await c.perform(keepNote(c.dataSource, { table: name, column: dropped }, null));
}

/** The primary key goes with its column, as TypeORM lets it, if nothing else would; what is left of it is made again. */
async function dropWithKey(c: Context, table: ObjectName, found: FoundTable, { name }: FoundColumn): Promise<void> {
  const key = primaryKeyOf(found);
  const lost = key?.columns.includes(name) ? await lostWith(c, table, name) : [];
  const keyAlone = lost.length === 1 && lost[0]?.startsWith(`primary key ${key?.name} on `);
  await c.g.safeDropColumn(
    asName(table),
    name,
    keyAlone ? { allow: "TypeORM's dropColumn drops the primary key of its column along" } : {},
  );
  if (key === undefined || !keyAlone) return;
  const columns = key.columns.filter((each) => each !== name);
  if (columns.length > 0) await setPrimaryKey(c, table, null, { columns, name: ownName(c, table, key) });
}

/** What safeDropColumn would refuse to take along. */
async function lostWith(c: Context, table: ObjectName, column: string): Promise<readonly string[]> {
  try {
    await c.rehearse().safeDropColumn(asName(table), column);
    return [];
  } catch (error) {
    if (error instanceof DependencyError) return error.dependents;
    throw error;
  }
}

/** The type of an enum column goes with it, unless something else uses it. Of a column that is gone, that of the derived name. */
async function dropEnum(
  c: Context,
  table: ObjectName,
  own: FoundColumn | null,
  known: { readonly name: string },
): Promise<void> {
  // What a plan drops is still there, and with it the use of the type.
  if (c.planning) return;
  if (own === null) {
    const type = { schema: table.schema, name: enumName(table, known) };
    if (await c.isUnusedEnum(type)) await c.g.safeDropEnum(asName(type));
    return;
  }
  if (own.enum !== null && !own.enum.shared) await c.g.safeDropEnum(asName(own.enum));
}
