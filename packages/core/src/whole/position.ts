/**
 * Where a database stands in the history of its migrations, by what its catalog holds and not by what a ledger says. Pure: from the lock of
 * the schema and the live catalog to one decision for each migration.
 */
import type { CatalogLines } from '../fingerprint/read-catalog-lines.js';
import type { LockedMigration } from '../schema-lock/schema-lock.js';
import { areRowsGone, goneOf, isBuiltAhead } from './evidence.js';
import { byFootprint, differenceAfter, type History, hasLenient, lacksLenient, positions } from './history.js';
import type { Standing, Told } from './standing.js';

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
  readonly standing: Standing;
}

/** A question, with what ledger and marks tell of its migration. */
interface Asked extends Omit<Question, 'standing'>, Told {}

/** Is this migration, which the ledger lacks, to be run? */
export function decideUp(history: History, { standing, ...about }: Question): Decision {
  const decision = decide(history, { ...about, ...standing.tells(history, about.index) });
  return decision.do !== 'run' && standing.isAnyway(history, about.index) ? inSpiteOf(decision) : decision;
}

function decide(history: History, question: Asked): Decision {
  const { live, index, transactional, marked, ledgerReachesIt } = question;
  if (question.sworn) return skip('it was marked as done by hand');
  const at = positions(history, live);
  const changes = history.changes[index] === true;
  const isBefore = at.includes(index - 1);
  const isAfter = at.includes(index) && !lacksLenient(history, live, index);
  // A mark says that it ran; a catalog that is without it says that it was taken back since, by a runner that knows no marks.
  const isTakenBack = changes && isBefore && !isAfter;
  const gone = marked ? goneOf(history, live, index) : 'nothing';
  if (gone === 'a part')
    return stopPartly(history, question, 'its done-mark is there, but a part of what it does is gone');
  if (gone === 'all' && !areRowsGone(history, live, index)) return stopGone();
  const ledgerGoesOn = goesOn(history, question);
  if (marked && gone === 'nothing' && (!isTakenBack || ledgerGoesOn))
    return question.doubted ? stopDoubted() : skip('its done-mark is there');
  // Or that the ledger is lost, and the database as after a later one: of the two nothing tells.
  const doubtful = marked ? beforeAndLater(history, index, false, at) : null;
  if (doubtful !== null) return doubtful;
  // Branches that are merged late: the catalog is as after none, or after one by chance, as something is made and dropped again.
  const isLate = ledgerGoesOn && !at.some((k) => k > index && question.isInLedger(k));
  if (isLate && changes && byFootprint(history, live, index) === 'before')
    return { do: 'run', sure: true, warning: drifted(transactional) };
  if (at.length > 0 && at.every((k) => k > index)) return behindLater(history, question, Math.min(...at));
  if (!ledgerGoesOn && at.length > 0 && at.every((k) => k < index - 1))
    return stopBehind(history, Math.max(...at), index);
  if (question.reverted) return leftOver(history, live, index);
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
function behindLater(history: History, question: Asked, later: number): Decision {
  const { index } = question;
  const reason = 'the database is as after a later migration';
  if (history.migrations[index]?.rows !== 'writes') return skip(reason);
  if (goesOn(history, question) || question.marksGoOn) return lateOrLost(history, question);
  const ahead = isBuiltAhead(history, index, later);
  if (!ahead && !question.marksReachIt) return skip(reason);
  if (ahead && isCertain(question)) return runRows();
  return history.changes[index] === true ? stopBuiltAhead() : stopUnknown();
}

/** Added behind others that have run, as when branches are merged; or its row is gone from the ledger, and its mark with it. */
function lateOrLost({ changes }: History, { index }: Asked): Decision {
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

/** The guard has carried out all before it, and nobody anything since. */
function isCertain({ marksReachIt, ledgerAgrees, ledgerLost }: Asked): boolean {
  return marksReachIt && ledgerAgrees && !ledgerLost;
}

function runRows(): Decision {
  const warning =
    'what it does to the schema, or what those behind it do, was built ahead of it: the guard has carried out the one before it, and not this one';
  return { do: 'run', sure: false, warning, rows: true };
}

function stopBuiltAhead(): Decision {
  return {
    do: 'stop',
    reason:
      'what it does to the schema is there, but may have been built ahead of it: whether its rows are written nothing tells',
    have: ['the schema'],
    missing: ['any witness of the rows that it writes'],
  };
}

function goesOn({ migrations }: History, { index, isInLedger }: Asked): boolean {
  return migrations.some((_, k) => k > index && isInLedger(k));
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
export function decideDown(history: History, { live, index }: Pick<Asked, 'live' | 'index'>): Decision {
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

/** Of a migration that was interrupted: does what it did last time still stand? */
export function decideOn(history: History, { live, index, standing }: Omit<Question, 'transactional'>): Decision {
  const gone = (history.migrations[index]?.needs ?? []).filter((key) => !live.has(key));
  if (gone.length === 0) return goOn();
  const reason =
    'a part of it ran before, and what it needs is gone since: whether the rows that it has written are there nothing tells';
  const decision: Decision = { do: 'stop', reason, have: [], missing: gone };
  return standing.isAnyway(history, index) ? inSpiteOf(decision) : decision;
}

/** Of one whose `down` was interrupted, too. */
export function goOn(): Decision {
  return { do: 'run', sure: false, warning: 'a part of it ran before: it goes on behind that' };
}

function rowsOnly(history: History, question: Asked, at: readonly number[]): Decision {
  const { live, index } = question;
  const own = history.footprints[index] as ReadonlySet<string>;
  // IF NOT EXISTS alone: it may run as often as anybody likes. What is known of those before it, it hands on.
  if (own.size > 0 && [...own].every((key) => history.lenient.has(key)) && history.migrations[index]?.rows === 'none')
    return question.ledgerLost && !lacksLenient(history, live, index)
      ? skip('what it makes is there')
      : { do: 'run', sure: false };
  // What neither changes the schema nor writes rows hands on what is known of those before it.
  if (question.ledgerLost)
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
function doneOrUnknown(history: History, question: Asked): Decision {
  const { index, transactional } = question;
  const { tail, varies, rows } = history.migrations[index] as LockedMigration;
  const reason = 'all that it does to the schema is there';
  const ahead = isBuiltAhead(history, index, index);
  if (rows !== 'writes')
    return ahead && question.marksReachIt && question.ledgerAgrees ? { ...skip(reason), proved: true } : skip(reason);
  if (goesOn(history, question) || question.marksGoOn) return lateOrLost(history, question);
  if (ahead && isCertain(question)) return runRows();
  if (ahead || question.marksReachIt) return stopBuiltAhead();
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

function stopGone(): Decision {
  return {
    do: 'stop',
    reason:
      'its done-mark is there, but what it does to the schema is gone: whether the rows that it writes are gone as well nothing tells',
    have: [],
    missing: ['the schema', 'any witness of the rows that it writes'],
  };
}

function stopDoubted(): Decision {
  return {
    do: 'stop',
    reason:
      'what is noted of it is older than tables or columns that an earlier migration has made anew since: whether the rows that it writes are there nothing tells',
    have: [],
    missing: ['any witness of the rows that it writes'],
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

function stopPartly(history: History, { live, index }: Pick<Asked, 'live' | 'index'>, reason: string): Decision {
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

/** `holdfast run --anyway` was said of it. */
function inSpiteOf({ reason }: Exclude<Decision, { do: 'run' }>): Decision {
  return {
    do: 'run',
    sure: false,
    warning: `${reason}. It runs in spite of that: holdfast run --anyway was said of it`,
  };
}
