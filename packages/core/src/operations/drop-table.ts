/**
 * safeDropTable: drops a table after naming what depends on it, and only when no rows go with it.
 *
 * Plain DROP TABLE takes all rows, and all partitions, with it without a word; IF EXISTS hides that the name was wrong; with views or
 * other tables' keys on it, it fails halfway through a migration, and CASCADE takes those as well.
 */
import { DEPENDENTS, type Dependents, dependentsOf, readDependents } from '../catalog/dependents.js';
import { nameOf, readNames } from '../catalog/inheritance.js';
import { aKindOf, isTable, lookAtTable, remarkOn } from '../catalog/relation.js';
import { forbidAllRows } from '../data/violations.js';
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
import type { Connection } from '../postgres/connection.js';
import { sql } from '../sql.js';

export interface DropTableOptions {
  /** The rows go with the table. Default false: a table with rows is refused. */
  readonly allowRows?: boolean;
}

export interface DropTableArguments {
  readonly table: ObjectName;
  readonly allowRows: boolean;
}

export interface DropTableFacts extends Facts<{ readonly table: 'present' | 'absent' }> {
  readonly table: ObjectName;
  /** Something else has the name: `a view`. */
  readonly otherKind: string | null;
  readonly dependents: Dependents;
  /** The partitioned table that it is a partition of, and that one's default partition: both are locked along. */
  readonly above: readonly ObjectName[];
  /** The role can lock the table, may read it, and no policy hides rows from it. */
  readonly seesRows: boolean;
}

export const dropTable: Operation<DropTableArguments, DropTableFacts> = {
  name: 'safeDropTable',

  async inspect(reader, { table }) {
    const { row, relation, name } = await lookAtTable(reader, table, {
      kinds: 'rpvmfSiIc',
      columns: sql`${DEPENDENTS}, pg_catalog.has_any_column_privilege(c.oid, 'SELECT') and not pg_catalog.row_security_active(c.oid)
          and (pg_catalog.pg_has_role(c.relowner, 'USAGE') or pg_catalog.has_table_privilege(c.oid, 'UPDATE') or pg_catalog.has_table_privilege(c.oid, 'DELETE')) as sees_rows,
        (select pg_catalog.json_agg(${nameOf('r')} order by r.relkind) from pg_catalog.pg_inherits i join pg_catalog.pg_partitioned_table t on t.partrelid = i.inhparent
          join pg_catalog.pg_class r on r.oid in (i.inhparent, t.partdefid) and r.oid <> c.oid where i.inhrelid = c.oid) as above`,
      joins: dependentsOf(sql`select 'pg_catalog.pg_class'::regclass::oid, c.oid, 0`),
    });
    return {
      target: printName(name),
      state: { table: relation === null ? 'absent' : 'present' },
      begun: false,
      differences: [],
      missing: [],
      ...remarkOn(table.name),
      table: name,
      otherKind: relation === null || isTable(relation) ? null : aKindOf(relation),
      dependents: readDependents(row),
      above: readNames(row, 'above'),
      seesRows: row['sees_rows'] === true,
    };
  },

  pin: (args, { table }) => ({ ...args, table }),

  next(facts, { allowRows }) {
    if (facts.state.table === 'absent') return null;
    const reason = refusal(facts, allowRows);
    if (reason !== null) return reason;
    if (allowRows || (facts.probed ?? []).includes('rows')) return drop(facts, allowRows);
    return {
      kind: 'probe',
      id: 'rows',
      why: 'a table with rows is not dropped; asked again under the lock',
      sql: `SELECT EXISTS (SELECT FROM ${quoteName(facts.table)})`,
      locks: [],
      work: CATALOG,
      judge: (connection) => forbid(connection, facts),
      after: (state) => state,
    };
  },
};

function drop(facts: DropTableFacts, allowRows: boolean): SqlStep<DropTableFacts> {
  const { tables, referenced, sequences } = facts.dependents;
  const partitions = tables.map(printName).filter((name) => name !== printName(facts.table));
  const locked = [...facts.above, ...tables, ...referenced];
  return {
    kind: 'sql',
    id: 'drop',
    why: allowRows
      ? 'the table goes, with all rows that it has'
      : 'the table goes; under the lock it was seen to be empty',
    sql: `DROP TABLE ${quoteName(facts.table)}`,
    locks: [
      ...exclusively(locked),
      ...sequences.map((on): Lock => ({ on, mode: 'AccessExclusiveLock', kind: 'other' })),
    ],
    work: CATALOG,
    commit: 'own',
    ...(partitions.length === 0
      ? {}
      : {
          risk: {
            refuse: `its partitions would silently go with it:\n${list(partitions)}`,
            hint: 'Drop or detach them first, each by itself.',
            dependents: partitions,
          },
        }),
    ...(allowRows ? {} : { underLock: (connection: Connection) => forbid(connection, facts) }),
    after: () => ({ table: 'absent' }),
  };
}

function refusal(facts: DropTableFacts, allowRows: boolean): Refusal | null {
  const { otherKind, seesRows, dependents } = facts;
  const { blocking } = dependents;
  if (otherKind !== null)
    return { refuse: `it is ${otherKind}, not a table.`, hint: 'See what it is for; only a table is dropped here.' };
  if (blocking.length > 0) return refuseDependents(blocking);
  if (allowRows || seesRows) return null;
  return {
    refuse:
      'whether it has rows cannot be seen by this role: it may not read the table, or row level security hides rows from it.',
    hint: 'Run as the owner of the table, or as a role with BYPASSRLS; if all its rows may go, pass { allowRows: true }.',
    privilege: true,
  };
}

function forbid(connection: Connection, { table, target }: DropTableFacts): Promise<undefined> {
  return forbidAllRows(connection, table, {
    operation: dropTable.name,
    target,
    happened: 'in it, which would be lost.',
    hint: `Keep what is needed elsewhere first, then pass { allowRows: true }. Look at them:\n  SELECT * FROM ${quoteName(table)} LIMIT 20;`,
  });
}
