/** A copy of the schema of a live database, in this process: what its ledger has, replayed. */
import {
  beginReplay,
  type CatalogLines,
  hashText,
  ignoredTables,
  JOURNAL,
  RefusedError,
  readCatalogLines,
} from '@holdfast/core';
import { EMPTY, findBase, keep, rememberedExtensions } from '../lock/base.js';
import { PGLITE_VERSION } from '../lock/empty-database.js';
import { type Extensions, extensionsOf, type Failure, withExtensions } from '../lock/extensions.js';
import { REPLAY_SCHEMA } from '../lock/footprint.js';
import { InitialFailure, type InitialSql, readInitialSql } from '../lock/initial-schema.js';
import { isInPglite, type LiteDatabase, openReplayDatabase } from '../lock/replay-database.js';
import { lockPathOf } from '../lock-file.js';
import type { ListedMigration, OpenProject, Project } from '../project/project.js';
import type { PlanJob } from './job.js';
import type { Live } from './live.js';

export interface Copy {
  readonly database: LiteDatabase;
  readonly open: OpenProject;
}

/** As the migrations that the ledger has make it. Rejects with `RefusedError` when one of them does not run there. */
export async function openCopy(project: Project, job: PlanJob, live: Live): Promise<Copy> {
  const last = job.cache === null ? null : await rememberedExtensions(job.cache);
  const lockPath = lockPathOf(job, project);
  const initial = readInitialSql({ operation: job.operation, given: null, lockPath });
  const known = extensionsOf(project.migrations, initial, last);
  return withExtensions(known, { hasFiles: isInPglite, failureOf }, (extensions) =>
    openCopyWith({ extensions, initial }, project, job, live),
  );
}

/** Only the schema counts here: what was granted and is made after all is there as well. */
function failureOf(error: unknown): Failure | null {
  if (!(error instanceof RefusedError) || !(error.cause instanceof Error)) return null;
  return { migration: error.target, message: error.cause.message };
}

async function openCopyWith(
  { extensions, initial }: { readonly extensions: Extensions; readonly initial: InitialSql | null },
  project: Project,
  { operation, cache }: PlanJob,
  { done, roles }: Live,
): Promise<Copy> {
  const own = roles.filter((name) => name !== 'postgres');
  const key = hashText(JSON.stringify(['plan', 5, PGLITE_VERSION, own, extensions, initial?.hash ?? null]));
  const wanted = project.migrations.filter(({ name }) => done.has(name));
  const base = cache === null ? EMPTY : await findBase<ListedMigration>(cache, key, wanted);
  const database = await openReplayDatabase(base.database, {
    work: project.migrations.length - base.done.length,
    extensions,
    roles: own,
    schema: project.ledger.schema,
    initial,
  }).catch((error: unknown) => {
    throw error instanceof InitialFailure
      ? notReplayed(operation, error.file, 'it was there before the first migration', error)
      : error;
  });
  const open = await project.open(
    database.connection,
    base.done.map(({ name }) => name),
  );
  const endReplay = beginReplay();
  try {
    for (const { name } of wanted.slice(base.done.length))
      await open.run(name).catch(async (cause: Error) => {
        await open.close().catch(() => undefined);
        await database.close();
        throw notReplayed(operation, name, 'the ledger has it', cause);
      });
  } finally {
    endReplay();
  }
  const fresh = base.database === null || wanted.length > base.done.length;
  if (cache !== null && fresh && wanted.length > 0)
    await keep(cache, key, database, {
      done: wanted.map(({ name, hash }) => ({ name, hash })),
      lines: null,
      initial: null,
      varying: new Map(),
      extensions,
    });
  return { database, open };
}

function notReplayed(operation: string, name: string, why: string, cause: Error): RefusedError {
  return new RefusedError({
    operation,
    target: name,
    happened: `${why}, and it does not run on the copy: ${cause.message}`,
    left: 'Nothing of the live database was changed.',
    hint: 'The copy is made by replaying, on an empty PostgreSQL 18 in this process, what the ledger has. What that says of it, without a database:\n  npx holdfast lock',
    cause,
  });
}

export function readCopy({ database }: Copy, project: Project): Promise<CatalogLines> {
  return readCatalogLines(database.client, {
    ignoreTables: [...ignoredTables(project), { name: JOURNAL }],
    ignoreSchemas: [REPLAY_SCHEMA],
  });
}
