/**
 * safeFillColumn: makes the second column of an expansion as complete as the first one: all rows, and every index and constraint.
 *
 * Each by the way that lets readers and writers go on. At the end a validated check proves that no row differs, so that running it again
 * reads no row.
 */

import { referable } from '../catalog/keys.js';
import { updateStatement, walk } from '../data/backfill.js';
import { refuseUncounted } from '../data/validation.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import {
  CATALOG,
  type Child,
  child,
  exclusively,
  type LoopStep,
  type Operation,
  type Parent,
  type ProbeStep,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, quoteName } from '../names.js';
import { quoteIdent, sql } from '../sql.js';
import { addForeignKey } from './add-foreign-key.js';
import { expansionMissing, lookAtPair, type PairArguments, type PairFacts } from './column-pair/look.js';
import { inStep, inStepName, lostBy, proof, type StoredPair } from './column-pair/pair.js';
import type { ColumnPart } from './column-pair/parts.js';
import { createCheckConstraint } from './create-check-constraint.js';
import { columnsOf } from './create-index/request.js';
import { createIndex } from './create-index.js';
import { createUniqueConstraint } from './create-unique-constraint.js';
import { dropNotNull } from './drop-not-null.js';
import { setNotNull } from './set-not-null.js';

export const fillColumn: Operation<PairArguments, PairFacts> = {
  name: 'safeFillColumn',

  async inspect(reader, args) {
    const facts = await lookAtPair(reader, args);
    return { ...facts, begun: facts.state.inStep !== 'no', missing: expansionMissing(facts) };
  },

  next(facts) {
    const { state, pair } = facts;
    if (state.become || pair === null || state.inStep === 'validated') return null;
    const lost = lostBy(pair);
    if (lost !== null && (facts.hidden || facts.isolation !== 'read committed')) return refuseUncounted(facts);
    if (lost !== null && !(facts.probed ?? []).includes('loss')) return probeLoss(facts, pair, lost);
    if (!(facts.probed ?? []).includes('fill')) return fill(facts, pair);
    return state.inStep === 'no' ? addCheck(facts, pair) : validate(facts);
  },

  provides: (facts, { table }) =>
    [facts.table, table].flatMap((name) => facts.parts.parts.flatMap((part) => keyOf(name, part))),

  children(_args, facts) {
    if (facts.state.become || !facts.state.paired) return { before: [], after: [] };
    const { table, partner, parts } = facts;
    const loose = facts.partnerNotNull ? [child(dropNotNull, { table, column: partner })] : [];
    const notNull = parts.notNull ? [child(setNotNull, { table, column: partner })] : loose;
    return { before: [], after: [...notNull, ...parts.parts.map((part) => childOf(facts, part))] };
  },
};

/** Values that came in since the change was begun, or that have outgrown the type on the way back. */
function probeLoss(facts: PairFacts, { leading }: StoredPair, lost: string): ProbeStep<PairFacts> {
  const query = rowsWhere(facts.table, [...new Set([...facts.key, leading])], lost);
  return {
    kind: 'probe',
    id: 'loss',
    why: 'rows whose value the other column cannot hold are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: fillColumn.name,
        target: facts.target,
        happened: `whose ${leading} does not fit into ${facts.partner}.`,
        hint: `Correct them, then run again. ${showRows(facts.table, lost)}`,
      }),
    after: (state) => state,
  };
}

function fill(facts: PairFacts, pair: StoredPair): LoopStep<PairFacts> {
  const change = {
    table: facts.table,
    set: { [pair.following]: sql.raw(pair.forward) },
    where: `NOT ${inStep(pair)}`,
  };
  return {
    kind: 'loop',
    id: 'fill',
    why: 'gives the second column its value in the rows that were there before, in batches',
    sql: updateStatement(change),
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walk(context, { ...facts, key: facts.rowKey }, change),
    after: (state) => state,
  };
}

function addCheck(facts: PairFacts, pair: StoredPair): SqlStep<PairFacts> {
  return {
    kind: 'sql',
    id: 'add check',
    why: 'from now on the server itself holds the two columns in step; existing rows are not read yet',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(inStepName(facts.table.name, facts.partner))} CHECK (${proof(pair)}) NOT VALID`,
    locks: exclusively([facts.table]),
    work: CATALOG,
    commit: 'own',
    after: (state) => ({ ...state, inStep: 'unvalidated' }),
  };
}

function validate(facts: PairFacts): SqlStep<PairFacts> {
  return {
    kind: 'sql',
    id: 'validate',
    why: 'proves that no row was left out, while reads and writes go on',
    sql: `ALTER TABLE ${quoteName(facts.table)} VALIDATE CONSTRAINT ${quoteIdent(facts.proofs[0] ?? inStepName(facts.table.name, facts.partner))}`,
    locks: [{ on: facts.table, mode: 'ShareUpdateExclusiveLock', kind: 'table' }],
    work: { kind: 'scan', of: facts.table },
    commit: 'own',
    after: (state) => ({ ...state, inStep: 'validated' }),
    ...explained(facts),
  };
}

/** Rows that came in since they were counted. */
function explained(facts: PairFacts): Pick<SqlStep<PairFacts>, 'explain'> {
  const { pair } = facts;
  const lost = pair === null ? null : lostBy(pair);
  return pair === null || lost === null
    ? {}
    : { explain: (connection) => probeLoss(facts, pair, lost).judge(connection) };
}

/** Compares what hangs on the two columns once more: either may have been made anew since. */
export function twinsOf(facts: PairFacts): readonly Child[] {
  return facts.parts.parts.filter((part) => part.made).map((part) => childOf(facts, part));
}

/** What foreign keys can refer to. */
function keyOf(table: ObjectName, part: ColumnPart): readonly Parent[] {
  if (part.kind === 'unique') return [referable(table, part.request.columns)];
  const unique = (part.kind === 'index' || part.kind === 'primary key') && part.request.unique === true;
  return unique ? [referable(table, columnsOf(part.request))] : [];
}

function childOf({ table }: PairFacts, part: ColumnPart): Child {
  switch (part.kind) {
    case 'index':
    case 'primary key':
      return child(createIndex, { table, index: part.request });
    case 'unique':
      return child(createUniqueConstraint, { table, ...part.request });
    case 'check':
      return child(createCheckConstraint, { table, name: part.twin, expression: part.expression });
    case 'foreign key':
      return child(addForeignKey, { table: part.on, key: part.key });
  }
}
