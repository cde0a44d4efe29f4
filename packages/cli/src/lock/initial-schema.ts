/** What was in the database before the first migration: a file of SQL that somebody has made of it once, committed beside the migrations. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import {
  type CatalogLines,
  footprintOf,
  hashText,
  type InitialSchema,
  type LockedMigration,
  parseSchemaLock,
  RefusedError,
  type SchemaLock,
} from '@holdfast/core';
import { isPart } from '../check/drift.js';

export interface InitialSql extends Pick<InitialSchema, 'file' | 'hash'> {
  readonly sql: string;
}

interface Asked {
  readonly operation: string;
  /** Absolute; null: what the lock file names. */
  readonly given: string | null;
  /** Of the lock file, which need not be there. */
  readonly lockPath: string;
}

/** Null where there is none. Throws `RefusedError` when the file cannot be read, or holds rows as psql takes them. */
export function readInitialSql({ operation, given, lockPath }: Asked): InitialSql | null {
  const named = given ?? namedIn(lockPath);
  if (named === null) return null;
  const file = relative(dirname(lockPath), named).replaceAll('\\', '/');
  const refuse = (happened: string, hint: string): RefusedError =>
    new RefusedError({ operation, target: relative('', named), happened, left: '', hint });
  if (!existsSync(named))
    throw refuse(
      'there is no such file of what was there before the first migration.',
      'Name another one:\n  npx holdfast lock --initial-schema schema.sql',
    );
  const text = readFileSync(named, 'utf8');
  if (/^COPY .* FROM stdin;\s*$/im.test(text))
    throw refuse(
      'it holds rows as psql alone takes them.',
      'Make it without rows:\n  pg_dump --schema-only --no-owner --no-privileges',
    );
  return { file, hash: hashText(text), sql: forServers(text) };
}

/** For a lock that is compared by hashes: without what is in it. */
export function listedInitial(asked: Asked): Pick<SchemaLock, 'initial'> {
  const read = readInitialSql(asked);
  return read === null ? {} : { initial: { file: read.file, hash: read.hash, catalog: {} } };
}

function namedIn(lockPath: string): string | null {
  if (!existsSync(lockPath)) return null;
  const { initial } = parseSchemaLock(readFileSync(lockPath, 'utf8'), lockPath);
  return initial === undefined ? null : resolve(dirname(lockPath), initial.file);
}

/** pg_dump writes for psql, and for a database of which it has all schemas. Lines stay where they are. */
function forServers(text: string): string {
  return text
    .replace(/^\\(?:un)?restrict\b.*$/gm, '')
    .replace(/^CREATE SCHEMA public;/gm, 'CREATE SCHEMA IF NOT EXISTS public;');
}

/** Thrown where the server does not take it. */
export class InitialFailure extends Error {
  constructor(
    readonly file: string,
    override readonly cause: unknown,
    sql: string,
  ) {
    const { message, position } = cause as { readonly message: string; readonly position?: string };
    const line = position === undefined ? '' : `line ${sql.slice(0, Number(position) - 1).split('\n').length}: `;
    super(`${line}${message}`);
  }
}

/** Runs it, and leaves the session as it was: pg_dump takes every schema out of the search path. */
export async function lay(run: (sql: string) => Promise<unknown>, { file, sql }: InitialSql): Promise<void> {
  try {
    await run(sql);
    await run('RESET ALL');
  } catch (error) {
    throw new InitialFailure(file, error, sql);
  }
}

/** What migrations touch or need of it, and the other parts of those tables: `lines` is all that was there. */
export function initialSchema(
  { file, hash }: Pick<InitialSchema, 'file' | 'hash'>,
  lines: CatalogLines,
  migrations: readonly LockedMigration[],
): InitialSchema {
  const named = new Set(migrations.flatMap((migration) => [...footprintOf(migration), ...migration.needs]));
  const tables = [...named].filter((key) => key.startsWith('table ')).map((key) => key.slice('table '.length));
  const isMeant = (key: string, line: string): boolean =>
    named.has(key) || tables.some((table) => isPart(key, line, table));
  const catalog = [...lines].filter(([key, line]) => isMeant(key, line)).sort(([a], [b]) => (a < b ? -1 : 1));
  return { file, hash, catalog: Object.fromEntries(catalog) };
}
