/** Constraints that stand on an index (unique, primary key, exclusion), as the catalog holds them. */
import type { Parent, Refusal } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { type SqlFragment, sql, truncateName } from '../sql.js';
import { INDEX_COLUMNS, readIndexes, type StoredIndex } from './indexes.js';
import type { Look } from './relation.js';

export interface StoredConstraint {
  readonly name: string;
  /** pg_constraint.contype */
  readonly type: string;
  readonly columns: readonly string[];
  readonly deferrable: boolean;
  readonly deferred: boolean;
  /** WITHOUT OVERLAPS, PostgreSQL 18 and later. */
  readonly period: boolean;
  /** Of an exclusion constraint, `pg_catalog.&&`, one for each key. */
  readonly operators: readonly string[];
}

/** What a foreign key needs: that these columns of the table, in whatever order, are unique. */
export function referable(table: ObjectName, columns: readonly string[]): Parent {
  return {
    kind: 'constraint',
    name: `unique or primary key on ${printName(table)}(${[...columns].sort().join(', ')})`,
  };
}

/** `true` or `'immediate'`: DEFERRABLE; `'deferred'`: DEFERRABLE INITIALLY DEFERRED. */
export type Deferrable = boolean | 'immediate' | 'deferred';

/** Columns of an inspection for `readKeys`. `name` is what the constraint, and with it its index, is to be called. */
export function keyColumns(name: string): SqlFragment {
  return sql`x.constraints, y.indexes, z.columns, w.partition_key,
    exists (select 1 from pg_catalog.pg_class n where n.relnamespace = c.relnamespace and n.relname = ${name}::name) as taken,
    exists (select 1 from pg_catalog.pg_inherits h where h.inhparent = c.oid) as has_children`;
}

/** The joins that `keyColumns` reads from. `columns` are all that the constraint names; `method` is that of its index. */
export function keyJoins(columns: readonly string[], method = 'btree'): SqlFragment {
  return sql`
    left join lateral (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
        'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false),
        'operators', coalesce((select pg_catalog.json_agg(s.nspname || '.' || o.oprname order by u.n) from pg_catalog.unnest(k.conexclop) with ordinality u (operator, n)
          join pg_catalog.pg_operator o on o.oid = u.operator join pg_catalog.pg_namespace s on s.oid = o.oprnamespace), '[]'),
        'columns', coalesce((select pg_catalog.json_agg(a.attname order by u.n) from pg_catalog.unnest(k.conkey) with ordinality u (attnum, n)
          join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum), '[]'))) as constraints
      from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype <> 'n') x on true
    left join lateral (select pg_catalog.json_agg(${INDEX_COLUMNS}) as indexes from pg_catalog.pg_index i where i.indrelid = c.oid) y on true
    left join lateral (select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'fits', ${hasDefaultOpclass(sql`a.atttypid`, method)}, 'virtual', a.attgenerated = 'v')) as columns
      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(${columns}::name[])) z on true
    left join lateral (select pg_catalog.json_agg(coalesce(a.attname, 'an expression')) as partition_key
      from pg_catalog.pg_partitioned_table p cross join pg_catalog.unnest(p.partattrs::int2[]) u (attnum)
      left join pg_catalog.pg_attribute a on a.attrelid = p.partrelid and a.attnum = u.attnum and u.attnum <> 0 where p.partrelid = c.oid) w on true`;
}

export interface StoredKeys {
  readonly constraints: readonly StoredConstraint[];
  readonly indexes: readonly StoredIndex[];
  /** A constraint and its index always have the same name. */
  readonly indexOf: (constraint: string) => StoredIndex | undefined;
  /** Those of the asked columns that exist. */
  readonly columns: readonly StoredColumn[];
  readonly partitionKey: readonly string[];
  /** Something in the schema of the table has the wanted name: a table, an index … */
  readonly taken: boolean;
  readonly hasChildren: boolean;
}

interface StoredColumn {
  readonly name: string;
  readonly type: string;
  /** The method has an operator class for the type. */
  readonly fits: boolean;
  /** Generated and not stored, PostgreSQL 18 and later. */
  readonly virtual: boolean;
}

export function readKeys(row: Row): StoredKeys {
  const indexes = readIndexes(row['indexes']);
  return {
    constraints: (row['constraints'] ?? []) as readonly StoredConstraint[],
    indexes,
    indexOf: (constraint) => indexes.find((index) => index.name === constraint),
    columns: (row['columns'] ?? []) as readonly StoredColumn[],
    partitionKey: (row['partition_key'] ?? []) as readonly string[],
    taken: row['taken'] === true,
    hasChildren: row['has_children'] === true,
  };
}

