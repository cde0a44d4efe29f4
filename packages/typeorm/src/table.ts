/** TypeORM's `Table`, compiled by TypeORM itself. */
import {
  type CompiledTable,
  InvalidArgumentError,
  type ObjectName,
  parseTableDefinition,
  SqlReader,
  type TableName,
  UnsupportedError,
} from '@holdfast/core';
import { carriedBy, record, requireColumn } from './columns.js';
import type { DataSourceLike, TableLike } from './host.js';
import { splitPath, tablePath } from './names.js';
import { isA } from './recognise.js';
import { readIndex } from './table-index.js';

/** The name that a `Table` carries. */
export function tableNameOf(definition: unknown): TableName | undefined {
  if (!isA('Table', definition)) return undefined;
  const { name, schema } = definition as TableLike;
  const path = splitPath(name);
  const found = schema ?? path.schema;
  return found === undefined ? path.name : { schema: found, name: path.name };
}

/** Sends nothing. Throws `InvalidArgumentError` for what is no `Table`, or one of another name. */
export async function compileTable(
  dataSource: DataSourceLike,
  operation: string,
  name: ObjectName,
  table: TableLike,
): Promise<CompiledTable> {
  requireTable(operation, name, table);
  for (const column of table.columns) requireColumn(operation, name, column);
  const body = await definitionText(dataSource, operation, name, table);
  const { columns, ...compiled } = parseTableDefinition(operation, name, body);
  const written = new Map(table.columns.map((column) => [column.name, column]));
  return {
    ...compiled,
    columns: columns.map((each) => {
      const column = written.get(each.name);
      return column === undefined ? each : { ...each, ...carriedBy(dataSource, name, column, each.definition) };
    }),
    indexes: table.indices.map((index) => readIndex(dataSource, name, index)),
    ...(table.comment ? { comment: table.comment } : {}),
  };
}

/** What TypeORM writes between the parentheses of CREATE TABLE. Behind them follow comments of columns. */
async function definitionText(
  dataSource: DataSourceLike,
  operation: string,
  name: ObjectName,
  table: TableLike,
): Promise<string> {
  // TypeORM writes into the table that it makes.
  const copy = Object.assign(table.clone(), { name: tablePath(name) });
  const queries = await record(dataSource, (scratch) => scratch.createTable(copy, false, true, false));
  const unreadable = (): UnsupportedError =>
    new UnsupportedError({
      operation,
      target: tablePath(name),
      happened: 'this version of TypeORM writes CREATE TABLE in a way that Holdfast does not know.',
      hint: `Write the table as SQL: ${operation}(table, 'id bigint PRIMARY KEY, email text NOT NULL').`,
    });
  const create = queries.find((query) => query.startsWith('CREATE TABLE '));
  if (create === undefined) throw unreadable();
  const sql = new SqlReader(create, unreadable);
  sql.expect('create', 'table');
  sql.dotted();
  const body = sql.group();
  if (!sql.comes(';')) sql.end();
  return body;
}

function requireTable(operation: string, name: ObjectName, table: TableLike): void {
  const wrong = (happened: string, hint: string): InvalidArgumentError =>
    new InvalidArgumentError({ operation, target: tablePath(name), happened, hint });
  if (!isA('Table', table))
    throw wrong(
      'this is not a Table.',
      `Write ${operation}(new Table({ name: 'users', columns: [{ name: 'id', type: 'bigint', isPrimary: true }] })).`,
    );
  const path = splitPath(table.name);
  const schema = table.schema ?? path.schema;
  if (path.name !== name.name || (schema !== undefined && schema !== name.schema))
    throw wrong(
      `the Table is called ${table.name}, and not ${tablePath(name)}.`,
      `Pass it alone: ${operation}(new Table({ name: '${tablePath(name)}', … })).`,
    );
}
