/** The form of an operation: facts → plan → steps. One operation is one file that fills this in. */

import type { ObjectName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Connection, Reader } from '../postgres/connection.js';
import type { LockMode } from './lock-modes.js';

/**
 * A lock that a step takes. `table` locks can be taken ahead by LOCK TABLE, the others come with those or by the statement itself. They
 * are taken in the order in which the step names them.
 */
export interface Lock {
  readonly on: ObjectName;
  readonly mode: LockMode;
  readonly kind: 'table' | 'other';
  /** Statement that takes a lock of kind `other`, or a stronger one, ahead: it changes nothing. */
  readonly by?: string;
  /** The table without its partitions and those that inherit from it, as by ON ONLY: they are left alone, or declared as well. */
  readonly only?: true;
}

/** A thing that an operation needs and somebody else makes: a table, a column, a type. */
export interface Parent {
  readonly kind:
    | 'schema'
    | 'table'
    | 'column'
    | 'type'
    | 'enum value'
    | 'constraint'
    | 'index'
    | 'function'
    | 'sequence'
    | 'role'
    | 'extension';
  /** `public.users`, `public.users.email`. */
  readonly name: string;
  /** What is wrong, one line. Default: that it does not exist. */
  readonly problem?: string;
}

/**
 * What an operation knows of the database. `state` is the part that its own steps move: plain values, compared as JSON.
 * What each step predicts for `state` is compared with what the next inspection finds.
 */
export interface Facts<S = unknown> {
  /** The object, by its resolved name: `public.users.email`. */
  readonly target: string;
  readonly state: S;
  /** Some of what is wanted is there already. */
  readonly begun: boolean;
  /** What contradicts the wish. Empty when nothing does. */
  readonly differences: readonly Difference[];
  /** Parents that do not exist. The operation cannot run without them. */
  readonly missing: readonly Parent[];
  /** Objects under other names that may be the same thing: only the server's canonical form can tell, see `prove`. */
  readonly alike?: readonly string[];
  /** A remark for the outcome, such as the name under which the object was found. */
  readonly remark?: string;
  /** What to do about the differences, where the usual advice is not all. */
  readonly advice?: string;
  /** The server would let the statement pass here each time: that it is done tells nothing of who has done it. */
  readonly again?: true;
  /** Probes, loops and remembered steps done in this run, by id: what no catalog row tells. The engine keeps them from one inspection to the next. */
  readonly probed?: readonly string[];
  /** What probes, and steps that rows made fail, answered in this run, by their ids. Kept like `probed`. */
  readonly findings?: Readonly<Record<string, string>>;
}

/** `online`: each step commits by itself and keeps traffic going. `plain`: everything inside the host's transaction. */
export type Form = 'online' | 'plain';

/**
 * How much of a table the statement touches while it holds its locks: catalog rows only, all rows read, all rows rewritten. `also`: of
 * further tables, whose sizes add up.
 */
export type Work =
  | { readonly kind: 'catalog' }
  | { readonly kind: 'scan' | 'rewrite'; readonly of: ObjectName; readonly also?: readonly ObjectName[] };

export const CATALOG: Work = { kind: 'catalog' };

interface StepBase<F extends Facts> {
  /** Unique within the operation; names the step in events and tests. */
  readonly id: string;
  /** Half a sentence, printed to the user. */
  readonly why: string;
  readonly locks: readonly Lock[];
  readonly work: Work;
  /** What to do instead when the step is refused for the size of the table. */
  readonly instead?: string;
  /** The step is refused for this reason, unless the caller passes `allow: 'reason'`. */
  readonly risk?: Refusal;
  /** The state after the step, by prediction. */
  after(state: F['state']): F['state'];
}

/** `own`: in a transaction, the host's or one made for it. `outside`: cannot run in any transaction (CONCURRENTLY). */
export interface SqlStep<F extends Facts> extends StepBase<F> {
  readonly kind: 'sql';
  readonly sql: string;
  /** Further statements of the same step: all are done in one transaction, or none. Not with `outside`. */
  readonly more?: readonly string[];
  readonly commit: 'own' | 'outside';
  /** No later look can tell that it was done, as what it makes is not comparable as text: it counts as probed by its id. */
  readonly remembered?: true;
  /**
   * Called when rows made the statement fail (classes 22 and 23), to throw an error that names them. Reads only. What it answers instead is
   * a finding: the failure is none, and `next` decides anew; in a transaction, which has failed with the statement, it is an error still.
   */
  explain?(connection: Connection): Promise<string | undefined>;
  /** Asked once the locks are held, so that nobody can make the answer wrong any more; throws to stop before the statement. Reads only. */
  underLock?(connection: Connection): Promise<unknown>;
  /** What stands between this step and the next one; half a sentence for errors of the later one. */
  readonly leaves?: string;
  /** What a person should read about it, as warnings and in the outcome's reason. */
  readonly says?: readonly string[];
}

/** Looks at rows before anything is changed, and throws `DataViolationError` when they forbid it, or answers what it has found. */
export interface ProbeStep<F extends Facts> extends StepBase<F> {
  readonly kind: 'probe';
  readonly sql: string;
  judge(connection: Connection): Promise<string | undefined>;
}

/** Changes rows in batches, each committed by itself outside a host's transaction. Answers the number of rows changed. */
export interface LoopStep<F extends Facts> extends StepBase<F> {
  readonly kind: 'loop';
  readonly sql: string;
  batches(context: LoopContext): Promise<number>;
}

