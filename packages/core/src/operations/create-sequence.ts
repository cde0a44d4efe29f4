/**
 * safeCreateSequence: makes a sequence.
 *
 * CREATE SEQUENCE IF NOT EXISTS takes one with another step, limit or type for the wanted one.
 */
import { compareIdentityOptions } from '../catalog/identity-options.js';
import { ANY_RELATION, bothNames, creation, homeOf, type ObjectState, placeOf } from '../catalog/objects.js';
import { kindOf, lookAtTable, type Relation, remarkOn } from '../catalog/relation.js';
import type { Facts, Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { sql } from '../sql.js';

export const SEQUENCE_TYPES = ['smallint', 'integer', 'bigint'] as const;

/** Whatever is left out is what CREATE SEQUENCE makes of it. */
export interface SequenceOptions {
  /** Default `bigint`. */
  readonly as?: (typeof SEQUENCE_TYPES)[number];
  /** Default: the least value, or the greatest one where `increment` is negative. */
  readonly start?: number | bigint;
  /** Default 1. */
  readonly increment?: number | bigint;
  readonly minValue?: number | bigint;
  readonly maxValue?: number | bigint;
  /** How many numbers a session takes at once. Default 1. */
  readonly cache?: number | bigint;
  /** Begins again at its end. Default false. */
  readonly cycle?: boolean;
}

export interface CreateSequenceArguments {
  readonly sequence: ObjectName;
  readonly options: SequenceOptions;
}

export interface CreateSequenceFacts extends Facts<ObjectState> {
  readonly sequence: ObjectName;
}

export const createSequence: Operation<CreateSequenceArguments, CreateSequenceFacts> = {
  name: 'safeCreateSequence',

  async inspect(reader, { sequence, options }) {
    const { row, relation } = await lookAtTable(reader, sequence, {
      kinds: ANY_RELATION,
      columns: sql`${homeOf(sequence)}, pg_catalog.format_type(q.seqtypid, null) as type, pg_catalog.json_build_object('type', q.seqtypid::int8::text, 'start', q.seqstart::text,
        'increment', q.seqincrement::text, 'minvalue', q.seqmin::text, 'maxvalue', q.seqmax::text, 'cache', q.seqcache::text, 'cycle', q.seqcycle::text) as stored, c.relpersistence = 'u' as unlogged`,
      joins: sql`left join pg_catalog.pg_sequence q on q.seqrelid = c.oid`,
    });
    const place = relation === null ? placeOf(row, sequence) : { name: relation.name, missing: [] };
    return {
      target: printName(place.name),
      state: { object: relation === null ? 'absent' : 'present' },
      begun: false,
      differences: relation === null ? [] : compare(options, relation, row),
      missing: place.missing,
      ...remarkOn(sequence.name),
      sequence: place.name,
    };
  },

  next(facts, { options }) {
    if (facts.state.object === 'present') return null;
    const clauses = [options.as === undefined ? '' : `AS ${options.as}`, clausesOf(options)].filter(
      (each) => each !== '',
    );
    return creation({
      why: 'makes the sequence; nothing takes numbers from it yet',
      sql: [`CREATE SEQUENCE ${quoteName(facts.sequence)}`, ...clauses].join(' '),
      locks: [],
    });
  },

  provides: (facts, { sequence }) => bothNames('sequence', [facts.sequence, sequence]),
};

/** `START WITH 5 INCREMENT BY 2`: the options as SQL, the type left out. */
function clausesOf({ start, increment, minValue, maxValue, cache, cycle }: SequenceOptions): string {
  const clauses = [
    increment === undefined ? '' : `INCREMENT BY ${increment}`,
    minValue === undefined ? '' : `MINVALUE ${minValue}`,
    maxValue === undefined ? '' : `MAXVALUE ${maxValue}`,
    start === undefined ? '' : `START WITH ${start}`,
    cache === undefined ? '' : `CACHE ${cache}`,
    cycle === true ? 'CYCLE' : 'NO CYCLE',
  ];
  return clauses.filter((clause) => clause !== '').join(' ');
}

function compare(options: SequenceOptions, relation: Relation, row: Row): readonly Difference[] {
  if (relation.kind !== 'S') return [{ path: 'kind', expected: 'sequence', found: kindOf(relation), proved: true }];
  const { as = 'bigint' } = options;
  const is = String(row['type']);
  if (as !== is) return [{ path: 'type', expected: as, found: is, proved: true }];
  // From PostgreSQL 15 on: after a crash it begins anew.
  if (row['unlogged'] === true) return [{ path: 'persistence', expected: 'logged', found: 'unlogged', proved: true }];
  return compareIdentityOptions(`(${clausesOf(options)})`, row['stored']).map((difference) => ({
    ...difference,
    path: difference.path.replace('identity ', ''),
  }));
}
