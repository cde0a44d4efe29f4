/** Options of whole migrations, beside those of the guard. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';

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

/** Folders in which the commands that need no project look for the file, from where they run. */
export const LOCK_FOLDERS: readonly string[] = ['.', 'migrations', 'src/migrations', 'src/migration', 'db/migrations'];

/** What a command has to be told to find this file: nothing in those folders. */
export function lockFileOption(path: string | null): string {
  if (path === null || LOCK_FOLDERS.some((folder) => resolve(folder, 'holdfast.lock.json') === path)) return '';
  return ` --lock-file ${shellWord(relative('', path))}`;
}

/** As it is pasted into a shell. */
export function shellWord(text: string): string {
  return /^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Paths at which the guard looks for the file, in this order; none where it wants none, and where nobody knows a folder. */
export function lockPlaces({ lockFile }: WholeOptions, folders: readonly string[]): readonly string[] {
  if (lockFile === false) return [];
  if (lockFile !== undefined) return [resolve(lockFile)];
  return folders.length === 0 ? [] : [...folders, '.'].map((folder) => resolve(folder, 'holdfast.lock.json'));
}

/** The first of them; one that was named counts as there. */
export function findLockFile(options: WholeOptions, folders: readonly string[]): string | null {
  const places = lockPlaces(options, folders);
  return (typeof options.lockFile === 'string' ? places[0] : places.find(existsSync)) ?? null;
}

// Registered: the commands write and read the file where the guard looks for it.
const LOCK_PLACES = Symbol.for('holdfast.lock-places');

/** Leaves them on what stands for the guard in the project: a source of migrations, a data source. */
export function tellLockPlaces(holder: object, places: readonly string[]): void {
  Object.defineProperty(holder, LOCK_PLACES, { value: places, configurable: true });
}

/** Takes them out of options that hold others as well. */
export function wholeOptions<O extends WholeOptions>(options: O): readonly [WholeOptions, Omit<O, keyof WholeOptions>] {
  const { lockFile, journalSchema, pendingPrerequisites, seedSources, ...others } = options;
  const all = { lockFile, journalSchema, pendingPrerequisites, seedSources };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return [Object.fromEntries(given) as WholeOptions, others];
}
