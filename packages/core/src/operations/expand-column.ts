/**
 * safeExpandColumn: begins a change of type, or of name, that needs no downtime: a second column beside the first, kept in step by a trigger.
 *
 * ALTER TYPE writes every row anew while nobody can read or write, and RENAME COLUMN breaks whatever still runs with the old name. With a
 * second column the rows are filled in batches (safeFillColumn), the two change places in a moment (safeSwapColumn), and the old one goes
 * when nobody needs it any more (safeContractColumn).
 */
import { grantStatements } from '../catalog/grants.js';
import { PID } from '../catalog/relation.js';
import { unsteadiness } from '../catalog/steadiness.js';
import { dependsOnTimeZone, lossCondition, needsUsing, type TypeChange } from '../catalog/type-change.js';
import { refuseUncounted } from '../data/validation.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import {
  CATALOG,
  exclusively,
  list,
  type Operation,
  type ProbeStep,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { calledFunctions, embed, usesStableWord } from '../expressions.js';
import { tokenize } from '../lexer.js';
import { printName, quoteName } from '../names.js';
import { quoteIdent, sql } from '../sql.js';
import { lookAtPair, type PairArguments, type PairFacts } from './column-pair/look.js';
import { createPair, functionName, type Pairing } from './column-pair/pair.js';

export interface ExpandColumnArguments extends PairArguments {
  /** SQL expression for the new value. Default: a cast that keeps every value. */
  readonly using?: string | undefined;
  /** SQL expression for the old value, from the time when the new column leads. Default: a cast, NULL where the value does not fit. */
  readonly reverse?: string | undefined;
}

export interface ExpandColumnFacts extends PairFacts {
  /** An expression has a word, or calls a function, whose value changes from one moment, or one session, to the next in all its forms. */
  readonly unstable: boolean;
}

export const expandColumn: Operation<ExpandColumnArguments, ExpandColumnFacts> = {
  name: 'safeExpandColumn',

  async inspect(reader, args) {
    const facts = await lookAtPair(reader, args);
    const texts = [args.using, args.reverse].filter((text) => text !== undefined);
    const unstable = texts.some(usesStableWord) || (await callsUnstable(reader, texts));
    if (facts.differences.length > 0 || !differs(facts, args)) return { ...facts, unstable };
    const [expected, found] = [pairingOf(facts, args).forward, facts.pair?.forward ?? ''];
    return { ...facts, unstable, differences: [{ path: 'expression', expected, found, proved: true }] };
  },

  next(facts, args) {
    if (facts.state.become || facts.state.paired) return null;
    const refusal = refuse(facts, args);
    if (refusal !== null) return refusal;
    const loss = lossOf(facts, args);
    if (loss !== null && (facts.hidden || facts.isolation !== 'read committed')) return refuseUncounted(facts);
    if (loss !== null && !(facts.probed ?? []).includes('loss')) return probeLoss(facts, args, loss);
    const expressed = args.using !== undefined || args.reverse !== undefined;
    if (expressed && !(facts.probed ?? []).includes('expressions')) return tryExpressions(facts, args);
    return facts.findings?.['expressions'] === 'subquery' ? SUBQUERY : expand(facts, args);
  },

  provides: (facts, { table }) =>
    [facts.table, table].map((name) => ({ kind: 'column', name: `${printName(name)}.${facts.partner}` })),
};

async function callsUnstable(
  reader: Parameters<typeof expandColumn.inspect>[0],
  texts: readonly string[],
): Promise<boolean> {
  const functions = texts.flatMap((text) => calledFunctions(text) ?? []);
  if (functions.length === 0) return false;
  const { rows } = await reader.read(sql`select ${PID},
    exists (select from pg_catalog.pg_proc p where p.proname = any(${functions}::name[])
      group by p.proname having not pg_catalog.bool_or(p.provolatile = 'i')) as unstable`);
  return rows[0]?.['unstable'] === true;
}

/** Was it begun with other expressions? Those of a pair that has changed places were given for the way here. */
function differs({ pair, change, state }: PairFacts, args: ExpandColumnArguments): boolean {
  if (pair === null || change === null || pair.turned || state.become) return false;
  return pair.forward !== forwardOf(args, change);
}

