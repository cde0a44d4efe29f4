/** What the process that replays is told, and what it answers. */

import type { LockedMigration, SchemaLock } from '@holdfast/core';
import type { Failure } from '../project/ask-project.js';

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
  /** SQL file of what was there before the first migration; absolute; null: what the lock file names. */
  readonly initialSchema: string | null;
  /** Absolute; null: beside the migrations. */
  readonly lockFile: string | null;
  /** Folder for what the next run starts from; null: replay everything and keep nothing. */
  readonly cache: string | null;
  /** Milliseconds that its clock goes ahead, in a replay beside another one; 0: none, and what depends on the clock is left out. */
  readonly ahead: number;
  /** Only list the migrations. */
  readonly list: boolean;
}

export interface Replayed {
  readonly lock: SchemaLock;
  /** Where the guard looks for the lock file. */
  readonly lockPath: string;
  /** How many were replayed just now. */
  readonly replayed: number;
  /** Extensions that were there before the first one. */
  readonly granted: readonly string[];
}

export type Listed = readonly Pick<LockedMigration, 'name' | 'hash'>[];

export type Answer =
  | { readonly ok: true; readonly result: Replayed }
  /** It has words of its own for it. */
  | { readonly ok: false; readonly failure: Failure }
  | ReplayFailed;

export interface ReplayFailed {
  readonly ok: false;
  /** Null where the project could not be read. */
  readonly at: FailedAt | null;
  readonly message: string;
  readonly stack: string;
}

export interface FailedAt {
  readonly kind: 'migration' | 'initial schema';
  readonly name: string;
}
