/** Runs the migrations of a project one by one, and writes down what each does. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CatalogLines, ignoredTables, type LockedMigration, readCatalogLines } from '@holdfast/core';
import { REPLAY_SCHEMA, takeTouched } from './footprint.js';
import type { Job, Replayed } from './job.js';
import { lockedMigration } from './locked-migration.js';
import { hashText, type ListedMigration, type Project } from './project.js';
import { openReplayDatabase, type ReplayDatabase } from './replay-database.js';

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
  const extensions = await extensionsOf(project.migrations);
  const key = hashText(JSON.stringify([2, job.roles, extensions]));
  const base = job.cache === null ? EMPTY : await findBase(job.cache, key, project);
  const database = await openReplayDatabase(base.file, { extensions, roles: job.roles });
  const open = await project.open(database.connection, base.done.length);
  const done = [...base.done];
  try {
    database.takeStatements();
    await takeTouched(database.client);
    let before = await read(database, project);
    for (const migration of project.migrations.slice(done.length)) {
      await open.runNext().catch((error: unknown) => {
        throw new ReplayFailure(migration.name, error);
      });
      const after = await read(database, project);
      const { name, hash } = migration;
      const texts = database.takeStatements();
      const touches = await takeTouched(database.client);
      done.push(lockedMigration({ name, hash, before, after, texts, touches, ignoreTables: ignoredTables(project) }));
      before = after;
    }
  } finally {
    await open.close().catch(() => undefined);
  }
  const replayed = done.length - base.done.length;
  if (job.cache !== null && (replayed > 0 || base.file === null)) await keep(job.cache, key, database, done);
  const { tool, ignoreTables, folder } = project;
  return { lock: { version: 1, tool, ignoreTables, migrations: done }, folder, replayed };
}

function read(database: ReplayDatabase, project: Project): Promise<CatalogLines> {
  return readCatalogLines(database.client, { ignoreTables: ignoredTables(project), ignoreSchemas: [REPLAY_SCHEMA] });
}

interface Base {
  readonly file: string | null;
  readonly done: readonly LockedMigration[];
}
const EMPTY: Base = { file: null, done: [] };

/** What the last run kept, if its migrations are the first ones of these, unedited. */
async function findBase(cache: string, key: string, { migrations }: Project): Promise<Base> {
  const text = await readFile(join(cache, 'base.json'), 'utf8').catch(() => null);
  if (text === null) return EMPTY;
  const kept = JSON.parse(text) as {
    readonly key: string;
    readonly file: string;
    readonly done: readonly LockedMigration[];
  };
  const same = kept.done.every(({ name, hash }, i) => migrations[i]?.name === name && migrations[i]?.hash === hash);
  return kept.key === key && same ? { file: join(cache, kept.file), done: kept.done } : EMPTY;
}

/** The description last, and by renaming: a run that is killed leaves the old one or the new one. */
async function keep(
  cache: string,
  key: string,
  database: ReplayDatabase,
  done: readonly LockedMigration[],
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const file = `base-${hashText(JSON.stringify([key, done])).slice(0, 16)}.tar`;
  await writeFile(join(cache, file), await database.dump());
  await writeFile(join(cache, 'base.json.new'), JSON.stringify({ key, file, done }));
  await rename(join(cache, 'base.json.new'), join(cache, 'base.json'));
}

/** PGlite wants to know at its start which extensions it is to have: those that the files speak of. */
async function extensionsOf(migrations: readonly ListedMigration[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { file } of migrations) {
    const text = file === null ? '' : await readFile(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/create\s+extension\s+(?:if\s+not\s+exists\s+)?\\?"?([\w-]+)/gi))
      names.add(name.toLowerCase());
  }
  return [...names].sort();
}
