/** The methods for rows. */
import { requireCondition, requireNewValues, requireSeedRows, splitOptions, wholeNumber } from '../arguments.js';
import { type BackfillOptions, backfill } from '../data/backfill.js';
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
import { requireNames, type TableName } from '../names.js';
import type { Outcome } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import type { HostForms } from '../session.js';
import { ObjectMethods } from './objects.js';

export abstract class DataMethods<F extends HostForms> extends ObjectMethods<F> {
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
    return this.perform(operation, table, common, (t) => {
      requireNewValues(operation, own.set);
      requireCondition(operation, own.where);
      wholeNumber(operation, 'batchSize', own.batchSize, 1, 1_000_000);
      wholeNumber(operation, 'targetBatchMs', own.targetBatchMs, 1, 60_000);
      wholeNumber(operation, 'pauseMs', own.pauseMs, 0, 60_000);
      return child(backfill, { table: t, ...own });
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
      requireSeedRows(seed.name, rows, key);
      return child(seed, { table: t, rows: [...rows], key });
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
}