function refuse(facts: ExpandColumnFacts, args: ExpandColumnArguments): Refusal | null {
  const { ties, parts, unfit, later, making, change, back } = facts;
  const why = unfit ?? ties.fixed;
  if (why !== null)
    return {
      refuse: `no second column can take its place: ${why.replace(/\.$/, '')}.`,
      hint: 'Make a new table, or change the column in place with safeChangeColumn while nobody needs it.',
    };
  if (facts.otherPairs.length > 0)
    return {
      refuse: `another column of the table is being changed: ${facts.otherPairs.join(', ')}.`,
      hint: 'One after the other: contract that one first. Their triggers and twins would not know of each other.',
    };
  if (making.generated || making.domain || change?.to.kind === 'd')
    return {
      refuse: making.generated
        ? 'it is a generated column: its values come from its expression alone.'
        : 'a domain brings a default and checks of its own along, which the server would apply to the second column too early.',
      hint: 'Change the column in place with safeChangeColumn, or change what it comes from.',
    };
  const blocking = [...ties.blocking, ...parts.obstacles, ...unfitParts(facts)];
  if (blocking.length > 0)
    return {
      refuse: `these cannot be carried over to another column:\n${list(blocking)}`,
      hint: 'Drop them before, and make them again when the new column has taken the place of the old one.',
      dependents: blocking,
    };
  if (later.length > 0)
    return {
      refuse: `these triggers fire after the one that would keep the columns in step, and may change the row:\n${list(later.map((name) => `trigger ${name}`))}`,
      hint: 'Triggers fire in the order of their names. Give them other names, which come earlier.',
    };
  if (facts.functionState === 'taken')
    return {
      refuse: `the function ${printName(functionName(facts.table, args.column))} is there already, and is used by something else.`,
      hint: 'It may be that of a table that had this name before. Give it another name:\n  ALTER FUNCTION … RENAME TO …;',
    };
  const computed = facts.others.filter((each) => each.generated && mentions(args, each.name));
  if (computed.length > 0)
    return {
      refuse: `the expressions use generated columns, which have no value yet when the trigger runs: ${computed.map((each) => each.name).join(', ')}.`,
      hint: 'Write what they are generated from instead.',
    };
  return change === null || back === null ? null : refuseCasts(facts, args, { change, back });
}

function refuseCasts(
  facts: ExpandColumnFacts,
  { column, using, reverse }: ExpandColumnArguments,
  { change, back }: { readonly change: TypeChange; readonly back: TypeChange },
): Refusal | null {
  const clear = (each: TypeChange): boolean =>
    !dependsOnTimeZone({ ...each, utc: false }) && !needsUsing({ ...each, utc: false }, lossCondition(each, column));
  if (using === undefined && !clear(change))
    return {
      refuse: `no cast from ${change.from.printed} to ${change.to.printed} keeps every value by itself, and means the same in every session.`,
      hint: `Say how the values become the new ones, for example:\n  { using: '${column}::${change.to.printed}' }`,
    };
  if (reverse === undefined && !clear(back))
    return {
      refuse: `once the columns have changed places, ${facts.partner} is to follow, and no cast from ${back.from.printed} to ${back.to.printed} keeps every value.`,
      hint: `Say how it follows, for example:\n  { reverse: '${column}::${back.to.printed}' }\nor, if there is to be no way back, { reverse: 'NULL' }`,
    };
  return null;
}

const SUBQUERY: Refusal = {
  refuse: 'its expressions read other rows, so that no check can prove the columns to be in step.',
  hint: 'Use the columns of the row alone. What comes from elsewhere belongs into a new column, filled by backfill.',
};

function risksOf(
  { unstable, findings, earlier }: ExpandColumnFacts,
  { to }: ExpandColumnArguments,
): { readonly risk?: Refusal } {
  if (unstable || findings?.['expressions'] === 'changing') return { risk: UNSTABLE };
  if (to.kind === 'type' || earlier.length === 0) return {};
  return {
    risk: {
      refuse: `these triggers fire before the one that keeps the columns in step, and do not see what is written under the new name:\n${list(earlier.map((name) => `trigger ${name}`))}`,
      hint: 'Let them treat the new name like the old one first, where they look at it at all.',
    },
  };
}

const UNSTABLE: Refusal = {
  refuse:
    'its expressions call something whose value changes from one moment, or one session, to the next, so that the columns would not stay in step.',
  hint: "Use functions that are IMMUTABLE, and name time zones and formats in the expression: AT TIME ZONE 'UTC', make_date(…), encode(…).\nA cast from, or to, a text goes by DateStyle, IntervalStyle, TimeZone and others of each session, where a date, an interval, a float, money or bytea is on one side.",
};

const TEXT_ARRAYS: ReadonlySet<string> = new Set(['_text', '_varchar', '_bpchar']);

/** A default that the new type does not take as it is: the server casts to a text by itself whatever is assigned to one. */
function unfitParts({ change, parts }: PairFacts): readonly string[] {
  if (change === null || parts.default === null) return [];
  const { from, to, cast } = change;
  const text = to.category === 'S' || (from.category === 'A' && TEXT_ARRAYS.has(to.name));
  const assigned = from.oid === to.oid || text || cast?.context === 'i' || cast?.context === 'a';
  return assigned ? [] : [`default ${parts.default}: there is no cast to ${to.printed} for it`];
}

function mentions({ using = '', reverse = '' }: ExpandColumnArguments, column: string): boolean {
  const tokens = [...(tokenize(using) ?? []), ...(tokenize(reverse) ?? [])];
  return tokens.some((token) => (token.kind === 'word' || token.kind === 'ident') && token.value === column);
}

