/** The methods for rows. */
import { requireCondition, requireNewValues, requireSeedRows, splitOptions, wholeNumber, wrong } from '../arguments.js';
import { type BackfillOptions, backfill } from '../data/backfill.js';
import type { Condition } from '../data/condition.js';
import { type CopyRowsOptions, copyRows } from '../data/copy-rows.js';
import type { Pace } from '../data/course.js';
import { type DeleteRowsOptions, deleteRows } from '../data/delete-rows.js';
import { type FindDuplicatesOptions, findDuplicates } from '../data/find-duplicates.js';
import { type FindNullsOptions, findNulls } from '../data/find-nulls.js';
import {
  type FindOrphansOptions,
  findOrphans,
  type OrphanPage,
  type OrphanPagesOptions,
  prepareOrphanWalk,
  readOrphanPage,
} from '../data/find-orphans.js';
import type { Found } from '../data/found.js';
import { type SeedOptions, type SeedRow, seed } from '../data/seed.js';
import type { OperationOptions } from '../engine/context.js';
import { child } from '../engine/operation.js';
import { parseName, requireName, requireNames, type TableName } from '../names.js';
import type { Outcome } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import type { HostExpression, HostForms } from '../session.js';
import { isFragment, type SqlFragment } from '../sql.js';
import { AccessMethods } from './access.js';

const PACE = ['batchSize', 'targetBatchMs', 'pauseMs', 'workers', 'signal', 'onProgress'] as const;

function requirePace(operation: string, pace: Pace): void {
  wholeNumber(operation, 'batchSize', pace.batchSize, 1, 1_000_000);
  wholeNumber(operation, 'targetBatchMs', pace.targetBatchMs, 1, 60_000);
  wholeNumber(operation, 'pauseMs', pace.pauseMs, 0, 60_000);
  wholeNumber(operation, 'workers', pace.workers, 1, 16);
}

function isNames(columns: unknown): columns is readonly string[] {
  return Array.isArray(columns);
}

/** The condition may be in the host's own words. */
type Hosted<O> = { readonly [K in keyof O]: K extends 'where' ? O[K] | HostExpression : O[K] };

/** Columns and their sources, some in the host's own words. */
interface HostedCopy extends Hosted<Omit<CopyRowsOptions, 'columns'>> {
  readonly columns: CopyRowsOptions['columns'] | Readonly<Record<string, string | SqlFragment | HostExpression>>;
}

