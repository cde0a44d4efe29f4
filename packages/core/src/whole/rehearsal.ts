/**
 * `holdfast plan` runs pending migrations on a copy of the schema, with the guard in force as it will be, and hears what the guard makes of
 * each statement. The copy has no rows and one connection: how large the tables are it is told.
 */
import type { GuardEvent } from '../events.js';
import type { Direction } from './journal.js';
import { isReplay } from './replay.js';

/** Who listens. All methods are called synchronously, in the order in which things happen. */
export interface Rehearsal {
  /** Size of the live table that this one of the copy stands for; undefined where there is none. */
  bytesOf(oid: number): number | undefined;
  /** The guard is around the body of this migration. */
  body(migration: string, direction: Direction): void;
  /** A body is about to send this; `schema`: it changes the schema, or may do so. */
  statement(text: string, does: { readonly schema: boolean; readonly rows: 'none' | 'reads' | 'writes' }): void;
  /** An operation that the migration calls itself has begun; its end is an event. */
  operation(name: string): void;
  event(event: GuardEvent): void;
}

// Registered: the command and the project may have copies of this package.
const REHEARSAL = Symbol.for('holdfast.rehearsal');
const holder = globalThis as { [REHEARSAL]?: Rehearsal };

/** From now on, for this process, until the function that comes back is called. */
export function beginRehearsal(rehearsal: Rehearsal): () => void {
  holder[REHEARSAL] = rehearsal;
  return () => {
    delete holder[REHEARSAL];
  };
}

export function currentRehearsal(): Rehearsal | undefined {
  return holder[REHEARSAL];
}

/** The database is one of this process: a second connection would lead to another one. */
export function hasOneConnection(): boolean {
  return isReplay() || holder[REHEARSAL] !== undefined;
}
