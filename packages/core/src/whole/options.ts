/** Options of whole migrations, beside those of the guard. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** How whole migrations are judged; part of the options of whatever wraps them. */
export interface WholeOptions {
  /** Path of `holdfast.lock.json`. Default: beside the migrations, where their folder is known. `false`: none. */
  readonly lockFile?: string | false;
  /**
   * Whether what any pending migration needs and the database has not is said before the first of them runs, with `PrerequisiteError`.
   * Default: true. Needs the lock file.
   */
  readonly pendingPrerequisites?: boolean;
  /**
   * Whether `Math.random`, the random functions of `node:crypto` and the clock give a body without a transaction that is resumed what they
   * gave it before. Its clock stands still between two messages. Default: true.
   */
  readonly seedSources?: boolean;
  /** Schema of the table `holdfast_journal`. Default: that of the runner's ledger. */
  readonly journalSchema?: string;
}

/** The places in which the file is looked for, when nobody names it. */
export function findLockFile({ lockFile }: WholeOptions, folders: readonly string[]): string | null {
  if (lockFile === false) return null;
  if (lockFile !== undefined) return resolve(lockFile);
  const places = [...folders, ...(folders.length === 0 ? [] : ['.'])].map((folder) =>
    resolve(folder, 'holdfast.lock.json'),
  );
  return places.find(existsSync) ?? null;
}

/** Takes them out of options that hold others as well. */
export function wholeOptions<O extends WholeOptions>(options: O): readonly [WholeOptions, Omit<O, keyof WholeOptions>] {
  const { lockFile, journalSchema, pendingPrerequisites, seedSources, ...others } = options;
  const all = { lockFile, journalSchema, pendingPrerequisites, seedSources };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return [Object.fromEntries(given) as WholeOptions, others];
}
