/**
 * safeSwapColumn: lets the second column of a change of type take the place of the first one, in a moment.
 *
 * By hand it is a list of statements that must not be torn apart: numbers, default, primary key, foreign keys, names. Here they are one
 * transaction that touches the catalog only. The old column follows from then on, so that the same call with the old type takes it back.
 */
import { CATALOG, list, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { printName } from '../names.js';
import { expansionMissing, lookAtPair, type PairArguments, type PairFacts } from './column-pair/look.js';
import { type StoredPair, turnPair } from './column-pair/pair.js';
import { exchangeNames, leaveOld, refuseUnfilled, takeOverLocks, takePlace } from './column-pair/take-over.js';
import { twinsOf } from './fill-column.js';

export const swapColumn: Operation<PairArguments, PairFacts> = {
  name: 'safeSwapColumn',

  async inspect(reader, args) {
    const facts = await lookAtPair(reader, args);
    return { ...facts, missing: expansionMissing(facts) };
  },

  next(facts, args) {
    const { state, pair } = facts;
    if (state.become || pair === null) return null;
    return refuseTies(facts) ?? refuseUnfilled(facts, swapColumn.name) ?? swap(facts, args, pair);
  },

  children: (_args, facts) => ({ before: facts.state.become ? [] : twinsOf(facts), after: [] }),
};

/** What has come to depend on the column since it was expanded. */
export function refuseTies({ ties, parts }: PairFacts): Refusal | null {
  const blocking = [...ties.blocking, ...parts.obstacles];
  if (blocking.length === 0) return null;
  return {
    refuse: `these would stay with the old column:\n${list(blocking)}`,
    hint: 'Drop them before, and make them again afterwards.',
    dependents: blocking,
  };
}

function swap(facts: PairFacts, args: PairArguments, pair: StoredPair): SqlStep<PairFacts> {
  const { column } = args;
  const [first = '', ...more] = [
    ...leaveOld(facts, args),
    ...exchangeNames(facts.table, column, facts.partner),
    ...takePlace(facts, { column, beside: true }),
    turnPair(pair),
  ];
  const others = takeOverLocks(facts).filter(
    (lock) => lock.kind === 'table' && printName(lock.on) !== printName(facts.table),
  );
  return {
    kind: 'sql',
    id: 'swap',
    why: 'the two columns change places in the catalog; the old one follows the new one from now on',
    sql: first,
    more,
    locks: takeOverLocks(facts),
    work: CATALOG,
    commit: 'own',
    after: () => ({ become: true, paired: true, inStep: 'no' }),
    ...(others.length === 0
      ? {}
      : {
          says: [
            `${others.map((lock) => printName(lock.on)).join(', ')} refer to it: their own columns keep their type`,
          ],
        }),
  };
}
