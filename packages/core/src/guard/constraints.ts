/** The methods for constraints. */
import {
  EXCLUSION_KEYS,
  FOREIGN_KEY_KEYS,
  type ForeignKeyInput,
  oneOf,
  readExclusion,
  readForeignKey,
  readUnique,
  requireExpression,
  splitOptions,
  UNIQUE_KEYS,
  wrong,
} from '../arguments.js';
import { ON_VIOLATION } from '../data/violations.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { requireName, requireNames, type TableName } from '../names.js';
import { addForeignKey } from '../operations/add-foreign-key.js';
import { addPrimaryKey, type PrimaryKeyOptions } from '../operations/add-primary-key.js';
import { type CheckConstraintOptions, createCheckConstraint } from '../operations/create-check-constraint.js';
import { createExclusionConstraint, type ExclusionOptions } from '../operations/create-exclusion-constraint.js';
import { createUniqueConstraint, type UniqueConstraintOptions } from '../operations/create-unique-constraint.js';
import { dropConstraint } from '../operations/drop-constraint.js';
import { renameConstraint } from '../operations/rename-constraint.js';
import { type ValidateConstraintOptions, validateConstraint } from '../operations/validate-constraint.js';
import type { Outcome } from '../outcome.js';
import type { HostForms } from '../session.js';
import { truncateName } from '../sql.js';
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
    const { common, own: given } = splitOptions<Partial<ForeignKeyInput>>(
      addForeignKey.name,
      options,
      FOREIGN_KEY_KEYS,
    );
    const { onViolation, ...own } = given;
    return this.perform(addForeignKey.name, table, common, (t) => {
      oneOf(addForeignKey.name, 'onViolation', onViolation, ON_VIOLATION);
      const host = Array.isArray(columns) ? undefined : this.session.foreignKey?.(t, columns as F['foreignKey']);
      return child(addForeignKey, {
        table: t,
        key: readForeignKey(
          host?.columns ?? (columns as readonly string[]),
          { ...host, ...own } as ForeignKeyInput,
          this.run.settings.schema,
        ),
        onViolation,
      });
    });
  }
  /** Adds a check: NOT VALID first, then validated while reads and writes go on. Violating rows are counted before, see `onViolation`. */
  safeCreateCheckConstraint(
    table: TableName,
    name: string,
    expression: string,
    options?: CheckConstraintOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeCreateCheckConstraint(
    table: TableName,
    check: F['check'],
    options?: CheckConstraintOptions & OperationOptions,
  ): Promise<Outcome>;
  async safeCreateCheckConstraint(
    table: TableName,
    nameOrCheck: unknown,
    expressionOrOptions?: unknown,
    maybeOptions?: CheckConstraintOptions & OperationOptions,
  ): Promise<Outcome> {
    const operation = createCheckConstraint.name;
    const reads = typeof nameOrCheck === 'object' && nameOrCheck !== null ? this.session.check : undefined;
    const options = reads === undefined ? maybeOptions : (expressionOrOptions as CheckConstraintOptions | undefined);
    const { common, own } = splitOptions<CheckConstraintOptions>(operation, options, ['onViolation']);
    return this.perform(operation, table, common, (t) => {
      const { name, expression } = reads?.(t, nameOrCheck as F['check']) ?? {
        name: nameOrCheck,
        expression: expressionOrOptions,
      };
      requireName(operation, 'name', name);
      requireExpression(operation, 'expression', expression);
      oneOf(operation, 'onViolation', own.onViolation, ON_VIOLATION);
      return child(createCheckConstraint, { table: t, name, expression, ...own });
    });
  }
  /** Adds a unique constraint on an index that is built concurrently wherever the transaction allows. Duplicates are counted before. */
  safeCreateUniqueConstraint(
    table: TableName,
    columns: readonly string[],
    options?: UniqueConstraintOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeCreateUniqueConstraint(table: TableName, unique: F['unique'], options?: OperationOptions): Promise<Outcome>;
  async safeCreateUniqueConstraint(
    table: TableName,
    columns: unknown,
    options?: UniqueConstraintOptions & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<UniqueConstraintOptions>(createUniqueConstraint.name, options, UNIQUE_KEYS);
    return this.perform(createUniqueConstraint.name, table, common, (t) => {
      const host = Array.isArray(columns) ? undefined : this.session.unique?.(t, columns as F['unique']);
      const unique = readUnique(host?.columns ?? (columns as readonly string[]), { ...host, ...own });
      return child(createUniqueConstraint, { table: t, ...unique });
    });
  }
  /**
   * Makes columns the primary key: NOT NULL is proved and the index built while others go on, wherever the transaction allows; the key then
   * takes both over in a moment. NULLs and duplicates are counted before.
   */
  async safeAddPrimaryKey(
    table: TableName,
    columns: readonly string[],
    options?: PrimaryKeyOptions & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<PrimaryKeyOptions>(addPrimaryKey.name, options, ['name']);
    return this.perform(addPrimaryKey.name, table, common, (t) => {
      requireNames(addPrimaryKey.name, 'columns', columns);
      if (own.name !== undefined) requireName(addPrimaryKey.name, 'name', own.name);
      return child(addPrimaryKey, { table: t, columns, ...own });
    });
  }
  /**
   * Adds an exclusion constraint. It has no form that lets others go on, so a large table is refused. Pairs of rows that conflict are
   * looked for before, for 5 s at most.
   */
  safeCreateExclusionConstraint(
    table: TableName,
    name: string,
    options: ExclusionOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeCreateExclusionConstraint(
    table: TableName,
    exclusion: F['exclusion'],
    options?: OperationOptions,
  ): Promise<Outcome>;
  async safeCreateExclusionConstraint(
    table: TableName,
    name: unknown,
    options?: Partial<ExclusionOptions> & OperationOptions,
  ): Promise<Outcome> {
    const operation = createExclusionConstraint.name;
    const { common, own } = splitOptions<Partial<ExclusionOptions>>(operation, options, EXCLUSION_KEYS);
    return this.perform(operation, table, common, (t) => {
      const host = typeof name === 'string' ? undefined : this.session.exclusion?.(t, name as F['exclusion']);
      if (host !== undefined) return child(createExclusionConstraint, { table: t, name: host.name, exclusion: host });
      requireName(operation, 'name', name);
      return child(createExclusionConstraint, { table: t, name, exclusion: readExclusion(own as ExclusionOptions) });
    });
  }
  /**
   * Validates a check, a foreign key or, on PostgreSQL 18, a NOT NULL that was added NOT VALID, while reads and writes go on. Violating
   * rows are counted before, see `onViolation`; the constraint stays NOT VALID then. Validated already: `unchanged`, without any lock.
   */
  async safeValidateConstraint(
    table: TableName,
    name: string,
    options?: ValidateConstraintOptions & OperationOptions,
  ): Promise<Outcome> {
    const operation = validateConstraint.name;
    const { common, own } = splitOptions<ValidateConstraintOptions>(operation, options, ['onViolation']);
    return this.perform(operation, table, common, (t) => {
      requireName(operation, 'name', name);
      oneOf(operation, 'onViolation', own.onViolation, ON_VIOLATION);
      return child(validateConstraint, { table: t, name, ...own });
    });
  }
  /** Drops a constraint of any kind but NOT NULL. Rejects with `DependencyError` when foreign keys or views depend on it. Gone: `unchanged`. */
  async safeDropConstraint(table: TableName, name: string, options?: OperationOptions): Promise<Outcome> {
    return this.perform(dropConstraint.name, table, options, (t) => {
      requireName(dropConstraint.name, 'name', name);
      return child(dropConstraint, { table: t, name });
    });
  }
  /**
   * Renames a constraint; the index of a unique, primary key or exclusion constraint is renamed along. `from` gone and `to` there:
   * `unchanged`. Both there: `MismatchError`. Neither: `PrerequisiteError`.
   */
  async safeRenameConstraint(table: TableName, from: string, to: string, options?: OperationOptions): Promise<Outcome> {
    const operation = renameConstraint.name;
    return this.perform(operation, table, options, (t) => {
      requireName(operation, 'from', from);
      requireName(operation, 'to', to);
      if (truncateName(from) === truncateName(to)) throw wrong(operation, to, 'from and to are the same name');
      return child(renameConstraint, { table: t, from, to });
    });
  }
}
