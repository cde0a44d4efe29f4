/** What the process that replays is told, and what it answers. */
import type { LockedMigration, SchemaLock } from '@holdfast/core';

export interface Job {
  readonly tool: SchemaLock['tool'];
  /** The knexfile, or the file of the DataSource; absolute. */
  readonly config: string;
  /** Of a knexfile with environments. */
  readonly environment: string;
  /** Roles that the migrations grant to, made before the first one. */
  readonly roles: readonly string[];
  /** Connection string of a server to replay on; null: PGlite. */
  readonly server: string | null;
  /** Folder for what the next run starts from; null: replay everything and keep nothing. */
  readonly cache: string | null;
  /** Only list the migrations. */
  readonly list: boolean;
}

export interface Replayed {
  readonly lock: SchemaLock;
  /** Where the migrations are: the lock file's folder. */
  readonly folder: string;
  /** How many were replayed just now. */
  readonly replayed: number;
  /** Extensions that were there before the first one. */
  readonly granted: readonly string[];
}

export type Listed = readonly Pick<LockedMigration, 'name' | 'hash'>[];

export type Answer =
  | { readonly ok: true; readonly result: Replayed }
  | { readonly ok: false; readonly migration: string | null; readonly message: string; readonly stack: string };
