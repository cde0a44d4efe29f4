/** What a statement is to the guard: the form into which all kinds of statements are read. */
import type { Child, Lock, Work } from '../engine/operation.js';
import type { ObjectName } from '../names.js';
import type { Passing } from './passing.js';

/** One statement, read. */
export type Reading =
  /** It changes no schema, and runs as it is. */
  | {
      readonly kind: 'other';
      readonly rows: 'none' | 'reads' | 'writes';
      /** It makes this for the session alone. */
      readonly passing?: Passing;
    }
  /** It changes the schema. */
  | SchemaReading
  /** It changes the schema, or may do so, and cannot be judged. */
  | { readonly kind: 'unread'; readonly reason: string; readonly locks: readonly Lock[]; readonly outside?: true };

export interface SchemaReading {
  readonly kind: 'schema';
  /** `ALTER TABLE` */
  readonly does: string;
  /** What it is about, for people: `public.users`. */
  readonly target: string;
  readonly clauses: readonly Clause[];
  /** Some of the clauses, as one statement. */
  join(clauses: readonly Clause[]): string;
  /** Locks of the statement as it is written, where no operation knows better. */
  readonly locks: readonly Lock[];
  /** The table that holds all that it makes. */
  readonly of?: ObjectName;
  /** A table that is there after it, and was not before: the server refuses it otherwise. */
  readonly creates?: ObjectName;
  /** A name that it has a lock by means another object after it, or none. */
  readonly renames?: true;
  /** It runs in no transaction (CONCURRENTLY): the operation of its one clause runs it. */
  readonly outside?: true;
}

/**
 * One thing that a statement does. To take its definition apart takes as long as to parse the statement, so that it may be left until
 * somebody asks: of a new table nobody does.
 */
export type Clause = Marks & (Judging | { readonly asked: () => Judging });

/** How a clause is judged. */
export interface Judging {
  /** Tells whether it is done already. A text: why nothing can tell. `again`: done twice, it leaves what it leaves once. */
  readonly judge: Child | 'again' | { readonly why: string };
  /** What else must be there for it to be done, where one judge does not see all of it. None of them says `to do` once `judge` finds it done. */
  readonly also?: readonly Child[];
  /**
   * Asked in the place of `judge` where something of the migration was to do before: what has another name, or has the name that the server would
   * give and says something else, is another one then. Where nothing was, the statement may have made it, and somebody has changed it.
   */
  readonly onBegun?: Child;
  /** The operation brings about exactly the same, so that it may run in the statement's place while traffic goes on. */
  readonly stands?: true;
  /** What is there and not finished is all that is asked for: NOT VALID. */
  readonly unfinished?: true;
}

export function judgingOf(clause: Clause): Judging {
  return 'asked' in clause ? clause.asked() : clause;
}

interface Marks {
  /** As it stands in the statement. */
  readonly text: string;
  /** The server gives it a name of its own: made again it is there twice. */
  readonly unnamed?: true;
  /** IF EXISTS, IF NOT EXISTS, OR REPLACE: the server lets pass what is there, be it what it may. */
  readonly lenient?: true;
  /** IF EXISTS of its table: where there is none, the server lets it pass, and nothing tells of that. */
  readonly whereThere?: true;
  /** A second time the server does it again, and complains of nothing: found done, it tells nothing of the migration. */
  readonly again?: true;
  /** It means all objects that are there when it runs: more of them, where it runs once more behind what came after it. */
  readonly sweeping?: true;
  /** The object that it makes or takes away, for a statement that does both with one. */
  readonly makes?: string;
  readonly drops?: string;
  /** What it sets. Clauses of one statement that set the same run all or none of them: the server goes by their kind before their order. */
  readonly sets?: string;
  /** What it works through, where its operation would refuse: what is replaced stands in its way. */
  readonly work?: Work;
  /** What it takes away may hold rows. */
  readonly rows?: true;
}

/** A statement of one clause. */
export function oneClause(reading: Omit<SchemaReading, 'kind' | 'clauses' | 'join'>, clause: Clause): SchemaReading {
  return { kind: 'schema', ...reading, clauses: [clause], join: () => clause.text };
}
