/** The guard: the methods that users call. Each one checks its arguments, then hands an operation to the engine. */
import {
  DEFERRABLE,
  FOREIGN_KEY_KEYS,
  type ForeignKeyInput,
  INDEX_KEYS,
  oneOf,
  readForeignKey,
  readIndexRequest,
  requireCondition,
  requireLabels,
  requireText,
  splitOptions,
  wholeNumber,
  wrong,
} from './arguments.js';
import { type BackfillOptions, backfill } from './data/backfill.js';
import { type FindOrphansOptions, type Found, findOrphans } from './data/find-orphans.js';
import type { OperationOptions } from './engine/context.js';
import { GuardRun } from './engine/guard-run.js';
import { type Child, child } from './engine/operation.js';
import { type AttemptOptions, type Conditions, Flow } from './flow/flow.js';
import { makeReport, type Report } from './flow/report.js';
import { type ObjectName, printName, requireName, requireNames, type TableName } from './names.js';
import { addColumn } from './operations/add-column.js';
import { addColumns } from './operations/add-columns.js';
import { addEnumValue, type EnumPosition } from './operations/add-enum-value.js';
import { addForeignKey } from './operations/add-foreign-key.js';
import { columnChildren } from './operations/column-children.js';
import { createCheckConstraint } from './operations/create-check-constraint.js';
import { createEnum } from './operations/create-enum.js';
import { createIndex, type IndexColumn, type IndexOptions } from './operations/create-index.js';
import { createUniqueConstraint, type UniqueConstraintOptions } from './operations/create-unique-constraint.js';
import { dropColumn } from './operations/drop-column.js';
import { setComment } from './operations/set-comment.js';
import { setNotNull } from './operations/set-not-null.js';
import { type GuardOptions, resolveOptions } from './options.js';
import type { Outcome } from './outcome.js';
import { Questions } from './questions.js';
import type { CompiledColumn, HostForms, Session } from './session.js';
import { columnOfText } from './session-pg.js';

/**
 * Guarded operations on one host. Operations resolve to an `Outcome` or reject with a `HoldfastError`; checks never reject because
 * something is missing. Operations on one connection run one after the other, also under `Promise.all`.
 */
export class Guard<F extends HostForms = HostForms> extends Questions {
  readonly #session: Session<F>;

  /** Use `guard(host, options)` of the host's package. */
  constructor(session: Session<F>, options: GuardOptions | GuardRun = {}) {
    super(options instanceof GuardRun ? options : new GuardRun(session as unknown as Session, resolveOptions(options)));
    this.#session = session;
  }

