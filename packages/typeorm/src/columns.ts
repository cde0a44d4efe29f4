/** TypeORM's `TableColumn`, compiled by TypeORM itself. */
import {
  type ColumnDefinition,
  type CompiledColumn,
  InvalidArgumentError,
  type ObjectName,
  parseColumnDefinition,
  UnsupportedError,
} from '@holdfast/core';
import { Table } from 'typeorm';
import type { ColumnLike, DataSourceLike, QueryRunnerLike } from './host.js';
import { keepNote } from './keep-note.js';
import { tablePath } from './names.js';
import { isA } from './recognise.js';

/** Sends nothing. Throws `InvalidArgumentError` for what is no `TableColumn` and for primary keys. */
export async function compileColumns(
  dataSource: DataSourceLike,
  operation: string,
  table: ObjectName,
  definition: ColumnLike | readonly ColumnLike[],
): Promise<readonly CompiledColumn[]> {
  const columns = (Array.isArray(definition) ? definition : [definition]) as readonly ColumnLike[];
  for (const column of columns) check(operation, table, column);
  return Promise.all(columns.map((column) => compile(dataSource, operation, table, column)));
}

async function compile(
  dataSource: DataSourceLike,
  operation: string,
  table: ObjectName,
  column: ColumnLike,
): Promise<CompiledColumn> {
  const { name } = column;
  const path = tablePath(table);
  const text = await definitionText(dataSource, path, column);
  if (text === null) throw unreadable(operation, `${path}.${name}`);
  const { column: parsed, constraints } = parseColumnDefinition(operation, `${path}.${name}`, text);
  return {
    name,
    definition: parsed,
    constraints,
    ...carriedBy(dataSource, table, column, parsed),
    ...(column.isUnique
      ? { uniques: [{ columns: [name], name: dataSource.namingStrategy.uniqueConstraintName(path, [name]) }] }
      : {}),
  };
}

/** What a column brings along that does not stand in its SQL. */
export function carriedBy(
  dataSource: DataSourceLike,
  table: ObjectName,
  column: ColumnLike,
  { type }: ColumnDefinition,
): Pick<CompiledColumn, 'comment' | 'enumType' | 'also'> {
  const { name, comment, asExpression } = column;
  const labels = isEnum(column) ? column.enum : undefined;
  return {
    ...(comment ? { comment } : {}),
    // The type by the name that TypeORM has given it in the definition.
    ...(labels === undefined
      ? {}
      : { enumType: { type: { schema: type.schema, name: type.name }, values: [...labels] } }),
    ...(asExpression ? { also: [keepNote(dataSource, { table, column: name }, asExpression)] } : {}),
  };
}

/** What TypeORM writes behind `ADD "column"`; null if it writes something else. */
async function definitionText(dataSource: DataSourceLike, path: string, column: ColumnLike): Promise<string | null> {
  const [first] = await record(dataSource, (scratch) => scratch.addColumn(new Table({ name: path }), column.clone()));
  const start = ` ADD "${column.name}" `;
  const at = first?.indexOf(start) ?? -1;
  return first === undefined || at < 0 ? null : first.slice(at + start.length);
}

/** The statements of `build`, on a runner that records instead of running. */
export async function record(
  dataSource: DataSourceLike,
  build: (scratch: QueryRunnerLike) => Promise<void>,
): Promise<readonly string[]> {
  const scratch = dataSource.createQueryRunner();
  // Asked before recording: whether the enum type exists (an own operation makes it), and the current schema. Any row is a yes.
  Object.assign(scratch, { query: () => Promise.resolve([{ current_schema: '' }]) });
  scratch.enableSqlMemory();
  await build(scratch);
  return scratch.getMemorySql().upQueries.map(({ query }) => query);
}

function check(operation: string, table: ObjectName, column: ColumnLike): void {
  requireColumn(operation, table, column);
  if (!column.isPrimary) return;
  throw new InvalidArgumentError({
    operation,
    target: `${tablePath(table)}.${column.name}`,
    happened: 'a primary key cannot be added along with a column: TypeORM would drop the one that the table has.',
    hint: 'Add the column without isPrimary.',
  });
}

/** Throws `InvalidArgumentError` for what is no `TableColumn`, and for what TypeORM would write otherwise than it says. */
export function requireColumn(operation: string, table: ObjectName, column: ColumnLike): void {
  const wrong = (happened: string, hint: string): InvalidArgumentError =>
    new InvalidArgumentError({ operation, target: `${tablePath(table)}.${String(column?.name)}`, happened, hint });
  if (!isA('TableColumn', column))
    throw wrong(
      'this is not a TableColumn.',
      `Write ${operation}(table, new TableColumn({ name: 'email', type: 'varchar' })).`,
    );
  if (column.asExpression && column.generatedType !== 'STORED')
    throw wrong(
      'asExpression without generatedType STORED: TypeORM would silently make a plain column on PostgreSQL.',
      "Set generatedType: 'STORED'.",
    );
  if (column.enumName?.includes('.'))
    throw wrong(
      `enumName ${column.enumName} contains a dot, which TypeORM cannot quote.`,
      "Leave the schema out: the type is looked for in the table's own.",
    );
}

export function isEnum(column: ColumnLike): boolean {
  return column.type === 'enum' || column.type === 'simple-enum';
}

function unreadable(operation: string, target: string): UnsupportedError {
  return new UnsupportedError({
    operation,
    target,
    happened: 'this version of TypeORM writes ADD COLUMN in a way that Holdfast does not know.',
    hint: `Write the column as SQL: ${operation}(table, 'email', 'varchar(100) NOT NULL').`,
  });
}
