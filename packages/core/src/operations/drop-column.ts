/**
 * safeDropColumn: drops a column after naming what depends on it.
 *
 * Plain DROP COLUMN silently takes composite indexes, unique constraints and foreign keys that the column is a part of with it; with
 * views or other tables' keys on it, it fails halfway through a migration.
 */
import { DEPENDENTS, type Dependents, dependentsOf, readDependents } from '../catalog/dependents.js';
import { INHERITED_FROM, readNames, readTexts } from '../catalog/inheritance.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { descendants } from '../catalog/tree.js';
import {
  CATALOG,
  exclusively,
  type Facts,
  type Lock,
  list,
  type Operation,
  type Refusal,
  refuseDependents,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql } from '../sql.js';

export interface DropColumnArguments {
  readonly table: ObjectName;
  readonly column: string;
}

export interface DropColumnFacts extends Facts<{ readonly column: 'present' | 'absent' }> {
  readonly table: ObjectName;
  readonly dependents: Dependents;
  /** Tables that the column is inherited from. */
  readonly parents: readonly string[];
  /** Rows are spread over the partitions by it. */
  readonly partitionKey: boolean;
  /** Tables that inherit the column, partitions included. */
  readonly descendants: readonly ObjectName[];
}

export const dropColumn: Operation<DropColumnArguments, DropColumnFacts> = {
  name: 'safeDropColumn',

  async inspect(reader, { table, column }) {
    const { row, relation, name, missing, exists } = await lookAtColumn(reader, table, column, {
      columns: sql`${DEPENDENTS}, ${INHERITED_FROM} as parents, ${descendants('c.oid')} as descendants,
        exists (select 1 from pg_catalog.pg_depend i where i.classid = 'pg_catalog.pg_class'::regclass and i.objid = c.oid and i.objsubid = a.attnum
          and i.refclassid = i.classid and i.refobjid = c.oid and i.deptype = 'i') as partition_key`,
      joins: dependentsOf(COLUMNS),
    });
    return {
      target: `${printName(name)}.${column}`,
      state: { column: exists ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: relation === null ? missing : [],
      ...remarkOn(column),
      table: name,
      dependents: readDependents(row),
      parents: readTexts(row, 'parents'),
      partitionKey: row['partition_key'] === true,
      descendants: readNames(row, 'descendants'),
    };
  },

  next(facts, { column }) {
    if (facts.state.column === 'absent') return null;
    return refusal(facts) ?? drop(facts, column);
  },
};

/** The column, and the same in the tables that inherit it and have it from nowhere else. */
const COLUMNS = sql`select 'pg_catalog.pg_class'::regclass::oid, t.relid, t.attnum::int from (
    with recursive tree (relid, attnum) as (select c.oid, a.attnum
      union select i.inhrelid, ta.attnum from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid
        join pg_catalog.pg_attribute ta on ta.attrelid = i.inhrelid and ta.attname = a.attname and ta.attinhcount = 1 and not ta.attislocal)
    select relid, attnum from tree) t (relid, attnum)`;

function refusal({ parents, partitionKey, dependents: { blocking } }: DropColumnFacts): Refusal | null {
  if (parents.length > 0)
    return {
      refuse: `it is inherited from ${parents.join(', ')}.`,
      hint: 'Call safeDropColumn for that table: the column goes from the tables that inherit it as well.',
    };
  if (partitionKey)
    return {
      refuse: 'it is part of the key by which the table is partitioned.',
      hint: 'Make a table that is partitioned by another key, and move the rows there.',
    };
  if (blocking.length === 0) return null;
  return refuseDependents(blocking);
}

function drop(facts: DropColumnFacts, column: string): SqlStep<DropColumnFacts> {
  const { lost, referenced, sequences } = facts.dependents;
  const tables = [facts.table, ...facts.descendants, ...referenced];
  return {
    kind: 'sql',
    id: 'drop',
    why: 'removes the column from the catalog; rows keep their bytes until they are next written',
    sql: `ALTER TABLE ${quoteName(facts.table)} DROP COLUMN ${quoteIdent(column)}`,
    locks: [
      ...exclusively(tables),
      ...sequences.map((on): Lock => ({ on, mode: 'AccessExclusiveLock', kind: 'other' })),
    ],
    work: CATALOG,
    commit: 'own',
    ...(lost.length === 0
      ? {}
      : {
          risk: {
            refuse: `these would silently go with it:\n${list(lost)}`,
            hint: 'Drop or re-create them first.',
            dependents: lost,
          },
        }),
    after: () => ({ column: 'absent' }),
  };
}
