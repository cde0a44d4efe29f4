/**
 * safeDropSequence: drops a sequence from which nothing takes its numbers.
 *
 * DROP SEQUENCE CASCADE takes the defaults of columns along; without CASCADE it fails halfway through a migration.
 */
import { ANY_RELATION, type DropFacts, dependents, removal } from '../catalog/objects.js';
import { kindOf, lookAtTable, remarkOn } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql } from '../sql.js';

export interface DropSequenceArguments {
  readonly sequence: ObjectName;
}

export interface DropSequenceFacts extends DropFacts {
  readonly sequence: ObjectName;
}

export const dropSequence: Operation<DropSequenceArguments, DropSequenceFacts> = {
  name: 'safeDropSequence',

  async inspect(reader, { sequence }) {
    const { row, relation, name } = await lookAtTable(reader, sequence, {
      kinds: ANY_RELATION,
      columns: sql`${dependents('pg_class', 'c.oid')} as dependents`,
    });
    const other = relation !== null && relation.kind !== 'S';
    return {
      target: printName(name),
      state: { object: relation === null ? 'absent' : 'present' },
      begun: false,
      differences: other ? [{ path: 'kind', expected: 'sequence', found: kindOf(relation), proved: true }] : [],
      missing: [],
      ...remarkOn(sequence.name),
      dependents: (row['dependents'] ?? []) as readonly string[],
      sequence: name,
    };
  },

  pin: (args, { sequence }) => ({ ...args, sequence }),

  next: (facts) =>
    removal(facts, {
      why: 'removes the sequence and the number it has come to',
      sql: `DROP SEQUENCE ${quoteName(facts.sequence)}`,
      locks: [{ on: facts.sequence, mode: 'AccessExclusiveLock', kind: 'other' }],
    }),
};