export abstract class DataMethods<F extends HostForms> extends AccessMethods<F> {
  /** Changes rows in batches. Resolves with the rows changed in `rows`; rejects with `StepFailedError` when `signal` stops it before the end. */
  async backfill(table: TableName, options: Hosted<BackfillOptions> & OperationOptions): Promise<Outcome> {
    const operation = backfill.name;
    const { common, own } = splitOptions<Hosted<BackfillOptions>>(operation, options, [
      'set',
      'where',
      ...PACE,
      'resumeAs',
    ]);
    return this.perform(operation, table, common, (t) => {
      const [set, where] = [this.#expressions(own.set), this.#where(own.where)];
      requireNewValues(operation, set);
      requireCondition(operation, where.where);
      requirePace(operation, own);
      if (own.resumeAs !== undefined) requireName(operation, 'resumeAs', own.resumeAs);
      if (own.resumeAs !== undefined && (own.workers ?? 1) > 1)
        throw wrong(
          operation,
          'workers',
          'must be 1 with resumeAs: one place is kept, and one after the other moves it on',
        );
      return child(backfill, { table: t, ...own, set, ...where });
    });
  }
  /** Deletes the rows that match, in batches. Resolves with the rows deleted in `rows`; a stop by `signal` as in `backfill`. */
  async deleteRows(table: TableName, options: Hosted<DeleteRowsOptions> & OperationOptions): Promise<Outcome> {
    const operation = deleteRows.name;
    const { common, own } = splitOptions<Hosted<DeleteRowsOptions>>(operation, options, ['where', ...PACE]);
    return this.perform(operation, table, common, (t) => {
      if (own.where === undefined) throw wrong(operation, 'where', 'is missing; to delete all rows pass sql`true`');
      const where = this.expression(own.where) as Condition;
      requireCondition(operation, where);
      requirePace(operation, own);
      return child(deleteRows, { table: t, ...own, where });
    });
  }
  /**
   * Inserts the rows of `from` that `to` does not have by its key, in batches. Resolves with the rows inserted in `rows`; a stop by `signal`
   * as in `backfill`.
   */
  async copyRows(from: TableName, to: TableName, options: HostedCopy & OperationOptions): Promise<Outcome> {
    const operation = copyRows.name;
    const { common, own } = splitOptions<HostedCopy>(operation, options, ['columns', 'key', 'where', ...PACE]);
    return this.perform(operation, to, common, (t) => {
      const columns = isNames(own.columns)
        ? Object.fromEntries(own.columns.map((name) => [name, name]))
        : this.#expressions(own.columns as Readonly<Record<string, string | SqlFragment>>);
      if (typeof columns !== 'object' || columns === null)
        throw wrong(operation, 'columns', 'must be a list of columns, or an object of columns and their sources');
      requireNames(operation, 'columns', Object.keys(columns));
      for (const [column, value] of Object.entries(columns))
        if (!isFragment(value)) requireName(operation, `columns.${column}`, value);
      const key = typeof own.key === 'string' ? [own.key] : own.key;
      requireNames(operation, 'key', key);
      const lacking = key.filter((column) => !Object.hasOwn(columns, column));
      if (lacking.length > 0) throw wrong(operation, 'key', `${lacking.join(', ')} must be among the columns`);
      const where = this.#where(own.where);
      requireCondition(operation, where.where);
      requirePace(operation, own);
      const source = parseName(operation, from, this.run.settings.schema);
      return child(copyRows, { ...own, ...where, from: source, to: t, columns, key });
    });
  }
  /**
   * Inserts the rows whose key is not there. Rows that are there with other values are a `MismatchError`; values by the `sql` tag that are
   * others each time, such as `now()`, are not compared. Resolves with the rows inserted in `rows`.
   */
  async seed(table: TableName, rows: readonly SeedRow[], options: SeedOptions & OperationOptions): Promise<Outcome> {
    const { common, own } = splitOptions<SeedOptions>(seed.name, options, ['key']);
    return this.perform(seed.name, table, common, (t) => {
      const key = typeof own.key === 'string' ? [own.key] : own.key;
      requireNames(seed.name, 'key', key);
      const seeded = Array.isArray(rows) ? rows.map((row) => this.#expressions(row)) : rows;
      requireSeedRows(seed.name, seeded, key);
      return child(seed, { table: t, rows: seeded, key });
    });
  }
  /** Rows whose reference leads nowhere. */
  async findOrphans(table: TableName, column: string, options: FindOrphansOptions): Promise<Found> {
    const { schema } = this.run.settings;
    return this.run.ask('findOrphans', (c) => findOrphans(c, { table, column, options, schema }));
  }
  /**
   * All rows whose reference leads nowhere, page by page along the key of their table. Between two pages the connection is free, so that
   * each page may be worked on before the next one is read; what becomes an orphan behind the walk is not met any more.
   */
  async *orphanPages(
    table: TableName,
    column: string,
    options: OrphanPagesOptions,
  ): AsyncGenerator<readonly Row[], void, undefined> {
    const { schema } = this.run.settings;
    const walk = await this.run.ask('orphanPages', (c) => prepareOrphanWalk(c, { table, column, options, schema }));
    let next: OrphanPage['next'] = null;
    do {
      const page: OrphanPage = await this.run.ask('orphanPages', (c) => readOrphanPage(c, walk, next));
      if (page.rows.length > 0) yield page.rows;
      next = page.next;
    } while (next !== null);
  }
  /** Keys that come more than once: what a unique constraint would stop at. */
  async findDuplicates(table: TableName, columns: readonly string[], options?: FindDuplicatesOptions): Promise<Found> {
    return this.run.ask('findDuplicates', (c) => findDuplicates(c, table, columns, options, this.run.settings.schema));
  }
  /** Rows that hold NULL: what NOT NULL would stop at. */
  async findNulls(table: TableName, column: string, options?: FindNullsOptions): Promise<Found> {
    return this.run.ask('findNulls', (c) => findNulls(c, table, column, options, this.run.settings.schema));
  }

  /** Values by column, those in the host's own form of an expression as fragments. */
  #expressions<T>(values: T): T {
    if (typeof values !== 'object' || values === null) return values;
    const entries = Object.entries(values).map(([column, value]) => [column, this.expression(value)]);
    return Object.fromEntries(entries) as T;
  }

  #where(where: Condition | HostExpression | undefined): { readonly where?: Condition } {
    return where === undefined ? {} : { where: this.expression(where) as Condition };
  }
}