  // ---- columns

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
      : await this.#session.columns(operation, name, definition as F['column']);
    const columns = compiled.map((each) => this.#addColumn(name, each));
    if (columns.length === 0) throw wrong(operation, printName(name), 'the definition holds no column');
    return this.run.perform(
      columns.length === 1 ? (columns[0] as Child) : child(addColumns, { table: name, columns }),
      common,
    );
  }
  /** Drops a column after naming what depends on it. */
  async safeDropColumn(table: TableName, column: string, options?: OperationOptions): Promise<Outcome> {
    return this.#perform(dropColumn.name, table, options, (t) => {
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
    return this.#perform(setNotNull.name, table, common, (t) => {
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
    return this.#perform(setComment.name, table, options, (t) => {
      if (column !== undefined) requireName(setComment.name, 'column', column);
      if (text !== null && (typeof text !== 'string' || text.includes('\0')))
        throw wrong(setComment.name, 'text', 'must be a string without NUL, or null to remove the comment');
      return child(setComment, { table: t, column, text });
    });
  }

  // ---- indexes and constraints

  /** Builds an index, concurrently wherever the transaction allows; finishes or rebuilds what an earlier try has left. */
  safeCreateIndex(
    table: TableName,
    columns: readonly IndexColumn[],
    options?: IndexOptions & OperationOptions,
  ): Promise<Outcome>;
  /** The same with the host's own form. */
  safeCreateIndex(table: TableName, index: F['index'], options?: OperationOptions): Promise<Outcome>;
  async safeCreateIndex(
    table: TableName,
    columns: unknown,
    options?: IndexOptions & OperationOptions,
  ): Promise<Outcome> {
    const { common, own } = splitOptions<IndexOptions>(createIndex.name, options, INDEX_KEYS);
    return this.#perform(createIndex.name, table, common, (t) => {
      const host = Array.isArray(columns) ? undefined : this.#session.index?.(t, columns as F['index']);
      const index =
        host === undefined
          ? readIndexRequest(columns as readonly IndexColumn[], own)
          : readIndexRequest(host.columns, { ...host, ...own });
      return child(createIndex, { table: t, index });
    });
  }
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
    return this.#perform(addForeignKey.name, table, common, (t) => {
      const host = Array.isArray(columns) ? undefined : this.#session.foreignKey?.(t, columns as F['foreignKey']);
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
    return this.#perform(createCheckConstraint.name, table, options, (t) => {
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
    return this.#perform(createUniqueConstraint.name, table, common, (t) => {
      requireNames(createUniqueConstraint.name, 'columns', columns);
      if (own.name !== undefined) requireName(createUniqueConstraint.name, 'name', own.name);
      oneOf(createUniqueConstraint.name, 'deferrable', own.deferrable, DEFERRABLE);
      return child(createUniqueConstraint, { table: t, columns, ...own });
    });
  }

  // ---- enums

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
    requireLabels(
      operation,
      [value, own.before ?? own.after].filter((label) => label !== undefined),
    );
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

  // ---- data

  /** Changes rows in batches. Resolves with the rows changed in `rows`; a stop by `signal` is no error. */
  async backfill(table: TableName, options: BackfillOptions & OperationOptions): Promise<Outcome> {
    const operation = backfill.name;
    const { common, own } = splitOptions<BackfillOptions>(operation, options, [
      'set',
      'where',
      'batchSize',
      'targetBatchMs',
      'pauseMs',
      'signal',
      'onProgress',
    ]);
    return this.#perform(operation, table, common, (t) => {
      if (typeof own.set !== 'object' || own.set === null)
        throw wrong(operation, 'set', 'must be an object of columns and values');
      const unset = Object.keys(own.set).filter((column) => own.set[column] === undefined);
      if (unset.length > 0) throw wrong(operation, unset.join(', '), 'is undefined; pass null to write NULL');
      requireNames(operation, 'set', Object.keys(own.set));
      requireCondition(operation, own.where);
      wholeNumber(operation, 'batchSize', own.batchSize, 1, 1_000_000);
      wholeNumber(operation, 'targetBatchMs', own.targetBatchMs, 1, 60_000);
      wholeNumber(operation, 'pauseMs', own.pauseMs, 0, 60_000);
      return child(backfill, { table: t, ...own });
    });
  }
  /** Rows whose reference leads nowhere. */
  async findOrphans(table: TableName, column: string, options: FindOrphansOptions): Promise<Found> {
    return this.run.ask('findOrphans', (c) => findOrphans(c, table, column, options, this.run.settings.schema));
  }

  // ---- flow

  /** Runs a part of the migration that may fail: its failure is reported and, in a transaction, taken back by a savepoint. */
  async attempt(name: string, body: (g: this) => unknown, options?: AttemptOptions): Promise<Outcome> {
    return this.#flow().attempt(name, body, options);
  }
  /** Runs the body for each table that exists, each as an attempt. With `required` everything is tried and then one error is thrown. */
  forEachTable<T extends TableName>(
    tables: readonly T[],
    body: (table: T, g: this) => unknown,
    options?: AttemptOptions,
  ): Promise<Outcome> {
    return this.#flow().forEachTable(tables, body, options);
  }
  /** Runs the body only where all that is named exists; else the outcome is `skipped`. */
  when(conditions: Conditions, body: (g: this) => unknown): Promise<Outcome> {
    return this.#flow().when(conditions, body);
  }
  /** All outcomes of this guard so far. `String(report)` is for people. */
  report(): Report {
    return makeReport(this.run.settings.migrationId, this.run.outcomes);
  }

  #flow(): Flow<this> {
    const make = (run: GuardRun): this =>
      new (this.constructor as new (session: Session<F>, run: GuardRun) => this)(this.#session, run);
    return new Flow(this, this.run, make);
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

  async #perform(
    operation: string,
    table: TableName,
    options: OperationOptions | undefined,
    bind: (table: ObjectName) => Child,
  ): Promise<Outcome> {
    const { common } = splitOptions(operation, options, []);
    return this.run.perform(bind(this.name(operation, table)), common);
  }
}
