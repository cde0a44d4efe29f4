/** The methods for constraints. */
import {
  DEFERRABLE,
  FOREIGN_KEY_KEYS,
  type ForeignKeyInput,
  oneOf,
  readForeignKey,
  requireText,
  splitOptions,
} from '../arguments.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { requireName, requireNames, type TableName } from '../names.js';
import { addForeignKey } from '../operations/add-foreign-key.js';
import { createCheckConstraint } from '../operations/create-check-constraint.js';
import { createUniqueConstraint, type UniqueConstraintOptions } from '../operations/create-unique-constraint.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { IndexMethods } from './indexes.js';

export abstract class ConstraintMethods<F extends HostForms> extends IndexMethods<F> {
  /** Adds a foreign key: NOT VALID first, then validated while reads and writes go on. Orphans are counted before. */
  safeAddForeignKey(
    table: TableName,
    columns: readonly string[],
    options: ForeignKeyInput & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeAddForeignKey(table: TableName, key: F['foreignKey'], options?: OperationOptions): Promise<Outcome>;
  async safeAddForeignKey(
    table: TableName,
    columns: unknown,
    options?: Partial<ForeignKeyInput> & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<Partial<ForeignKeyInput>>(addForeignKey.name, options, FOREIGN_KEY_KEYS);
    return this.perform(addForeignKey.name, table, common, (t) => {
      const host = Array.isArray(columns) ? undefined : this.session.foreignKey?.(t, columns as F['foreignKey']);
      return child(addForeignKey, {
        table: t,
        key: readForeignKey(
          host?.columns ?? (columns as readonly string[]),
          { ...host, ...own } as ForeignKeyInput,
          this.run.settings.schema,
        ),
      });
    });
  }
  /** Adds a check: NOT VALID first, then validated. Violating rows are counted before. */
  async safeCreateCheckConstraint(
    table: TableName,
    name: string,
    expression: string,
    options?: OperationOptions,
  ): Promise<Outcome> {
    return this.perform(createCheckConstraint.name, table, options, (t) => {
      requireName(createCheckConstraint.name, 'name', name);
      requireText(createCheckConstraint.name, 'expression', expression);
      return child(createCheckConstraint, { table: t, name, expression });
    });
  }
  /** Adds a unique constraint on an index that is built concurrently wherever the transaction allows. */
  async safeCreateUniqueConstraint(
    table: TableName,
    columns: readonly string[],
    options?: UniqueConstraintOptions & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<UniqueConstraintOptions>(createUniqueConstraint.name, options, [
      'name',
      'deferrable',
    ]);
    return this.perform(createUniqueConstraint.name, table, common, (t) => {
      requireNames(createUniqueConstraint.name, 'columns', columns);
      if (own.name !== undefined) requireName(createUniqueConstraint.name, 'name', own.name);
      oneOf(createUniqueConstraint.name, 'deferrable', own.deferrable, DEFERRABLE);
      return child(createUniqueConstraint, { table: t, columns, ...own });
    });
  }
}
