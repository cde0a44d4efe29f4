/**
 * Where a database stands in the history of its migrations, by what its catalog holds and not by what a ledger says. Pure: from the lock of
 * the schema and the live catalog to one decision for each migration.
 */
import { type CatalogDifference, catalogDifference } from '../fingerprint/difference.js';
import { schemaOf } from '../fingerprint/key.js';
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import { CatalogHistory, footprintOf, type LockedMigration, type SchemaLock } from '../schema-lock/schema-lock.js';
import { goneOf, isBuiltAhead } from './evidence.js';
import { LiveCatalog } from './live-catalog.js';

export interface History {
  readonly migrations: readonly LockedMigration[];
  readonly catalogs: CatalogHistory;
  /** Of the catalog before the first migration, and after each; see `LiveCatalog`. */
  readonly digests: readonly bigint[];
  readonly footprints: readonly ReadonlySet<string>[];
  /** Every object that a migration made at any time: others are the user's own affair. */
  readonly known: ReadonlySet<string>;
  /** Of those: schemas and extensions that migrations make IF NOT EXISTS, and nothing else with them. They may be there before. */
  readonly lenient: ReadonlySet<string>;
  /** The others: by them the catalog tells where it stands. */
  readonly telling: ReadonlySet<string>;
  /** In which all of these live, and those that were there before them. */
  readonly schemas: ReadonlySet<string>;
  /** Does the migration leave the catalog another one than it found? By what is telling. */
  readonly changes: readonly boolean[];
}

export function historyOf(lock: SchemaLock): History {
  const footprints = lock.migrations.map(footprintOf);
  const known = new Set(footprints.flatMap((keys) => [...keys]));
  const lenient = lenientOf(lock);
  const telling = new Set([...known].filter((key) => !lenient.has(key)));
  const catalogs = new CatalogHistory(lock);
  const now = new LiveCatalog(telling, catalogs.lines(-1));
  const digests = [now.digest];
  for (const { catalog } of lock.migrations) {
    now.change(catalog);
    digests.push(now.digest);
  }
  return {
    migrations: lock.migrations,
    catalogs,
    digests,
    footprints,
    known,
    lenient,
    telling,
    schemas: new Set([...known, ...Object.keys(lock.initial?.catalog ?? {})].flatMap((key) => schemaOf(key) ?? [])),
    changes: lock.migrations.map(({ catalog }) => Object.keys(catalog).some((signed) => !lenient.has(signed.slice(1)))),
  };
}

function lenientOf({ migrations }: SchemaLock): ReadonlySet<string> {
  const named = new Set(migrations.flatMap((migration) => migration.lenient ?? []));
  for (const { catalog, lenient = [] } of migrations)
    for (const signed of Object.keys(catalog)) {
      const key = signed.slice(1);
      if (!signed.startsWith('+') || !lenient.includes(key)) named.delete(key);
    }
  return named;
}

export type Decision =
  /** `sure`: the catalog proves that nothing of it is there. */
  /** `rows`: its statements on rows run, whatever of the schema is found there. */
  | { readonly do: 'run'; readonly sure: boolean; readonly warning?: string; readonly rows?: boolean }
  /** `proved`: not by the catalog alone, so that the ledger is none the less believed of those behind it. */
  | { readonly do: 'skip'; readonly reason: string; readonly proved?: boolean }
  | {
      readonly do: 'stop';
      readonly reason: string;
      readonly have: readonly string[];
      readonly missing: readonly string[];
      /** The ledger has these, and the database has not. */
      readonly behind?: readonly string[];
    };

export interface Question {
  readonly live: CatalogLines;
  /** Of the migration that is asked about, from 0. */
  readonly index: number;
  /** Its runner gives it a transaction: it was done as a whole or not at all. */
  readonly transactional: boolean;
  /** Its done-mark is there. */
  readonly marked: boolean;
  /** A person has set the mark, knowing what the catalog shows. */
  readonly sworn?: boolean;
  /** The ledger has the one before it; nothing comes before the first. */
  readonly ledgerReachesIt: boolean;
  /** That the one before it is done, the catalog alone has shown: the ledger did not have it. */
  readonly ledgerLost?: boolean;
  /** Of a migration that comes behind it: the ledger has it. This one was written later then, or its row is gone. */
  readonly isInLedger?: (index: number) => boolean;
  /** One that comes behind it has a mark. */
  readonly marksGoOn?: boolean;
  /** When the run began, the last one before it that was done had been carried out by the guard, which would have marked this one as well, and the ledger had it. */
  readonly marksReachIt?: boolean;
  /** The guard has taken it back, and `down` has left something of it. */
  readonly reverted?: boolean;
}

