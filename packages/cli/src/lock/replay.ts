/** Runs the migrations of a project one by one, and writes down what each does. */
import { type CatalogLines, hashText, ignoredTables, type LockedMigration, readCatalogLines } from '@holdfast/core';
import { lockPathOf } from '../lock-file.js';
import type { Project } from '../project/project.js';
import { type Base, EMPTY, findBase, keep, rememberedExtensions } from './base.js';
import { PGLITE_VERSION } from './empty-database.js';
import {
  type Extensions,
  extensionsOf,
  type Failure,
  MadeAfterAll,
  requireNotMade,
  withExtensions,
} from './extensions.js';
import { REPLAY_SCHEMA, takeTouched } from './footprint.js';
import { InitialFailure, type InitialSql, initialSchema, readInitialSql } from './initial-schema.js';
import type { Job, Replayed } from './job.js';
import { lockedMigration } from './locked-migration.js';
import { findVarying } from './replay-ahead.js';
import { isInPglite, openReplayDatabase, type ReplayDatabase } from './replay-database.js';
import { openServerDatabase } from './server-database.js';
import { withoutVarying } from './varying.js';

/** Thrown with the migration that failed. */
export class ReplayFailure extends Error {
  constructor(
    readonly migration: string,
    override readonly cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

export async function replay(project: Project, job: Job): Promise<Replayed> {
  const { server, cache } = job;
  const last = cache === null ? null : await rememberedExtensions(cache);
  const hasFiles = server === null ? isInPglite : () => Promise.resolve(false);
  const initial = readInitialSql({
    operation: 'holdfast lock',
    given: job.initialSchema,
    lockPath: lockPathOf(job, project),
  });
  const known = extensionsOf(project.migrations, initial, last);
  return withExtensions(known, { hasFiles, failureOf }, (extensions) =>
    replayWith({ extensions, initial }, project, job),
  );
}

function failureOf(error: unknown): Failure | null {
  if (error instanceof MadeAfterAll) return { migration: '', message: error.message };
  if (error instanceof InitialFailure) return { migration: error.file, message: error.message };
  return error instanceof ReplayFailure ? { migration: error.migration, message: error.message } : null;
}

/** What is in the database that the first migration finds. */
interface Start {
  readonly extensions: Extensions;
  readonly initial: InitialSql | null;
}

async function replayWith(start: Start, project: Project, job: Job): Promise<Replayed> {
  const { extensions, initial } = start;
  const { roles, server } = job;
  const { schema } = project.ledger;
  const answer = (made: Made, from: LockedBase): Replayed => ({
    lock: {
      version: 1,
      tool: project.tool,
      ignoreTables: project.ignoreTables,
      ...(initial === null ? {} : { initial: initialSchema(initial, made.initial ?? new Map(), made.done) }),
      migrations: made.done,
    },
    lockPath: project.lockPath,
    replayed: made.done.length - from.done.length,
    granted: extensions.granted.map(({ name }) => name),
  });
  if (server !== null) {
    const database = await openServerDatabase({ url: server, roles, schema, ...start });
    try {
      return answer(await settled(EMPTY, await replayFrom(EMPTY, extensions, project, database), project, job), EMPTY);
    } finally {
      await database.close();
    }
  }
  const key = hashText(JSON.stringify([9, PGLITE_VERSION, roles, extensions, initial?.hash ?? null]));
  const base = job.cache === null ? EMPTY : await findBase<LockedMigration>(job.cache, key, project.migrations);
  if (base.database !== null && base.done.length === project.migrations.length) return answer(base, base);
  const work = project.migrations.length - base.done.length;
  const database = await openReplayDatabase(base.database, { work, roles, schema, ...start });
  const replayed = await replayFrom(base, extensions, project, database).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  if (job.ahead > 0) return answer(replayed, base);
  const made = await settled(base, replayed, project, job);
  if (job.cache !== null) await keep(job.cache, key, database, { ...made, extensions });
  return answer(made, base);
}

type LockedBase = Base<LockedMigration>;
type Made = Omit<LockedBase, 'database'>;

/** Without what depends on the clock or on chance. */
async function settled(base: LockedBase, made: Made, project: Project, job: Job): Promise<Made> {
  // It tells of what depends on the clock by being compared.
  if (job.ahead > 0) return made;
  const from = base.done.length;
  const fresh = made.done.slice(from);
  const varying = new Map([...base.varying, ...(await findVarying(fresh, project.migrations.slice(from), job))]);
  return { ...made, done: [...base.done, ...fresh.map((each) => withoutVarying(each, varying))], varying };
}

/** All migrations, those of the base included. */
async function replayFrom(
  base: LockedBase,
  extensions: Extensions,
  project: Project,
  database: ReplayDatabase,
): Promise<Made> {
  const open = await project.open(
    database.connection,
    base.done.map(({ name }) => name),
  );
  const done = [...base.done];
  const ignoreTables = ignoredTables(project);
  try {
    database.takeStatements();
    await takeTouched(database.client, ignoreTables);
    let before = base.lines ?? (await read(database, project));
    const initial = base.initial ?? before;
    for (const migration of project.migrations.slice(done.length)) {
      await open.run(migration.name).catch((error: unknown) => {
        throw new ReplayFailure(migration.name, error);
      });
      const after = await read(database, project);
      const { name, hash } = migration;
      const texts = database.takeStatements();
      requireNotMade(texts, extensions);
      const touches = await takeTouched(database.client, ignoreTables);
      done.push(await lockedMigration({ name, hash, before, after, texts, touches, ignoreTables }));
      before = after;
    }
    return { done, lines: before, initial, varying: base.varying };
  } finally {
    await open.close().catch(() => undefined);
  }
}

function read(database: ReplayDatabase, project: Project): Promise<CatalogLines> {
  return readCatalogLines(database.client, { ignoreTables: ignoredTables(project), ignoreSchemas: [REPLAY_SCHEMA] });
}
