/** Both majors of TypeORM, and a database of its own with a runner on it. */
import 'reflect-metadata';
import type pg from 'pg';
import * as v1 from 'typeorm';
import * as v03 from 'typeorm-0.3';
import { catalogOf, execute } from '../support/catalog.js';
import { createDatabase, type Database } from '../support/database.js';
import { serverFor } from '../support/server.js';
import { QUIET } from './quiet.js';

export type Typeorm = typeof v1;

/** For `describe.each(MAJORS)`. To the types the older major passes for the newer one: what tests call is in both. */
export const MAJORS: readonly (readonly [string, Typeorm])[] = [
  ['0.3', v03 as unknown as Typeorm],
  ['1', v1],
];

export type SourceOptions = Partial<Omit<Extract<v1.DataSourceOptions, { type: 'postgres' }>, 'type'>>;

export interface Opened {
  readonly source: v1.DataSource;
  readonly runner: v1.QueryRunner;
}

const opened: { readonly sources: v1.DataSource[]; readonly databases: Database[] } = { sources: [], databases: [] };

/** An empty database, or one that `setup` has filled. */
export async function makeDatabase(setup = '', major?: number): Promise<string> {
  const database = await createDatabase(serverFor(major));
  opened.databases.push(database);
  if (setup !== '') await execute(database.url, setup);
  return database.url;
}

/** A DataSource on the database and a runner of it, connected. */
export async function open({ DataSource }: Typeorm, url: string, options: SourceOptions = {}): Promise<Opened> {
  const source = new DataSource({
    type: 'postgres',
    url,
    entities: [],
    migrations: [],
    logging: false,
    logger: QUIET,
    ...options,
  });
  await source.initialize();
  opened.sources.push(source);
  const runner = source.createQueryRunner();
  await runner.connect();
  return { source, runner };
}

/** Runs `use` in a transaction of its own, on a runner that has read nothing yet, and takes it back: much faster than another database. */
export async function takenBack<T>(
  { source }: Opened,
  before: string,
  use: (runner: v1.QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = source.createQueryRunner();
  await runner.startTransaction();
  try {
    if (before !== '') await runner.query(before);
    return await use(runner);
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

/** The schema as the runner's transaction has it. */
export async function schemaOf(runner: v1.QueryRunner): Promise<readonly string[]> {
  return catalogOf((await runner.connect()) as pg.Client);
}

/** For `afterEach`: ends all that was opened. */
export async function closeAll(): Promise<void> {
  for (const source of opened.sources.splice(0)) if (source.isInitialized) await source.destroy();
  for (const database of opened.databases.splice(0)) await database.drop();
}
