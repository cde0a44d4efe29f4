/** The methods for columns. */
import { requireText, splitOptions, wrong } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { type Child, child } from '../engine/operation.js';
import { type ObjectName, printName, requireName, type TableName } from '../names.js';
import { addColumn } from '../operations/add-column.js';
import { addColumns } from '../operations/add-columns.js';
import { changeColumn } from '../operations/change-column.js';
import { columnChildren } from '../operations/column-children.js';
import { dropColumn } from '../operations/drop-column.js';
import { setComment } from '../operations/set-comment.js';
import { setNotNull } from '../operations/set-not-null.js';
import type { Outcome } from '../outcome.js';
import type { CompiledColumn, HostForms } from '../session.js';
import { columnOfText } from '../session-pg.js';
import { truncateName } from '../sql.js';
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
    const columns = compiled.map((each) => this.#addColumn(name, each));
    if (columns.length === 0) throw wrong(operation, printName(name), 'the definition holds no column');
    return this.run.perform(
      columns.length === 1 ? (columns[0] as Child) : child(addColumns, { table: name, columns }),
      common,
    );
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
    if (own.using !== undefined) requireText(operation, 'using', own.using);
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
  /** Makes a column NOT NULL without a scan under a strong lock. `backfill`: value, or `sql` expression, for the rows that hold NULL. */
  async safeSetNotNull(
    table: TableName,
    column: string,
    options?: { readonly backfill?: unknown } & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<{ readonly backfill?: unknown }>(setNotNull.name, options, ['backfill']);
    return this.perform(setNotNull.name, table, common, (t) => {
      requireName(setNotNull.name, 'column', column);
      return child(setNotNull, {
        table: t,
        column,
        ...(own.backfill === undefined ? {} : { backfill: { value: own.backfill } }),
      });
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

  #addColumn(table: ObjectName, compiled: CompiledColumn): Child {
    requireName(addColumn.name, 'column', compiled.name);
    return child(addColumn, {
      table,
      column: compiled.name,
      definition: compiled.definition,
      ...columnChildren(table, compiled),
    });
  }
}
