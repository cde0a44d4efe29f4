/** The methods for tables. */
import { oneOf, splitOptions, wrong } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { type ObjectName, parseName, printName, type TableName } from '../names.js';
import { type DropTableOptions, dropTable } from '../operations/drop-table.js';
import { renameTable } from '../operations/rename-table.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { truncateName } from '../sql.js';
import { Methods } from './methods.js';

export abstract class TableMethods<F extends HostForms> extends Methods<F> {
  /** Drops a table after naming what depends on it. A table with rows is refused, unless `allowRows` lets them go with it. */
  async safeDropTable(table: TableName, options?: DropTableOptions & OperationOptions): Promise<Outcome> {
    const { common, own } = splitOptions<DropTableOptions>(dropTable.name, options, ['allowRows']);
    return this.perform(dropTable.name, table, common, (t) => {
      const allowRows = oneOf(dropTable.name, 'allowRows', own.allowRows, [true, false]) ?? false;
      return child(dropTable, { table: t, allowRows });
    });
  }
  /** Renames a table within its schema. Whatever still asks for the old name fails from then on: see docs/operations/rename-table.md. */
  async safeRenameTable(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(renameTable.name, from, options, (t) =>
      child(renameTable, { from: t, to: newName(renameTable.name, t, to) }),
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
