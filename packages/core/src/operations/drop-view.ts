/**
 * safeDropView: drops a view or materialized view on which nothing depends.
 *
 * DROP VIEW CASCADE takes other views along; without CASCADE it fails halfway through a migration.
 */
import { ANY_RELATION, type DropFacts, dependents, removal } from '../catalog/objects.js';
import { kindOf, lookAtTable, remarkOn } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql } from '../sql.js';

export interface DropViewArguments {
  readonly view: ObjectName;
}

export interface DropViewFacts extends DropFacts {
  readonly view: ObjectName;
  readonly materialized: boolean;
}

export const dropView: Operation<DropViewArguments, DropViewFacts> = {
  name: 'safeDropView',

  async inspect(reader, { view }) {
    const { row, relation, name } = await lookAtTable(reader, view, {
      kinds: ANY_RELATION,
      columns: sql`${dependents('pg_class', 'c.oid')} as dependents`,
    });
    const other = relation !== null && !'vm'.includes(relation.kind);
    return {
      target: printName(name),
      state: { object: relation === null ? 'absent' : 'present' },
      begun: false,
      differences: other ? [{ path: 'kind', expected: 'view', found: kindOf(relation), proved: true }] : [],
      missing: [],
      ...remarkOn(view.name),
      dependents: (row['dependents'] ?? []) as readonly string[],
      view: name,
      materialized: relation?.kind === 'm',
    };
  },

  pin: (args, { view }) => ({ ...args, view }),

  next: (facts) =>
    removal(facts, {
      why: facts.materialized ? 'removes the view with the rows that it holds' : 'removes the query from the catalog',
      sql: `DROP ${facts.materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${quoteName(facts.view)}`,
      locks: [{ on: facts.view, mode: 'AccessExclusiveLock', kind: 'other' }],
    }),
};