/** Is this migration, which the ledger lacks, to be run? */
export function decideUp(history: History, question: Question): Decision {
  const { live, index, transactional, marked, ledgerReachesIt } = question;
  if (question.sworn === true) return skip('it was marked as done by hand');
  const at = positions(history, live);
  const changes = history.changes[index] === true;
  const isBefore = at.includes(index - 1);
  const isAfter = at.includes(index) && !lacksLenient(history, live, index);
  // A mark says that it ran; a catalog that is without it says that it was taken back since, by a runner that knows no marks.
  const isTakenBack = changes && isBefore && !isAfter;
  const gone = marked ? goneOf(history, live, index) : 'nothing';
  if (gone === 'a part')
    return stopPartly(history, question, 'its done-mark is there, but a part of what it does is gone');
  const ledgerGoesOn = goesOn(history, question);
  if (marked && gone === 'nothing' && (!isTakenBack || ledgerGoesOn)) return skip('its done-mark is there');
  // Or that the ledger is lost, and the database as after a later one: of the two nothing tells.
  const doubtful = marked ? beforeAndLater(history, index, false, at) : null;
  if (doubtful !== null) return doubtful;
  // Branches that are merged late: the catalog is as after none, or after one by chance, as something is made and dropped again.
  const isLate = ledgerGoesOn && !at.some((k) => k > index && question.isInLedger?.(k) === true);
  if (isLate && changes && byFootprint(history, live, index) === 'before')
    return { do: 'run', sure: true, warning: drifted(transactional) };
  if (at.length > 0 && at.every((k) => k > index)) return behindLater(history, question, Math.min(...at));
  if (!ledgerGoesOn && at.length > 0 && at.every((k) => k < index - 1))
    return stopBehind(history, Math.max(...at), index);
  if (question.reverted === true) return leftOver(history, live, index);
  // Without a transaction it may have come as far as its rows.
  const mayHaveBegun =
    !transactional && history.migrations[index]?.rows === 'writes' && hasLenient(history, live, index);
  if (mayHaveBegun && !(isAfter && changes))
    return stopPartly(history, question, 'a part of what it does is there, or was before');
  if (!changes) return rowsOnly(history, question, at);
  if (isAfter) return doneOrUnknown(history, question);
  if (isBefore) return beforeAndLater(history, index, ledgerReachesIt, at) ?? { do: 'run', sure: true };
  const own = byFootprint(history, live, index);
  if (own === 'after') return doneOrUnknown(history, question);
  if (own === 'before') return { do: 'run', sure: true, warning: drifted(transactional) };
  return stopPartly(history, question, 'a part of what it does is there, or something else is');
}

/** The schema is there. Of rows it tells something only where it shows more than what people build ahead of a release. */
function behindLater(history: History, question: Question, later: number): Decision {
  const { index } = question;
  const reason = 'the database is as after a later migration';
  if (history.migrations[index]?.rows !== 'writes') return skip(reason);
  if (goesOn(history, question) || question.marksGoOn === true) return lateOrLost(history, question);
  if (!isBuiltAhead(history, index, later)) return skip(reason);
  if (question.marksReachIt === true) return { do: 'run', sure: false, warning: BUILT_AHEAD, rows: true };
  return history.changes[index] === true ? stopBuiltAhead() : stopUnknown();
}

/** Added behind others that have run, as when branches are merged; or its row is gone from the ledger, and its mark with it. */
function lateOrLost({ changes }: History, { index }: Question): Decision {
  if (changes[index] === false)
    return {
      do: 'run',
      sure: false,
      warning:
        'it changes rows and no schema, and the ledger has later ones but not it, so that it is taken for one that was added since',
    };
  return {
    do: 'stop',
    reason:
      'all that it does to the schema is there, by itself or by a later migration, and the ledger has later ones but not it: whether its rows are written nothing tells',
    have: ['the schema'],
    missing: ['any witness of the rows that it writes'],
  };
}

const BUILT_AHEAD =
  'what it does to the schema, or what those behind it do, was built ahead of it: the guard has carried out the one before it, and not this one';

function stopBuiltAhead(): Decision {
  return {
    do: 'stop',
    reason:
      'what it does to the schema is there, but may have been built ahead of it: whether its rows are written nothing tells',
    have: ['the schema'],
    missing: ['any witness of the rows that it writes'],
  };
}

function goesOn({ migrations }: History, { index, isInLedger }: Question): boolean {
  return isInLedger !== undefined && migrations.some((_, k) => k > index && isInLedger(k));
}

