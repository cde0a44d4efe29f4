/** The database after the last run, kept: only what came since is replayed. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CatalogLines, hashText } from '@holdfast/core';
import type { ListedMigration } from '../project/project.js';
import type { Extensions } from './extensions.js';
import type { LiteDatabase } from './replay-database.js';
import type { Varying } from './varying.js';

type Hashed = Pick<ListedMigration, 'name' | 'hash'>;

export interface Base<M> {
  /** What `dump` gave; null: a new one. */
  readonly database: Buffer | null;
  readonly done: readonly M[];
  /** Its catalog, where whoever kept it had read it, and that before the first migration. */
  readonly lines: CatalogLines | null;
  readonly initial: CatalogLines | null;
  readonly varying: Varying;
}

interface Kept extends Omit<Base<Hashed>, 'database'> {
  readonly extensions: Extensions;
}

export const EMPTY: Base<never> = { database: null, done: [], lines: null, initial: null, varying: new Map() };

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
    readonly lines: readonly (readonly [string, string])[] | null;
    readonly initial: readonly (readonly [string, string])[] | null;
    readonly varying: readonly (readonly [string, 'line' | 'name'])[];
  };
  const same = kept.done.every(({ name, hash }, i) => migrations[i]?.name === name && migrations[i]?.hash === hash);
  if (kept.key !== key || !same) return EMPTY;
  // Another run may have taken it away by now.
  const database = await readFile(join(cache, kept.file)).catch(() => null);
  if (database === null) return EMPTY;
  const { done, lines, initial, varying } = kept;
  const mapped = { lines: lines && new Map(lines), initial: initial && new Map(initial), varying: new Map(varying) };
  return { database, done, ...mapped };
}

/** With which extensions the last run went through. */
export async function rememberedExtensions(cache: string): Promise<Extensions | null> {
  const text = await readFile(join(cache, 'base.json'), 'utf8').catch(() => null);
  return text === null ? null : ((JSON.parse(text) as { readonly extensions?: Extensions }).extensions ?? null);
}

/** The description last, and by renaming: a run that is killed leaves the old one or the new one. What was kept before goes. */
export async function keep(
  cache: string,
  key: string,
  database: LiteDatabase,
  { done, lines, initial, varying, extensions }: Kept,
): Promise<void> {
  await mkdir(cache, { recursive: true });
  const file = `base-${hashText(JSON.stringify([key, done])).slice(0, 16)}.tar`;
  await writeFile(join(cache, file), await database.dump());
  const maps = { lines: lines && [...lines], initial: initial && [...initial], varying: [...varying] };
  const kept = { key, file, extensions, done, ...maps };
  await writeFile(join(cache, 'base.json.new'), JSON.stringify(kept));
  await rename(join(cache, 'base.json.new'), join(cache, 'base.json'));
  for (const other of await readdir(cache))
    if (/^base-.*\.tar$/.test(other) && other !== file) await rm(join(cache, other), { force: true });
}
