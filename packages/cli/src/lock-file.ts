/** `holdfast.lock.json`, for the commands that read it. */
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { LOCK_FOLDERS, parseSchemaLock, RefusedError, type SchemaLock } from '@holdfast/core';

export interface LockFile {
  /** Absolute. */
  readonly path: string;
  /** With one migration at least. */
  readonly lock: SchemaLock;
}

const NAME = 'holdfast.lock.json';

/** Of a project: the one that was named, else where its guard looks for it. */
export function lockPathOf(
  { lockFile }: { readonly lockFile?: string | null | undefined },
  { lockPath }: { readonly lockPath: string },
): string {
  return lockFile ?? lockPath;
}

/** By its path, else in the usual folders. Throws `RefusedError` when there is none, when there are several, and when it holds nothing. */
export function readLockFile(given: string | undefined, operation: string): LockFile {
  const path = find(given, operation);
  const lock = parseSchemaLock(readFileSync(path, 'utf8'), path);
  if (lock.migrations.length > 0) return { path, lock };
  // To find no difference to nothing would look like success.
  const [happened, hint] = ['it has no migrations.', 'Make it anew:\n  npx holdfast lock'];
  throw new RefusedError({ operation, target: path, happened, left: '', hint });
}

function find(given: string | undefined, operation: string): string {
  const places = given === undefined ? LOCK_FOLDERS.map((folder) => resolve(folder, NAME)) : [resolve(given)];
  const [path, another] = places.filter((place) => existsSync(place));
  if (path !== undefined && another === undefined) return path;
  const list = (path === undefined ? places : [path, another ?? '']).map((place) => relative('', place));
  throw new RefusedError({
    operation,
    target: list.join(', '),
    happened: path === undefined ? 'there is no such file.' : 'there are both.',
    left: '',
    hint: `Make it, or name it:\n  npx holdfast lock\n  npx ${operation} --lock-file path/to/holdfast.lock.json`,
  });
}