export interface LoopContext {
  readonly connection: Connection;
  readonly inHostTransaction: boolean;
  /** Reads as long as a scan may take, and leaves no setting and no lock behind. */
  look<T>(read: () => Promise<T>): Promise<T>;
  /** Runs statements as one batch in a transaction of its own (inside a host's transaction: as part of it, and without `settings`). */
  batch<T>(work: () => Promise<T>, settings?: Readonly<Record<string, string>>): Promise<T>;
  /**
   * Runs `work` with as many contexts, the first of them this one, the others on connections of their own that carry the session's settings
   * and role. Rejects with `RefusedError` before anything is changed where there cannot be so many.
   */
  spread<T>(workers: number, work: (contexts: readonly LoopContext[]) => Promise<T>): Promise<T>;
  /** All that one worker does on its connection: the loss of that is said with its number. */
  asWorker<T>(work: () => Promise<T>): Promise<T>;
  progress(rows: number, total: number | null): void;
}

export type Step<F extends Facts> = SqlStep<F> | ProbeStep<F> | LoopStep<F>;

/** The operation will not do it, whatever the caller allows. `dependents` makes it a `DependencyError`, `privilege` a `PrivilegeError`. */
export interface Refusal {
  readonly refuse: string;
  readonly hint: string;
  readonly dependents?: readonly string[];
  /** The role lacks a right. */
  readonly privilege?: true;
}

/**
 * The operation ends here although something is left to do, and says why, in a warning and in the outcome's reason. `skipped`: nothing
 * of it is done, by the caller's wish. `left`: what it has done, now or before, stays as it is.
 */
export interface Ending {
  readonly end: 'skipped' | 'left';
  readonly reason: string;
}

/** An operation with its arguments, bound so that different ones can stand in one list. */
export interface Child {
  readonly name: string;
  readonly part?: Part;
  bind<T>(use: <A, F extends Facts>(operation: Operation<A, F>, args: A) => T): T;
}

/** What a child makes, as a part of a larger object: the place and the wish of a difference. */
export interface Part {
  /** `column email` */
  readonly path: string;
  /** `text NOT NULL` */
  readonly definition: string;
}

/** Makes a child. */
export function child<A, F extends Facts>(operation: Operation<A, F>, args: A, part?: Part): Child {
  return { name: operation.name, bind: (use) => use(operation, args), ...(part === undefined ? {} : { part }) };
}

/** Operations that must run before and after the own steps. */
export interface Children {
  readonly before: readonly Child[];
  readonly after: readonly Child[];
  /**
   * Those of `after` that have a `part` make up one object that exists already: what differs in any of them is said in one error. Parts
   * that are lacking or unfinished differ, too, and `advice` is then given; with `complete` they are made.
   */
  readonly whole?: { readonly complete: boolean; readonly advice: string };
}

export interface Operation<A, F extends Facts> {
  /** The name of the method: `safeAddColumn`. */
  readonly name: string;
  /** Reads the catalog. Changes nothing, needs no privileges on the object itself. */
  inspect(reader: Reader, args: A): Promise<F>;
  /**
   * The arguments with the schemas in which the first look has found the names. For whatever takes a name away: behind it the search path
   * may find another object of that name, which is not meant.
   */
  pin?(args: A, facts: F): A;
  /** Pure: the next missing step, a refusal, an end before all is done, or null when nothing is left. */
  next(facts: F, args: A, form: Form): Next<F>;
  /** Names of what exists once the operation is done; children and planned operations may rely on it. */
  provides?(facts: F, args: A): readonly Parent[];
  /** Pure. Called with the facts before the own steps, and again when the database turns out to be another. */
  children?(args: A, facts: F): Children;
  /** It has no steps of its own: its status is that of its children. */
  readonly group?: true;
  /** Tier 2: settles by the server's own canonical form what tier 1 could not: `differences` and `alike`. Leaves nothing behind. */
  prove?(connection: Connection, facts: F, args: A): Promise<F>;
}

type Next<F extends Facts> = Step<F> | Refusal | Ending | null;

/** The statements of a step, in their order. */
export function statementsOf<F extends Facts>(step: Step<F>): readonly string[] {
  return step.kind === 'sql' ? [step.sql, ...(step.more ?? [])] : [step.sql];
}

export function isRefusal(next: object): next is Refusal {
  return 'refuse' in next;
}

/** ACCESS EXCLUSIVE on these tables and no others. */
export function exclusively(tables: readonly ObjectName[]): readonly Lock[] {
  return tables.map((on) => ({ on, mode: 'AccessExclusiveLock', kind: 'table', only: true }));
}

/** What every drop says of the objects that the server would not drop along. */
export function refuseDependents(dependents: readonly string[]): Refusal {
  return {
    refuse: `these depend on it:\n${list(dependents)}`,
    hint: 'Drop or change them first, each in its own operation. Holdfast never uses CASCADE.',
    dependents,
  };
}

const MOST_LISTED = 20;

/** Names in a message, a line each. */
export function list(names: readonly string[]): string {
  const more = names.length - MOST_LISTED;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return [...names.slice(0, MOST_LISTED), ...rest].map((name) => `  ${name}`).join('\n');
}

export function isEnding(next: object): next is Ending {
  return 'end' in next;
}
