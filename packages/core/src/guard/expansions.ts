/** The methods for changes of a column that need no downtime: expand, fill, swap, contract. */
import { requireExpression, splitOptions, wrong } from '../arguments.js';
import { type ColumnType, parseColumnType } from '../column-type.js';
import type { OperationOptions } from '../engine/context.js';
import { child, type Operation } from '../engine/operation.js';
import { requireName, type TableName } from '../names.js';
import type { Becoming, PairArguments, PairFacts } from '../operations/column-pair/look.js';
import { contractColumn } from '../operations/contract-column.js';
import { expandColumn } from '../operations/expand-column.js';
import { fillColumn } from '../operations/fill-column.js';
import { swapColumn } from '../operations/swap-column.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { truncateName } from '../sql.js';
import { ColumnMethods } from './columns.js';

/** What a column is to become: a type, as PostgreSQL writes it, or a name. */
export type ColumnChange = string | { readonly type: string } | { readonly name: string };

export interface ExpandColumnOptions {
  /** SQL expression over the table's columns for the new value. Default: a cast, where one keeps every value and means the same in every session. */
  readonly using?: string;
  /**
   * SQL expression over the table's columns for the old value, once the new column has taken its place and its name. Default: a cast, NULL
   * where the value does not fit. `'NULL'` gives up the way back.
   */
  readonly reverse?: string;
}

export abstract class ExpansionMethods<F extends HostForms> extends ColumnMethods<F> {
  /**
   * Begins a change without downtime. `to`: a type (`'bigint'`), or `{ name }`. Adds an empty column (`<column>_shadow`, or the new name)
   * and a trigger that fills it whenever a row is written; applications notice nothing. Taken back by `safeContractColumn` with what the
   * column was before.
   */
  async safeExpandColumn(
    table: TableName,
    column: string,
    to: ColumnChange,
    options?: ExpandColumnOptions & OperationOptions,
  ): Promise<Outcome> {
    const operation = expandColumn.name;
    const { common, own } = splitOptions<ExpandColumnOptions>(operation, options, ['using', 'reverse']);
    return this.perform(operation, table, common, (t) => {
      const becoming = readBecoming(operation, column, to);
      for (const key of ['using', 'reverse'] as const) {
        if (own[key] !== undefined) requireExpression(operation, key, own[key]);
        if (own[key] !== undefined && becoming.kind === 'name')
          throw wrong(
            operation,
            column,
            `${key} is for a change of type; a column of another name holds the same values`,
          );
      }
      return child(expandColumn, { table: t, column: truncateName(column), to: becoming, ...own });
    });
  }

  /**
   * Fills the second column of an expansion, batch by batch, and gives it every index and constraint of the first one, each by the way
   * that lets readers and writers go on. Afterwards a validated check proves that no row differs.
   */
  safeFillColumn(table: TableName, column: string, to: ColumnChange, options?: OperationOptions): Promise<Outcome> {
    return this.onPair(fillColumn, table, { column, to }, options);
  }

  /**
   * Lets the second column of a change of type take the place of the first one, in one short transaction; refused as long as
   * `safeFillColumn` has left something to do. The old column follows from then on. Taken back by safeFillColumn and safeSwapColumn with the
   * old type.
   */
  safeSwapColumn(table: TableName, column: string, to: ColumnChange, options?: OperationOptions): Promise<Outcome> {
    return this.onPair(swapColumn, table, { column, to }, options);
  }

  /**
   * Ends an expansion: what stays is the column that the arguments tell of. With what it was to become, the old column goes; with what it
   * was before, the change is called off.
   */
  safeContractColumn(table: TableName, column: string, to: ColumnChange, options?: OperationOptions): Promise<Outcome> {
    return this.onPair(contractColumn, table, { column, to }, options);
  }

  private onPair(
    operation: Operation<PairArguments, PairFacts>,
    table: TableName,
    { column, to }: { readonly column: string; readonly to: ColumnChange },
    options: OperationOptions | undefined,
  ): Promise<Outcome> {
    return this.perform(operation.name, table, options, (t) => {
      const becoming = readBecoming(operation.name, column, to);
      if (operation === swapColumn && becoming.kind === 'name')
        throw wrong(
          operation.name,
          column,
          'a column of another name needs no swap: safeContractColumn lets it succeed',
        );
      return child(operation, { table: t, column: truncateName(column), to: becoming });
    });
  }
}

function readBecoming(operation: string, column: string, to: unknown): Becoming {
  requireName(operation, 'column', column);
  const given = typeof to === 'string' ? { type: to } : (to ?? {});
  const { type, name, ...more } = given as { readonly type?: unknown; readonly name?: unknown };
  if (Object.keys(more).length > 0 || (type === undefined) === (name === undefined))
    throw wrong(
      operation,
      column,
      "it must become a type, 'bigint' or { type: 'bigint' }, or a name, { name: 'mail' }",
    );
  if (name === undefined) return { kind: 'type', type: readType(operation, column, type) };
  requireName(operation, 'name', name);
  if (truncateName(name) === truncateName(column)) throw wrong(operation, name, 'it is the name that the column has');
  return { kind: 'name', name };
}

function readType(operation: string, column: string, text: unknown): ColumnType {
  const type = typeof text === 'string' ? parseColumnType(text) : null;
  if (type === null)
    throw wrong(operation, column, 'the type is not one: write it as PostgreSQL does, without NOT NULL or a default');
  if (type.serial)
    throw wrong(operation, column, 'serial is no type: write bigint; the sequence goes over to the new column');
  if (type.modified && !type.builtin)
    throw wrong(operation, column, `the length in ${type.text} cannot be compared with that of a column`);
  return type;
}
