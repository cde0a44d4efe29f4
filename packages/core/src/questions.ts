/** The questions a guard answers: checks, reads, primary keys, prerequisites. They change nothing. */
import { requireKeys } from './arguments.js';
import * as checks from './checks.js';
import type { GuardRun } from './engine/guard-run.js';
import { type ObjectName, parseName, requireNames, type TableName } from './names.js';
import type { Connection } from './postgres/connection.js';
import { validateDerived } from './prerequisites/derived.js';
import type { PrerequisiteRequest } from './prerequisites/request.js';
import { type PrerequisiteReport, validatePrerequisites } from './prerequisites/validate.js';
import { type DetectPkColumnOptions, detectPkColumn, detectPrimaryKey, type PrimaryKey } from './primary-key.js';

/** The part of a guard that only asks. */
export abstract class Questions {
  protected readonly run: GuardRun;

  constructor(run: GuardRun) {
    this.run = run;
  }

  // ---- checks: boolean answers, right for a role without privileges, false on a missing parent

  schemaExists(name: string): Promise<boolean> {
    return this.#ask('schemaExists', (c) => checks.schemaExists(c, name));
  }
  /** Tables, also partitioned and foreign ones; not views. */
  tableExists(table: TableName): Promise<boolean> {
    return this.#askOf('tableExists', table, checks.tableExists);
  }
  columnExists(table: TableName, column: string): Promise<boolean> {
    return this.columnsExist(table, [column]);
  }
  /** All of them. */
  async columnsExist(table: TableName, columns: readonly string[]): Promise<boolean> {
    return (await this.missingColumns(table, columns)).length === 0;
  }
  /** An index of that name, valid or not; on `table`, if given. */
  indexExists(name: TableName, table?: TableName): Promise<boolean> {
    return this.#askOf('indexExists', name, (c, index) =>
      checks.indexExists(c, index, table === undefined ? undefined : this.name('indexExists', table)),
    );
  }
  constraintExists(name: string, table: TableName): Promise<boolean> {
    return this.#askOf('constraintExists', table, (c, t) => checks.constraintExists(c, name, t));
  }
  /** A foreign key on exactly these columns, whatever its name; with `references.columns`, each to the one in its place. */
  async foreignKeyExists(
    table: TableName,
    columns: readonly string[],
    references?: { table: TableName; columns?: readonly string[] },
  ): Promise<boolean> {
    requireNames('foreignKeyExists', 'columns', columns);
    if (references !== undefined) requireKeys('foreignKeyExists', 'references', references, ['table', 'columns']);
    if (references?.columns !== undefined) requireNames('foreignKeyExists', 'references.columns', references.columns);
    const target =
      references === undefined ? undefined : { ...references, table: this.name('foreignKeyExists', references.table) };
    return this.#askOf('foreignKeyExists', table, (c, t) => checks.foreignKeyExists(c, t, columns, target));
  }
  enumExists(type: TableName): Promise<boolean> {
    return this.#askOf('enumExists', type, checks.enumExists);
  }
  async enumValueExists(type: TableName, value: string): Promise<boolean> {
    return (await this.enumValues(type))?.includes(value) ?? false;
  }
  extensionExists(name: string): Promise<boolean> {
    return this.#ask('extensionExists', (c) => checks.extensionExists(c, name));
  }
  triggerExists(name: string, table: TableName): Promise<boolean> {
    return this.#askOf('triggerExists', table, (c, t) => checks.triggerExists(c, name, t));
  }
  policyExists(name: string, table: TableName): Promise<boolean> {
    return this.#askOf('policyExists', table, (c, t) => checks.policyExists(c, name, t));
  }
  /** Views and materialized views. */
  viewExists(view: TableName): Promise<boolean> {
    return this.#askOf('viewExists', view, checks.viewExists);
  }

  // ---- reads

  /** The type as PostgreSQL prints it, `character varying(100)`; null when there is no such column. */
  columnType(table: TableName, column: string): Promise<string | null> {
    return this.#askOf('columnType', table, (c, t) => checks.columnType(c, t, column));
  }
  /** In sort order; null when there is no such enum type. */
  async enumValues(type: TableName): Promise<string[] | null> {
    const values = await this.#askOf('enumValues', type, checks.enumValues);
    return values === null ? null : [...values];
  }
  /** The planner's estimate; null when there is no such table or it was never analysed. */
  estimateRows(table: TableName): Promise<number | null> {
    return this.#askOf('estimateRows', table, checks.estimateRows);
  }
  /** Those of `columns` that do not exist; all of them when the table does not. */
  async missingColumns(table: TableName, columns: readonly string[]): Promise<string[]> {
    return [...(await this.#askOf('missingColumns', table, (c, t) => checks.missingColumns(c, t, columns)))];
  }

  // ---- primary keys and prerequisites

  /** The one column that identifies a row; rejects with `PrerequisiteError` for a composite key or none without `fallback`. */
  detectPkColumn(table: TableName, options?: DetectPkColumnOptions): Promise<string> {
    return this.#askOf('detectPkColumn', table, (c, t) => detectPkColumn(c, t, options));
  }
  /** The declared primary key, or null. */
  detectPrimaryKey(table: TableName): Promise<PrimaryKey | null> {
    return this.#askOf('detectPrimaryKey', table, detectPrimaryKey);
  }
  /**
   * Rejects with one `PrerequisiteError` that lists all that is missing; changes nothing. Without a request, inside of a guarded migration
   * that `holdfast.lock.json` knows: what it found when the lock was made. `InvalidArgumentError` without one anywhere else.
   */
  validatePrerequisites(request?: PrerequisiteRequest): Promise<PrerequisiteReport> {
    const { schema, migrationId } = this.run.settings;
    return this.#ask('validatePrerequisites', (c) =>
      request === undefined
        ? validateDerived(c, this.run.session)
        : validatePrerequisites(c, this.run.session, request, { schema, migrationId }),
    );
  }

  /** Takes a name apart, with the guard's own default schema. */
  protected name(operation: string, name: TableName): ObjectName {
    return parseName(operation, name, this.run.settings.schema);
  }

  #ask<T>(operation: string, question: (connection: Connection) => Promise<T>): Promise<T> {
    return this.run.ask(operation, question);
  }

  async #askOf<T>(
    operation: string,
    name: TableName,
    question: (connection: Connection, name: ObjectName) => Promise<T>,
  ): Promise<T> {
    const parsed = this.name(operation, name);
    return this.run.ask(operation, (connection) => question(connection, parsed));
  }
}
