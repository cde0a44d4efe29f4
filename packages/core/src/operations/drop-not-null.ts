/**
 * safeDropNotNull: lets a column hold NULL.
 *
 * Plain DROP NOT NULL takes its lock on the table and all its partitions also when the column is nullable already, and fails halfway
 * through a migration where a key, an identity or a parent table needs it.
 */
import { INHERITED_FROM, readNames, readTexts } from '../catalog/inheritance.js';
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { descendants } from '../catalog/tree.js';
import {
  CATALOG,
  exclusively,
  type Facts,
  list,
  type Operation,
  type Refusal,
  type Step,
} from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql } from '../sql.js';
import { nameOfHelper } from './set-not-null.js';

export interface DropNotNullArguments {
  readonly table: ObjectName;
  readonly column: string;
}

export interface DropNotNullFacts extends Facts<{ readonly nullable: boolean; readonly helper: boolean }> {
  readonly table: ObjectName;
  /** Of the check that a safeSetNotNull which was cut off has left, before 18. It stands while `state.helper`. */
  readonly helperName: string;
  /** An identity column is NOT NULL as long as it is one. */
  readonly identity: boolean;
  /** Tables whose NOT NULL the column inherits. */
  readonly parents: readonly string[];
  /** Primary keys and replica identities, here or in a partition, that need it. */
  readonly needed: readonly string[];
  readonly descendants: readonly ObjectName[];
}

export const dropNotNull: Operation<DropNotNullArguments, DropNotNullFacts> = {
  name: 'safeDropNotNull',

  async inspect(reader, { table, column }) {
    const helperName = nameOfHelper(table.name, column);
    const { row, name, missing, exists } = await lookAtColumn(reader, table, column, {
      columns: sql`a.attnotnull as notnull, a.attidentity <> '' as identity, ${descendants('c.oid')} as descendants, n.needed,
        exists (select 1 from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conname = ${helperName}::name
          and k.conkey = array[a.attnum]) as helper,
        case when ${BOUND_BY_PARENT} then ${INHERITED_FROM} end as parents`,
      joins: sql`
      left join lateral (
        with recursive tree (relid) as (select c.oid union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
        select pg_catalog.json_agg(pg_catalog.format('%s %s on %s', case when x.indisprimary then 'primary key' else 'replica identity' end,
          ix.relname, pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, tree.relid, 0)) order by x.indexrelid) as needed
        from tree join pg_catalog.pg_attribute ta on ta.attrelid = tree.relid and ta.attname = a.attname
        join pg_catalog.pg_index x on x.indrelid = tree.relid and (x.indisprimary or x.indisreplident) and ta.attnum = any((x.indkey::int2[])[0:x.indnkeyatts - 1])
        join pg_catalog.pg_class ix on ix.oid = x.indexrelid and not ix.relispartition
      ) n on true`,
    });
    return {
      target: `${printName(name)}.${column}`,
      state: { nullable: exists && row['notnull'] !== true, helper: row['helper'] === true },
      begun: false,
      differences: [],
      missing,
      ...remarkOn(column),
      table: name,
      helperName,
      identity: row['identity'] === true,
      parents: readTexts(row, 'parents'),
      needed: readTexts(row, 'needed'),
      descendants: readNames(row, 'descendants'),
    };
  },

  next(facts, { column }) {
    if (facts.state.nullable) return facts.state.helper ? dropHelper(facts) : null;
    const reason = refusal(facts, column);
    if (reason !== null) return reason;
    return {
      kind: 'sql',
      id: 'drop not null',
      why: 'lets new rows hold NULL; no row is read',
      sql: `ALTER TABLE ${quoteName(facts.table)} ALTER COLUMN ${quoteIdent(column)} DROP NOT NULL`,
      locks: exclusively([facts.table, ...facts.descendants]),
      work: CATALOG,
      commit: 'own',
      after: (state) => ({ ...state, nullable: true }),
    };
  },
};

function dropHelper({ table, helperName, descendants: below }: DropNotNullFacts): Step<DropNotNullFacts> {
  return {
    kind: 'sql',
    id: 'drop helper',
    why: 'a check that an interrupted safeSetNotNull has left keeps NULL out as well',
    sql: `ALTER TABLE ${quoteName(table)} DROP CONSTRAINT ${quoteIdent(helperName)}`,
    locks: exclusively([table, ...below]),
    work: CATALOG,
    commit: 'own',
    after: (state) => ({ ...state, helper: false }),
  };
}

/** From 18 on NOT NULL is a constraint that is inherited like others; before, only a partition is bound by its parent. */
const BOUND_BY_PARENT = sql`case when pg_catalog.current_setting('server_version_num')::int >= 180000
  then exists (select 1 from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum] and k.coninhcount > 0)
  else c.relispartition and exists (select 1 from pg_catalog.pg_inherits i join pg_catalog.pg_attribute pa on pa.attrelid = i.inhparent
    and pa.attname = a.attname and pa.attnotnull where i.inhrelid = c.oid) end`;

function refusal({ identity, needed, parents, table }: DropNotNullFacts, column: string): Refusal | null {
  if (needed.length > 0)
    return {
      refuse: `these need it NOT NULL:\n${list(needed)}`,
      hint: 'Drop or change them first, each in its own operation.',
      dependents: needed,
    };
  if (identity)
    return {
      refuse: 'it is an identity column, which is always NOT NULL.',
      hint: `If its values are to come from elsewhere, take the identity away first:\n  ALTER TABLE ${quoteName(table)} ALTER COLUMN ${quoteIdent(column)} DROP IDENTITY;`,
    };
  if (parents.length === 0) return null;
  return {
    refuse: `it inherits NOT NULL from ${parents.join(', ')}.`,
    hint: 'Call safeDropNotNull for that table: it changes the tables that inherit from it as well.',
  };
}