/** On what `down` has left it builds as the runner alone would: rows behind what is found done are not written. */
function leftOver(history: History, live: CatalogLines, index: number): Decision {
  if (byFootprint(history, live, index) === 'before') return { do: 'run', sure: false };
  return {
    do: 'run',
    sure: false,
    warning: 'it was taken back, and its down has left something: each statement is judged by itself',
  };
}

/**
 * A history that comes back to an earlier catalog: made, then dropped. The ledger, where it has come as far as this, tells which of the two
 * it is. Where it has not, it has lost rows, or the database was made without it.
 */
function beforeAndLater(
  { migrations }: History,
  index: number,
  ledgerReachesIt: boolean,
  at: readonly number[],
): Decision | null {
  const later = at.find((k) => k > index);
  if (later === undefined || ledgerReachesIt) return null;
  const between = migrations.slice(index, later + 1);
  if (between.every(({ rows }) => rows === 'none'))
    return skip('the database is as after a later migration, and those up to it change no rows');
  return {
    do: 'stop',
    reason: `the database is as before it and as after ${migrations[later]?.name}, and the ledger does not have the migration before it`,
    have: [],
    missing: ['any witness of the rows that it writes'],
  };
}

/** Is this migration, which the ledger has, to be taken back? */
export function decideDown(history: History, { live, index }: Pick<Question, 'live' | 'index'>): Decision {
  const at = positions(history, live);
  if (history.changes[index] === false) return { do: 'run', sure: false };
  if (at.includes(index)) return { do: 'run', sure: true };
  if (at.includes(index - 1)) return skip('the database is as before it already');
  const own = byFootprint(history, live, index);
  if (own === 'after') return { do: 'run', sure: true };
  if (own === 'before') return skip('nothing of it is there any more');
  return {
    do: 'run',
    sure: false,
    warning: 'a part of it is taken back already, or something else has changed: each statement is judged by itself',
  };
}

/** What is not as it should be after the migration, in the objects that it touched; null when all is. */
export function checkAfter(history: History, live: CatalogLines, index: number): CatalogDifference | null {
  const difference = differenceAfter(history, live, index);
  return difference.missing.length + difference.extra.length + difference.changed.length === 0 ? null : difference;
}

function differenceAfter(
  { catalogs, footprints, lenient }: History,
  live: CatalogLines,
  index: number,
): CatalogDifference {
  const touched = footprints[index] as ReadonlySet<string>;
  const expected = [...touched].flatMap((key): [string, string][] => {
    const line = catalogs.line(key, index);
    return line === undefined ? [] : [[key, (lenient.has(key) ? live.get(key) : undefined) ?? line]];
  });
  return catalogDifference(new Map(expected), live, touched);
}

/** After which migrations the catalog would be as it is; -1: before the first. */
export function positions({ digests, telling }: History, live: CatalogLines): readonly number[] {
  const { digest } = live instanceof LiveCatalog ? live : new LiveCatalog(telling, live);
  return digests.flatMap((each, k) => (each === digest ? [k - 1] : []));
}

/** By the objects of the migration alone, where others have drifted. */
export function byFootprint(history: History, live: CatalogLines, index: number): 'before' | 'after' | 'neither' {
  const keys = [...(history.footprints[index] as ReadonlySet<string>)];
  const isAs = (key: string, after: number): boolean => isLike(history, live, key, after);
  if (keys.every((key) => isAs(key, index))) return 'after';
  const isBefore = (key: string): boolean => isAs(key, index - 1) || (history.lenient.has(key) && isAs(key, index));
  return keys.every(isBefore) ? 'before' : 'neither';
}

/** Of a schema or an extension that somebody else may have made, it counts that it is there. */
function isLike({ catalogs, lenient }: History, live: CatalogLines, key: string, after: number): boolean {
  const line = catalogs.line(key, after);
  return lenient.has(key) ? (line !== undefined) === live.has(key) : line === live.get(key);
}

/** Is something there that was not before it, or otherwise? */
export function leaves(history: History, live: CatalogLines, index: number): boolean {
  const own = history.footprints[index] as ReadonlySet<string>;
  return [...own].some((key) => !isLike(history, live, key, index - 1));
}

/** Is a schema or an extension there that it makes where there is none? */
function hasLenient({ footprints, lenient, catalogs }: History, live: CatalogLines, index: number): boolean {
  const touched = footprints[index] as ReadonlySet<string>;
  return [...touched].some((key) => lenient.has(key) && catalogs.line(key, index - 1) === undefined && live.has(key));
}

