/** The methods for columns. */
import { readExpression, requireExpression, requireText, requireValue, splitOptions, wrong } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { type ObjectName, printName, requireName, requireNames, type TableName } from '../names.js';
import { type AddColumnArguments, addColumn } from '../operations/add-column.js';
import { addColumns } from '../operations/add-columns.js';
import { changeColumn } from '../operations/change-column.js';
import { columnChildren } from '../operations/column-children.js';
import { dropColumn } from '../operations/drop-column.js';
import { dropDefault } from '../operations/drop-default.js';
import { dropNotNull } from '../operations/drop-not-null.js';
import { renameColumn } from '../operations/rename-column.js';
import { setComment } from '../operations/set-comment.js';
import { setDefault } from '../operations/set-default.js';
import { setNotNull } from '../operations/set-not-null.js';
import type { Outcome } from '../outcome.js';
import type { CompiledColumn, HostForms } from '../session.js';
import { columnOfText } from '../session-pg.js';
import { type SqlFragment, truncateName } from '../sql.js';
import { TableMethods } from './tables.js';

export abstract class ColumnMethods<F extends HostForms> extends TableMethods<F> {
  /** Adds a column and what its definition carries: enum type, index, unique, foreign key, check, comment. See docs/operations/add-column.md. */
  safeAddColumn(table: TableName, column: string, definition: string, options?: OperationOptions): Promise<Outcome>;
  /** The same with the host's own form, which may hold several columns. */
  safeAddColumn(table: TableName, definition: F['column'], options?: OperationOptions): Promise<Outcome>;
  async safeAddColumn(
    table: TableName,
    definition: unknown,
    third?: unknown,
    fourth?: OperationOptions,
  ): Promise<Outcome> {
    const operation = addColumn.name;
    const name = this.name(operation, table);
    const asText = typeof definition === 'string';
    const { common } = splitOptions(operation, (asText ? fourth : third) as OperationOptions | undefined, []);
    if (asText) {
      requireName(operation, 'column', definition);
      requireText(operation, 'definition', third);
    }
    const compiled = asText
      ? [columnOfText(operation, definition, third as string)]
      : await this.session.columns(operation, name, definition as F['column']);
    const columns = compiled.map((each) => columnArguments(name, each));
    const [first, ...more] = columns;
    if (first === undefined) throw wrong(operation, printName(name), 'the definition holds no column');
    if (more.length === 0) return this.run.perform(child(addColumn, first), common);
    requireNames(
      operation,
      'columns',
      columns.map((each) => truncateName(each.column)),
    );
    return this.run.perform(child(addColumns, { table: name, columns }), common);
  }
  /**
   * Brings a column to a definition, in place: type, default, nullability, identity mode, collation. Only what differs is altered, in one
   * statement. `using`: SQL expression for the new values, where no cast keeps every one by itself.
   */
  async safeChangeColumn(
    table: TableName,
    column: string,
    definition: string | F['column'],
    options?: { readonly using?: string } & OperationOptions,
  ): Promise<Outcome> {
    const operation = changeColumn.name;
    const { common, own } = splitOptions<{ readonly using?: string }>(operation, options, ['using']);
    const name = this.name(operation, table);
    requireName(operation, 'column', column);
    if (own.using !== undefined) requireExpression(operation, 'using', own.using);
    if (typeof definition === 'string') requireText(operation, 'definition', definition);
    const [compiled, ...more] =
      typeof definition === 'string'
        ? [columnOfText(operation, column, definition)]
        : await this.session.columns(operation, name, definition);
    if (compiled === undefined || more.length > 0)
      throw wrong(operation, column, 'the definition must hold this one column');
    if (truncateName(compiled.name) !== truncateName(column))
      throw wrong(
        operation,
        column,
        `the definition is that of ${compiled.name}; safeRenameColumn gives a column another name`,
      );
    return this.run.perform(
      child(changeColumn, {
        table: name,
        column,
        definition: compiled.definition,
        using: own.using,
        labels: compiled.enumType?.values,
        ...columnChildren(name, compiled),
      }),
      common,
    );
  }
  /** Drops a column after naming what depends on it. */
  async safeDropColumn(table: TableName, column: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropColumn.name, table, options, (t) => {
      requireName(dropColumn.name, 'column', column);
      return child(dropColumn, { table: t, column });
    });
  }
  /** Makes a column NOT NULL without a scan under a strong lock. `backfill`: value, or expression, for the rows that hold NULL. */
  async safeSetNotNull(
    table: TableName,
    column: string,
    options?: { readonly backfill?: unknown } & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<{ readonly backfill?: unknown }>(setNotNull.name, options, ['backfill']);
    return this.perform(setNotNull.name, table, common, (t) => {
      requireName(setNotNull.name, 'column', column);
      if (own.backfill === undefined) return child(setNotNull, { table: t, column });
      const value = this.expression(own.backfill);
      requireValue(setNotNull.name, column, value);
      return child(setNotNull, { table: t, column, backfill: { value } });
    });
  }
  /** Sets or, with null, removes the comment of a column or, without `column`, of the table. */
  async safeSetComment(
    table: TableName,
    column: string | undefined,
    text: string | null,
    options?: OperationOptions,
  ): Promise<Outcome> {
    return this.perform(setComment.name, table, options, (t) => {
      if (column !== undefined) requireName(setComment.name, 'column', column);
      if (text !== null && (typeof text !== 'string' || text.includes('\0')))
        throw wrong(setComment.name, 'text', 'must be a string without NUL, or null to remove the comment');
      return child(setComment, { table: t, column, text });
    });
  }

  /** Renames a column. Whatever still asks for the old name fails from then on: see docs/operations/rename-column.md for another way. */
  async safeRenameColumn(table: TableName, from: string, to: string, options?: OperationOptions): Promise<Outcome> {
    const operation = renameColumn.name;
    return this.perform(operation, table, options, (t) => {
      requireName(operation, 'from', from);
      requireName(operation, 'to', to);
      if (truncateName(from) === truncateName(to)) throw wrong(operation, to, 'it is the name that the column has');
      return child(renameColumn, { table: t, from, to });
    });
  }
  /** Lets a column hold NULL. */
  async safeDropNotNull(table: TableName, column: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropNotNull.name, table, options, (t) => {
      requireName(dropNotNull.name, 'column', column);
      return child(dropNotNull, { table: t, column });
    });
  }
  /** Sets the default for new rows: SQL text or a fragment of the `sql` tag. `'now()'` calls a function, `"'new'"` is the text new. */
  async safeSetDefault(
    table: TableName,
    column: string,
    expression: string | SqlFragment,
    options?: OperationOptions,
  ): Promise<Outcome> {
    return this.perform(setDefault.name, table, options, (t) => {
      requireName(setDefault.name, 'column', column);
      return child(setDefault, { table: t, column, expression: readExpression(setDefault.name, expression) });
    });
  }
  /** Takes the default away; existing rows keep their values, and a sequence that it drew from stays. */
  async safeDropDefault(table: TableName, column: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropDefault.name, table, options, (t) => {
      requireName(dropDefault.name, 'column', column);
      return child(dropDefault, { table: t, column });
    });
  }
}

function columnArguments(table: ObjectName, compiled: CompiledColumn): AddColumnArguments {
  const { name, definition } = compiled;
  requireName(addColumn.name, 'column', name);
  return { table, column: name, definition, ...columnChildren(table, compiled) };
}
