/**
 * safeContractColumn: ends an expansion: one of the two columns goes, and the trigger with it.
 *
 * What stays is the column that the arguments tell of. So the same call ends a change, with what it was to become, and calls it off, with
 * what it was before.
 */
import { CATALOG, exclusively, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { printName, quoteName } from '../names.js';
import { quoteIdent, truncateName } from '../sql.js';
import { lookAtPair, type PairArguments, type PairFacts } from './column-pair/look.js';
import { dropPair, type StoredPair } from './column-pair/pair.js';
import { distinct, leaveOld, refuseUnfilled, takeOverLocks, takePlace } from './column-pair/take-over.js';
import { twinsOf } from './fill-column.js';
import { refuseTies } from './swap-column.js';

export const contractColumn: Operation<PairArguments, PairFacts> = {
  name: 'safeContractColumn',

  inspect: (reader, args) => lookAtPair(reader, args),

  children: ({ to, column }, facts) => ({
    before: to.kind === 'name' && facts.pair?.leading === truncateName(column) ? twinsOf(facts) : [],
    after: [],
  }),

  next(facts, args) {
    const { pair, state } = facts;
    if (pair === null || !state.paired) return state.become ? null : refuseUnknown(facts);
    if (args.to.kind === 'type') return state.become ? dropFollower(facts, pair) : refuseEarly(facts, args);
    if (pair.following === truncateName(args.column)) return dropFollower(facts, pair);
    return refuseTies(facts) ?? refuseUnfilled(facts, contractColumn.name) ?? succeed(facts, args, pair);
  },
};

function refuseUnknown({ table, partner }: PairFacts): Refusal {
  return {
    refuse: `no trigger keeps ${partner} in step with another column of ${printName(table)}.`,
    hint: 'safeExpandColumn begins a change without downtime; then safeFillColumn, safeSwapColumn for a change of type, safeContractColumn.',
  };
}

function refuseEarly({ partner }: PairFacts, { column }: PairArguments): Refusal {
  return {
    refuse: `${column} does not have that type yet: ${partner} is to take its place first.`,
    hint: 'Call safeSwapColumn with the same arguments. To call the change off, pass the type that the column has.',
  };
}

/** The column that leads stays as it is. */
function dropFollower(facts: PairFacts, pair: StoredPair): SqlStep<PairFacts> {
  const { table, partnerReferencedBy, partnerRefersTo } = facts;
  const follows = pair.following === facts.partner;
  const referencedBy = follows ? partnerReferencedBy : keysTo(facts);
  const refersTo = follows ? partnerRefersTo : keysFrom(facts);
  const [first = '', ...more] = [
    ...dropPair(table, pair),
    ...referencedBy.map(({ on, name }) => `ALTER TABLE ${quoteName(on)} DROP CONSTRAINT ${quoteIdent(name)}`),
    `ALTER TABLE ${quoteName(table)} DROP COLUMN ${quoteIdent(pair.following)}`,
  ];
  return {
    kind: 'sql',
    id: 'drop',
    why: `removes ${pair.following}, which only followed, and the trigger`,
    sql: first,
    more,
    locks: exclusively(distinct([table, ...referencedBy.map(({ on }) => on), ...refersTo])),
    work: CATALOG,
    commit: 'own',
    after: () => ({ become: true, paired: false, inStep: 'no' }),
  };
}

function keysTo({ parts }: PairFacts): PairFacts['partnerReferencedBy'] {
  return parts.parts.flatMap((part) =>
    part.kind === 'foreign key' && part.incoming ? [{ name: part.name, on: part.on }] : [],
  );
}

function keysFrom({ parts }: PairFacts): PairFacts['partnerRefersTo'] {
  return parts.parts.flatMap((part) =>
    part.kind === 'foreign key' && !part.incoming ? [part.key.references.table] : [],
  );
}

/** The column of the new name takes over all that belonged to the old one, which goes. */
function succeed(facts: PairFacts, args: PairArguments, pair: StoredPair): SqlStep<PairFacts> {
  const { table, partner } = facts;
  const [first = '', ...more] = [
    ...dropPair(table, pair),
    ...leaveOld(facts, args),
    `ALTER TABLE ${quoteName(table)} DROP COLUMN ${quoteIdent(args.column)}`,
    ...takePlace(facts, { column: partner, beside: false }),
  ];
  return {
    kind: 'sql',
    id: 'succeed',
    why: 'the old name goes; the new one takes over its default, keys and names, in the catalog alone',
    sql: first,
    more,
    locks: takeOverLocks(facts),
    work: CATALOG,
    commit: 'own',
    after: () => ({ become: true, paired: false, inStep: 'no' }),
  };
}
