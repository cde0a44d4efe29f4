/** The methods for enums. */
import { requireLabels, splitOptions, wrong } from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { requireName, type TableName } from '../names.js';
import { addEnumValue, type EnumPosition } from '../operations/add-enum-value.js';
import { convertEnumToCheck } from '../operations/convert-enum-to-check.js';
import { createEnum } from '../operations/create-enum.js';
import { dropEnum } from '../operations/drop-enum.js';
import { removeEnumValue } from '../operations/remove-enum-value.js';
import { renameEnum } from '../operations/rename-enum.js';
import { renameEnumValue } from '../operations/rename-enum-value.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { ConstraintMethods } from './constraints.js';

export abstract class EnumMethods<F extends HostForms> extends ConstraintMethods<F> {
  /** Makes an enum type; one that exists must have exactly these values in this order. */
  async safeCreateEnum(type: TableName, values: readonly string[], options?: OperationOptions): Promise<Outcome> {
    const { common } = splitOptions(createEnum.name, options, []);
    requireLabels(createEnum.name, values);
    return this.run.perform(child(createEnum, { type: this.name(createEnum.name, type), values: [...values] }), common);
  }
  /** Adds a value to an enum type, beside another one or at the end. */
  async safeAddEnumValue(type: TableName, value: string, options?: EnumPosition & OperationOptions): Promise<Outcome> {
    const operation = addEnumValue.name;
    const { common, own } = splitOptions<EnumPosition>(operation, options, ['before', 'after']);
    const beside = own.before ?? own.after;
    requireLabels(operation, beside === undefined ? [value] : [value, beside]);
    if (own.before !== undefined && own.after !== undefined)
      throw wrong(operation, value, 'before and after exclude each other');
    return this.run.perform(child(addEnumValue, { type: this.name(operation, type), value, position: own }), common);
  }
  /** Adds several values at the end, in this order. One outcome each. */
  async safeAddEnumValues(type: TableName, values: readonly string[], options?: OperationOptions): Promise<Outcome[]> {
    requireLabels(addEnumValue.name, values);
    const outcomes: Outcome[] = [];
    for (const value of values) outcomes.push(await this.safeAddEnumValue(type, value, options));
    return outcomes;
  }
  /** Gives a value another label. Rows, defaults and indexes follow; texts that name it, such as function bodies, do not. */
  async safeRenameEnumValue(type: TableName, from: string, to: string, options?: OperationOptions): Promise<Outcome> {
    const operation = renameEnumValue.name;
    return this.perform(operation, type, options, (t) => {
      requireLabels(operation, [from, to]);
      return child(renameEnumValue, { type: t, from, to });
    });
  }
  /** Renames a type inside its schema. */
  async safeRenameEnum(from: TableName, to: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(renameEnum.name, from, options, (t) =>
      child(renameEnum, { from: t, to: this.name(renameEnum.name, to) }),
    );
  }
  /** Drops a type that nothing uses; what uses it is named in a `DependencyError`. */
  async safeDropEnum(type: TableName, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropEnum.name, type, options, (t) => child(dropEnum, { type: t }));
  }
  /**
   * Removes a value: a type without it takes the place of this one in every table. `replaceWith`: what rows get that hold it, another
   * value or NULL (in arrays null takes the element out); without it no row may hold it. Rewrites the tables, all in one transaction.
   */
  async safeRemoveEnumValue(
    type: TableName,
    value: string,
    options?: { readonly replaceWith?: string | null } & OperationOptions,
  ): Promise<Outcome> {
    const operation = removeEnumValue.name;
    const { common, own } = splitOptions<{ readonly replaceWith?: string | null }>(operation, options, ['replaceWith']);
    const { replaceWith } = own;
    requireLabels(operation, [value, ...(replaceWith === undefined || replaceWith === null ? [] : [replaceWith])]);
    return this.perform(operation, type, common, (t) => child(removeEnumValue, { type: t, value, replaceWith }));
  }
  /**
   * Makes a column of an enum type one of text with a check for its values, `<table>_<column>_check`. Rewrites the table. The type stays:
   * safeDropEnum drops it. `values`: only for a column that is text already and lacks the check.
   */
  async safeConvertEnumToCheck(
    table: TableName,
    column: string,
    options?: { readonly values?: readonly string[] } & OperationOptions,
  ): Promise<Outcome> {
    const operation = convertEnumToCheck.name;
    const { common, own } = splitOptions<{ readonly values?: readonly string[] }>(operation, options, ['values']);
    const { values } = own;
    if (values !== undefined) {
      requireLabels(operation, values);
      if (values.length === 0) throw wrong(operation, 'values', 'must be a list of at least one value');
    }
    return this.perform(operation, table, common, (t) => {
      requireName(operation, 'column', column);
      return child(convertEnumToCheck, { table: t, column, values });
    });
  }
}
