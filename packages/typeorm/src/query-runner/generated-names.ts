/**
 * The names that TypeORM derives from those of tables and columns. When these are renamed, it renames what carries a derived name, and so
 * does the guard: an object with a name of its own keeps it.
 */
import { type ObjectName, tokenize } from '@holdfast/core';
import { tablePath } from '../names.js';
import { renameSequence } from '../rename-sequence.js';
import { asName, type Context } from './context.js';
import type { FoundColumn, FoundConstraint, FoundIndex, FoundTable } from './read-table.js';

/** A table under a name, with columns under theirs: before a rename, or after it. */
interface Naming {
  readonly table: ObjectName;
  column(name: string): string;
}

/** `<table>_<column>_enum`, as TypeORM builds it. */
export function enumName(
  table: ObjectName,
  column: { readonly name: string; readonly enumName?: string | undefined },
): string {
  return column.enumName ?? `${table.name}_${column.name.toLowerCase()}_enum`;
}

/** `<table>_<column>_seq`, shortened as TypeORM does it. */
export function sequenceName({ name: table }: ObjectName, column: string): string {
  const full = `${table}_${column}_seq`;
  return full.length > 63 ? `${table.slice(0, 29)}_${column.slice(0, Math.max(29, 63 - table.length - 5))}_seq` : full;
}

/** Null for checks and exclusions: their names hang on the expression, and TypeORM leaves them alone. */
function constraintName(
  { dataSource }: Context,
  { table, column }: Naming,
  constraint: FoundConstraint,
): string | null {
  const strategy = dataSource.namingStrategy;
  const path = tablePath(table);
  const columns = constraint.columns.map(column);
  if (constraint.type === 'p') return strategy.primaryKeyName(path, columns);
  if (constraint.type === 'u') return strategy.uniqueConstraintName(path, columns);
  if (constraint.type !== 'f' || constraint.references === null) return null;
  return strategy.foreignKeyName(path, columns, tablePath(constraint.references), [...constraint.referencedColumns]);
}

/** Renames whatever of the table carries a name derived from `before`. A second run finds what the first has left. */
export async function followRename(
  c: Context,
  found: FoundTable,
  {
    before,
    after,
    columns,
  }: { readonly before: Naming; readonly after: Naming; readonly columns: readonly FoundColumn[] },
): Promise<void> {
  const here = { schema: found.schema, name: found.name };
  for (const constraint of found.constraints) {
    const to = constraintName(c, after, constraint);
    if (to !== null && to !== constraint.name && constraint.name === constraintName(c, before, constraint))
      await c.g.safeRenameConstraint(asName(here), constraint.name, to);
  }
  for (const index of found.indexes) {
    const to = indexName(c, after, index);
    if (to !== index.name && index.name === indexName(c, before, index))
      await c.g.safeRenameIndex({ schema: found.schema, name: index.name }, { name: to });
  }
  for (const column of columns) await followColumn(c, column, before, after);
}

/** Renames the column, and what carries a name derived from it. */
export async function giveName(c: Context, table: ObjectName, from: string, to: string): Promise<void> {
  const found = await c.find('renameColumn', table);
  await c.g.safeRenameColumn(asName(table), from, to);
  if (found === null) return;
  const is = (name: string): boolean => name === from || name === to;
  // TypeORM has read the predicate before the rename. The second time it names the column anew: then that is taken back.
  const renamed = !found.columns.some(({ name }) => name === from);
  const old = (where: string | null): string | null => (renamed ? replaceName(where, to, from) : where);
  const touched = {
    ...found,
    constraints: found.constraints.filter(({ columns }) => columns.some(is)),
    indexes: found.indexes
      .filter(({ columns }) => columns.some(is))
      .map((index) => ({ ...index, where: old(index.where) })),
  };
  await followRename(c, touched, {
    before: { table, column: (name) => (is(name) ? from : name) },
    after: { table, column: (name) => (is(name) ? to : name) },
    columns: found.columns.filter(({ name }) => is(name)),
  });
}

/** In SQL as the server prints it. A derived name is a hash, so that a wrong guess is no name of anything. */
function replaceName(text: string | null, from: string, to: string): string | null {
  if (text === null) return null;
  const tokens = tokenize(text) ?? [];
  return tokens
    .filter(({ kind, value }) => (kind === 'word' || kind === 'ident') && value === from)
    .reduceRight((left, { start, end }) => left.slice(0, start) + to + left.slice(end), text);
}

/** The sequence and the enum type of a column. */
async function followColumn(c: Context, found: FoundColumn, before: Naming, after: Naming): Promise<void> {
  const { sequence, enum: type, name } = found;
  const to = sequenceName(after.table, after.column(name));
  if (sequence !== null && sequence.name !== to && sequence.name === sequenceName(before.table, before.column(name)))
    await c.perform(renameSequence(sequence, to));
  const typeTo = enumName(after.table, { name: after.column(name) });
  if (type !== null && type.name !== typeTo && type.name === enumName(before.table, { name: before.column(name) }))
    await c.g.safeRenameEnum(asName(type), asName({ schema: type.schema, name: typeTo }));
}

function indexName({ dataSource }: Context, { table, column }: Naming, { columns, where }: FoundIndex): string {
  return dataSource.namingStrategy.indexName(tablePath(table), columns.map(column), where ?? undefined);
}