function lossOf({ change }: PairFacts, { column, using }: ExpandColumnArguments): string | null {
  return change === null || using !== undefined ? null : lossCondition(change, column);
}

function probeLoss(
  facts: ExpandColumnFacts,
  { column }: ExpandColumnArguments,
  loss: string,
): ProbeStep<ExpandColumnFacts> {
  const query = rowsWhere(
    facts.table,
    [...new Set([...facts.key, column])],
    `${quoteIdent(column)} IS NOT NULL AND (${loss})`,
  );
  return {
    kind: 'probe',
    id: 'loss',
    why: 'rows that the new type would refuse, cut or round are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: expandColumn.name,
        target: facts.target,
        happened: `whose ${column} does not fit into ${facts.change?.to.printed ?? ''}.`,
        hint: `${showRows(facts.table, loss)}\nOr say how they become the new values:\n  { using: '…' }`,
      }),
    after: (state) => state,
  };
}

/** What the server cannot read, or what fails for a row, would fail in the trigger: every write of such a row. */
function tryExpressions(facts: ExpandColumnFacts, args: ExpandColumnArguments): ProbeStep<ExpandColumnFacts> {
  const { forward, backward } = pairingOf(facts, args);
  const others = facts.others.map((each) => `${quoteIdent(each.name)}, `).join('');
  const query = `SELECT pg_catalog.count(${backward}) FROM (SELECT ${others}${forward} AS ${quoteIdent(args.column)} FROM ${quoteName(facts.table)} holdfast_row) holdfast_row`;
  return {
    kind: 'probe',
    id: 'expressions',
    why: 'the expressions are tried on every row before anything is changed: the trigger would fail where they do',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: async (connection) => {
      await connection.query(query);
      const names = facts.others.map((each) => each.name);
      return unsteadiness(connection, facts.table, { column: args.column, others: names, forward, backward });
    },
    after: (state) => state,
  };
}

function expand(facts: ExpandColumnFacts, args: ExpandColumnArguments): SqlStep<ExpandColumnFacts> {
  const { table, partner, making } = facts;
  const on = `ALTER COLUMN ${quoteIdent(partner)}`;
  const type = args.to.kind === 'type' ? args.to.type.text : making.type;
  const collation =
    making.collation === null || (facts.change?.to.category ?? 'S') !== 'S' ? '' : ` COLLATE ${making.collation}`;
  const clauses = [
    `ADD COLUMN ${quoteIdent(partner)} ${type}${collation}`,
    making.storage === null || args.to.kind === 'type' ? '' : `${on} SET STORAGE ${making.storage}`,
    making.compression === null || args.to.kind === 'type' ? '' : `${on} SET COMPRESSION ${making.compression}`,
    making.statistics === null ? '' : `${on} SET STATISTICS ${making.statistics}`,
    making.parameters.length === 0 ? '' : `${on} SET (${making.parameters.join(', ')})`,
  ];
  const grants = making.grants.map((grant) => ({ ...grant, column: partner }));
  return {
    kind: 'sql',
    id: 'expand',
    why: 'adds an empty column and a trigger that fills it whenever a row is written; no row is read or written',
    sql: `ALTER TABLE ${quoteName(table)} ${clauses.filter((clause) => clause !== '').join(', ')}`,
    more: [
      ...grantStatements(table, making.owner, grants),
      ...createPair(table, args.column, {
        pairing: pairingOf(facts, args),
        replace: facts.functionState === 'left over',
      }),
    ],
    locks: exclusively([table]),
    work: CATALOG,
    commit: 'own',
    ...risksOf(facts, args),
    after: (state) => ({ ...state, paired: true }),
  };
}

function pairingOf({ change, back, partner }: PairFacts, args: ExpandColumnArguments): Pairing {
  const { column } = args;
  if (args.to.kind === 'name' || change === null || back === null)
    return {
      kind: 'name',
      leading: column,
      following: partner,
      forward: quoteIdent(column),
      backward: quoteIdent(column),
      turned: false,
      keeps: true,
    };
  return {
    kind: 'type',
    leading: column,
    following: partner,
    forward: forwardOf(args, change),
    backward: backwardOf(args, back),
    turned: false,
    keeps: args.using === undefined,
  };
}

function forwardOf({ column, using }: ExpandColumnArguments, change: TypeChange): string {
  return using === undefined ? castOf(change, column) : `(${embed(using)})::${change.to.printed}`;
}

function backwardOf({ column, reverse }: ExpandColumnArguments, back: TypeChange): string {
  return reverse === undefined ? castOf(back, column) : `(${embed(reverse)})::${back.to.printed}`;
}

/** NULL for what does not fit, so that no write fails meanwhile; the check that proves the columns to be in step then tells of it. */
function castOf(change: TypeChange, column: string): string {
  const value = `(${quoteIdent(column)})::${change.to.printed}`;
  const loss = lossCondition(change, column);
  return loss === null ? value : `CASE WHEN NOT (${loss}) THEN ${value} END`;
}
