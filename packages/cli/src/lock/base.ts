/** The database after the last run, kept: only what came since is replayed. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashText, type ListedMigration } from '../project/project.js';
import type { LiteDatabase } from './replay-database.js';

type Hashed = Pick<ListedMigration, 'name' | 'hash'>;

export interface Base<M> {
  readonly file: string | null;
  readonly done: readonly M[];
}
export const EMPTY: Base<never> = { file: null, done: [] };

/** What the last run kept, if its migrations are the first ones of these, unedited. */
export async function findBase<M extends Hashed>(
  cache: string,
  key: string,
  migrations: readonly Hashed[],
): Promise<Base<M>> {
  const text = await readFile(join(cache, 'base.json'), 'utf8').catch(() => null);
  if (text === null) return EMPTY;
  const kept = JSON.parse(text) as {
    readonly key: string;
    readonly file: string;
    readonly done: readonly M[];
  };
  const same = kept.done.every(({ name, hash }, i) => migrations[i]?.name === name && migrations[i]?.hash === hash);
  return kept.key === key && same ? { file: join(cache, kept.file), done: kept.done } : EMPTY;
}

/** The description last, and by renaming: a run that is killed leaves the old one or the new one. */
export async function keep(cache: string, key: string, database: LiteDatabase, done: readonly Hashed[]): Promise<void> {
  await mkdir(cache, { recursive: true });
  const file = `base-${hashText(JSON.stringify([key, done])).slice(0, 16)}.tar`;
  await writeFile(join(cache, file), await database.dump());
  await writeFile(join(cache, 'base.json.new'), JSON.stringify({ key, file, done }));
  await rename(join(cache, 'base.json.new'), join(cache, 'base.json'));
}

/** PGlite wants to know at its start which extensions it is to have: those that the files speak of. */
export async function extensionsOf(migrations: readonly ListedMigration[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { file } of migrations) {
    const text = file === null ? '' : await readFile(file, 'utf8');
    for (const [, name = ''] of text.matchAll(/create\s+extension\s+(?:if\s+not\s+exists\s+)?\\?"?([\w-]+)/gi))
      names.add(name.toLowerCase());
  }
  return [...names].sort();
}