/** The parents that are missing: the table, or columns of it. */
export function missingColumns(look: Look, keys: StoredKeys, columns: readonly string[]): readonly Parent[] {
  if (look.relation === null) return look.missing;
  return columns
    .filter((column) => !keys.columns.some(({ name }) => name === truncateName(column)))
    .map((column) => ({ kind: 'column', name: `${printName(look.name)}.${column}` }));
}

/** Why no unique index over these columns can be built, whatever their rows. */
export function refuseKey(keys: StoredKeys, columns: readonly string[]): Refusal | null {
  const wanted = columns.map(truncateName);
  const unfit = keys.columns.find(({ name, fits, virtual }) => wanted.includes(name) && (virtual || !fits));
  if (unfit?.virtual === true)
    return {
      refuse: `the column ${unfit.name} is generated and not stored (VIRTUAL): no index can hold it.`,
      hint: 'Generate it STORED, or pick other columns.',
    };
  if (unfit !== undefined)
    return {
      refuse: `the column ${unfit.name} is of type ${unfit.type}, which has no order (no operator class for btree): no key can hold it.`,
      hint: 'Pick other columns, or change its type first: jsonb has an order, json has not.',
    };
  const lacking = keys.partitionKey.filter((column) => !wanted.includes(column));
  if (lacking.length === 0) return null;
  return {
    refuse: `the table is partitioned by ${keys.partitionKey.join(', ')}: each partition has an index of its own, so that a key of the whole must contain it. Missing: ${lacking.join(', ')}.`,
    hint: lacking.includes('an expression')
      ? 'Over an expression no key of the whole table is possible: give one to each partition.'
      : `Name all of them: ['${[...wanted, ...lacking].join("', '")}'].`,
  };
}

/** Why the name cannot be given to a constraint, nor to its index. */
export function refuseTaken(name: string, taken: boolean): Refusal | null {
  return taken ? { refuse: `the name ${truncateName(name)} is taken.`, hint: 'Pass another { name }.' } : null;
}

/** `immediate`, `deferred`, `no`, for comparisons and messages. */
export function deferral({ deferrable, deferred }: Pick<StoredConstraint, 'deferrable' | 'deferred'>): string {
  if (!deferrable) return 'no';
  return deferred ? 'deferred' : 'immediate';
}

export function wantedDeferral(wanted: Deferrable | undefined): string {
  if (wanted === undefined || wanted === false) return 'no';
  return wanted === 'deferred' ? 'deferred' : 'immediate';
}

/** ` DEFERRABLE INITIALLY …`, or nothing. */
export function printDeferral(wanted: Deferrable | undefined): string {
  const when = wantedDeferral(wanted);
  return when === 'no' ? '' : ` DEFERRABLE INITIALLY ${when.toUpperCase()}`;
}

/**
 * Boolean expression: has the type an operator class that an index of the method takes by itself? Domains count as what they are made
 * of; binary coercible types (varchar as text) and the kinds of type for which there is one class are followed as the server does it.
 */
function hasDefaultOpclass(type: SqlFragment, method: string): SqlFragment {
  return sql`(with recursive base as (select t.oid, t.typtype, t.typbasetype, t.typlen, t.typelem from pg_catalog.pg_type t where t.oid = ${type}
      union all select t.oid, t.typtype, t.typbasetype, t.typlen, t.typelem from base join pg_catalog.pg_type t on t.oid = base.typbasetype where base.typtype = 'd')
    select exists (select 1 from base b cross join pg_catalog.pg_opclass o join pg_catalog.pg_am m on m.oid = o.opcmethod join pg_catalog.pg_type i on i.oid = o.opcintype
      where b.typtype <> 'd' and m.amname = ${method}::name and o.opcdefault and (i.oid = b.oid
        or exists (select 1 from pg_catalog.pg_cast k where k.castsource = b.oid and k.casttarget = i.oid and k.castmethod = 'b' and k.castcontext = 'i')
        or i.typname = case b.typtype when 'r' then 'anyrange' when 'm' then 'anymultirange' when 'e' then 'anyenum' when 'c' then 'record'
          else case when b.typelem <> 0 and b.typlen = -1 then 'anyarray' end end)))`;
}