/** Is one of them missing? */
function lacksLenient({ footprints, lenient, catalogs }: History, live: CatalogLines, index: number): boolean {
  const touched = footprints[index] as ReadonlySet<string>;
  return [...touched].some((key) => lenient.has(key) && catalogs.line(key, index) !== undefined && !live.has(key));
}

function rowsOnly(history: History, question: Question, at: readonly number[]): Decision {
  const { live, index } = question;
  const own = history.footprints[index] as ReadonlySet<string>;
  // IF NOT EXISTS alone: it may run as often as anybody likes. What is known of those before it, it hands on.
  if (own.size > 0 && [...own].every((key) => history.lenient.has(key)) && history.migrations[index]?.rows === 'none')
    return question.ledgerLost === true && !lacksLenient(history, live, index)
      ? skip('what it makes is there')
      : { do: 'run', sure: false };
  // What neither changes the schema nor writes rows hands on what is known of those before it.
  if (question.ledgerLost === true)
    return history.migrations[index]?.rows === 'writes'
      ? stopUnknown()
      : skip('it changes neither the schema nor rows');
  const warning =
    history.migrations[index]?.varies === undefined
      ? 'it changes rows and no schema, so that only the ledger tells whether it has run'
      : 'what it makes is otherwise each time, so that only the ledger tells whether it has run';
  if (at.includes(index)) return { do: 'run', sure: false, warning };
  const whole = [...own].every((key) => history.catalogs.line(key, index - 1) === live.get(key));
  if (own.size > 0 && !whole)
    return stopPartly(history, { live, index }, 'what it makes and drops again is there in part');
  return { do: 'run', sure: false, warning };
}

/** The schema is there. Rows that come last, outside of a transaction, may not be. */
function doneOrUnknown(history: History, question: Question): Decision {
  const { index, transactional } = question;
  const { tail, varies, rows } = history.migrations[index] as LockedMigration;
  const reason = 'all that it does to the schema is there';
  const ahead = isBuiltAhead(history, index, index);
  if (rows !== 'writes')
    return ahead && question.marksReachIt === true ? { ...skip(reason), proved: true } : skip(reason);
  if (goesOn(history, question) || question.marksGoOn === true) return lateOrLost(history, question);
  if (ahead)
    return question.marksReachIt === true
      ? { do: 'run', sure: false, warning: BUILT_AHEAD, rows: true }
      : stopBuiltAhead();
  if (transactional || !tail) return skip(reason);
  return {
    do: 'stop',
    reason:
      varies === undefined
        ? 'all that it does to the schema is there, but it ends with statements on rows, and whether those ran nothing tells'
        : 'what it does to the schema each time is there, but it makes things otherwise from one time to the next as well, and whether those are there nothing tells',
    have: ['the schema'],
    missing: ['any witness of its last statements'],
  };
}

function stopBehind({ migrations }: History, at: number, index: number): Decision {
  const stands = at < 0 ? 'before the first migration' : `as after ${migrations[at]?.name}`;
  return {
    do: 'stop',
    reason: `the database is behind its ledger: it is ${stands}`,
    have: [],
    missing: migrations.slice(at + 1, index).map(({ name }) => name),
    behind: migrations.slice(at + 1, index).map(({ name }) => name),
  };
}

function stopUnknown(): Decision {
  return {
    do: 'stop',
    reason:
      'it changes rows and no schema, and the ledger did not have what runs before it: whether it has run nothing tells',
    have: [],
    missing: ['any witness of the rows that it writes'],
  };
}

function stopPartly(history: History, { live, index }: Pick<Question, 'live' | 'index'>, reason: string): Decision {
  const { missing, extra, changed } = differenceAfter(history, live, index);
  const off = new Set([...missing, ...extra, ...changed.map(({ key }) => key)]);
  const isChanged = (key: string): boolean =>
    history.catalogs.line(key, index - 1) !== history.catalogs.line(key, index);
  const have = [...(history.footprints[index] as ReadonlySet<string>)].filter((key) => isChanged(key) && !off.has(key));
  return {
    do: 'stop',
    reason,
    have,
    missing: [
      ...missing,
      ...changed.map(({ key, expected, found }) => `${key}: expected ${expected}, found ${found}`),
      ...extra.map((key) => `${key} is there still`),
    ],
  };
}

function skip(reason: string): Extract<Decision, { do: 'skip' }> {
  return { do: 'skip', reason };
}

function drifted(transactional: boolean): string {
  return `other objects differ from the lock of the schema; it touches none of them${transactional ? '' : ', and runs without a transaction'}`;
}
