/**
 * Runs the projects of the corpus with the runners that their teams use: `knex.migrate` and `DataSource.runMigrations`, unchanged. What
 * is to stand between a runner and its migrations is handed in as `wrap`.
 */
import type { Knex } from 'knex';
import type { DataSource } from 'typeorm';
import { execute } from '../support/catalog.js';
import type { Project } from './projects.js';
import { openKnexHistory } from './run-knex.js';
import { openTypeormHistory } from './run-typeorm.js';

export { chosen, PROJECTS, type Project, WHOLE_CORPUS } from './projects.js';
export { type Snapshot, snapshot } from './snapshot.js';

export interface Wrap {
  readonly knex?: (source: Knex.MigrationSource<unknown>) => Knex.MigrationSource<unknown>;
  /** Given before `initialize()`. */
  readonly typeorm?: (source: DataSource) => DataSource;
}

export interface HistoryOptions {
  readonly wrap?: Wrap;
  /** Default: 1. */
  readonly typeorm?: '0.3' | '1';
}

/** One project on one database. Each method opens its own connections and closes them. */
export interface History {
  /** As the ledger calls them, in order. */
  readonly names: readonly string[];
  /** Deploys the project as it was when it had its first `count` migrations; default: all. What the ledger has is not run. */
  up(count?: number): Promise<void>;
  /** Runs this one, unless the ledger has it; the others are not looked at. `index` from 0. */
  only(index: number): Promise<void>;
  /** Takes the last `count` of the ledger back, one by one; default: all. */
  down(count?: number): Promise<void>;
  /** What the ledger has, oldest first. Empty without a ledger. */
  ledger(): Promise<readonly string[]>;
  /** Deletes rows of the ledger: the last `count`, or those of these names. The schema stays. */
  forget(which: number | readonly string[]): Promise<void>;
}

/** In a database without tables it also does what the manifest says was done by hand. */
export async function openHistory(project: Project, url: string, options: HistoryOptions = {}): Promise<History> {
  if (project.prepare !== undefined && (await isEmpty(url))) for (const sql of project.prepare) await execute(url, sql);
  return project.host === 'knex' ? openKnexHistory(project, url, options) : openTypeormHistory(project, url, options);
}

async function isEmpty(url: string): Promise<boolean> {
  const tables = await execute(
    url,
    "SELECT FROM pg_class WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace) LIMIT 1",
  );
  return tables.length === 0;
}
