/** The methods for tables. */
import { oneOf, requireText, splitOptions, wrong } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { type ObjectName, parseName, printName, type TableName } from '../names.js';
import { contractTableRename } from '../operations/contract-table-rename.js';
import { type CreateTableOptions, createTable } from '../operations/create-table.js';
import { type DropTableOptions, dropTable } from '../operations/drop-table.js';
import { expandTableRename } from '../operations/expand-table-rename.js';
import { renameTable } from '../operations/rename-table.js';
import { tableParts } from '../operations/table-parts.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { truncateName } from '../sql.js';
import { parseTableDefinition } from '../table-definition.js';
import { Methods } from './methods.js';

export abstract class TableMethods<F extends HostForms> extends Methods<F> {
  /**
   * Makes a table with its columns, keys, constraints, indexes and comments in one step. A table that is there is compared part by part.
   * `definition`: the host's own form, or what stands between the parentheses of CREATE TABLE. See docs/operations/create-table.md.
   */
  safeCreateTable(
    table: TableName,
    definition: F['table'] | string,
    options?: CreateTableOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with a definition that carries the table's name. */
  safeCreateTable(definition: F['namedTable'], options?: CreateTableOptions & OperationOptions): Promise<Outcome>;
  async safeCreateTable(first: unknown, second?: unknown, third?: unknown): Promise<Outcome> {
    const operation = createTable.name;
    const carried = this.session.tableNameOf?.(first);
    const [definition, options] = carried === undefined ? [second, third] : [first, second];
    const { common, own } = splitOptions<CreateTableOptions>(
      operation,
      options as (CreateTableOptions & OperationOptions) | undefined,
      ['complete'],
    );
    oneOf(operation, 'complete', own.complete, [true, false]);
    const table = this.name(operation, carried ?? (first as TableName));
    if (definition === undefined) throw wrong(operation, table.name, 'the definition of the table is missing');
    if (typeof definition === 'string') requireText(operation, 'definition', definition);
    const compiled =
      typeof definition === 'string'
        ? parseTableDefinition(operation, table, definition)
        : await this.session.table(operation, table, definition as F['table']);
    const parts = tableParts(operation, table, compiled);
    return this.run.perform(child(createTable, { table, parts, complete: own.complete ?? false }), common);
  }
  /** Drops a table after naming what depends on it. A table with rows is refused, unless `allowRows` lets them go with it. */
  async safeDropTable(table: TableName, options?: DropTableOptions & OperationOptions): Promise<Outcome> {
    const { common, own } = splitOptions<DropTableOptions>(dropTable.name, options, ['allowRows']);
    return this.perform(dropTable.name, table, common, (t) => {
      const allowRows = oneOf(dropTable.name, 'allowRows', own.allowRows, [true, false]) ?? false;
      return child(dropTable, { table: t, allowRows });
    });
  }
  /**
   * Renames a table within its schema. Whatever still asks for the old name fails from then on; `safeExpandTableRename` keeps both names
   * in use.
   */
  async safeRenameTable(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(renameTable.name, from, options, (t) =>
      child(renameTable, { from: t, to: newName(renameTable.name, t, to) }),
    );
  }
  /**
   * Renames a table and makes a view of all its columns under the old name, in one transaction: old and new versions of an application
   * read and write side by side. With the names changed round it is its own reverse; `safeContractTableRename` drops the view at the end.
   * What does not work through a view (COPY FROM, TRUNCATE, a GROUP BY that leans on the primary key): docs/operations/expand-table-rename.md.
   */
  async safeExpandTableRename(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(expandTableRename.name, from, options, (t) =>
      child(expandTableRename, { from: t, to: newName(expandTableRename.name, t, to) }),
    );
  }
  /**
   * Drops the view that `safeExpandTableRename(from, to)` has left under the name `from`, once no running application asks for it; any
   * other view, and a table, are left alone. The reverse is `safeExpandTableRename(from, to)`.
   */
  async safeContractTableRename(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(contractTableRename.name, from, options, (t) =>
      child(contractTableRename, { from: t, to: newName(contractTableRename.name, t, to) }),
    );
  }
}

/** The new name, in the schema of the old one. */
function newName(operation: string, from: ObjectName, to: TableName): ObjectName {
  const { schema, name } = parseName(operation, to);
  if (schema !== undefined && schema !== from.schema)
    throw wrong(
      operation,
      printName({ schema, name }),
      'a table is renamed within its schema: leave the schema out of the new name',
    );
  if (truncateName(name) === truncateName(from.name)) throw wrong(operation, name, 'it is the name that the table has');
  return { schema: from.schema, name };
}
