/**
 * safeDropIndex: drops an index while reads and writes go on.
 *
 * Plain DROP INDEX takes ACCESS EXCLUSIVE on the table: behind it everybody waits. CONCURRENTLY does not, but leaves an INVALID index behind when
 * it is cut off, which IF EXISTS in a later migration does not finish unless somebody runs it again.
 */
import { constraintKind } from '../catalog/constraints.js';
import { beingBuilt, findBuilder, lookAtIndex } from '../catalog/indexes.js';
import { isNamed, kindOf, remarkOn } from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName, type TableName } from '../names.js';
import { sql } from '../sql.js';

export interface DropIndexOptions {
  /** The table that the index must belong to. A name without a schema is then looked for beside the table. */
  readonly table?: TableName;
}

export interface DropIndexArguments {
  readonly name: ObjectName;
  readonly table?: ObjectName;
}

export interface DropIndexFacts extends Facts<{ readonly index: 'present' | 'invalid' | 'absent' }> {
  readonly name: ObjectName;
  /** Its table; null when there is no such index. */
  readonly table: ObjectName | null;
  /** What has the name and is no index: `table public.users`. */
  readonly instead: string | null;
  readonly constraint: { readonly name: string; readonly type: string } | null;
  /** Foreign keys that rest on it although no constraint of its own does. */
  readonly foreignKeys: readonly string[];
  /** The index of the partitioned table that it is a part of. */
  readonly partOf: ObjectName | null;
  /** Partitions of its table at all depths: a partitioned index takes theirs along. Null for an ordinary index. */
  readonly partitions: readonly ObjectName[] | null;
  /** Of a temporary table, which no other session sees: CONCURRENTLY has no meaning there. */
  readonly temporary: boolean;
  readonly builtBy: number | null;
  readonly replicaIdentity: boolean;
  readonly clustered: boolean;
}

export const dropIndex: Operation<DropIndexArguments, DropIndexFacts> = {
  name: 'safeDropIndex',

  async inspect(reader, { name: asked, table: wantedTable }) {
    const beside = wantedTable !== undefined && asked.schema === undefined;
    const look = await lookAtIndex(reader, asked, {
      ...(beside ? { named: sql`x.relname = ${asked.name}::name and x.relnamespace = w.relnamespace` } : {}),
      before:
        wantedTable === undefined
          ? sql``
          : sql`left join pg_catalog.pg_class w on ${isNamed('w', wantedTable)} and w.relkind in ('r', 'p', 'm')`,
      columns: sql`i.indisvalid and i.indisready and i.indislive as valid, i.indisreplident as replident, i.indisclustered as clustered, x.relpersistence = 't' as temporary,
        ${wantedTable === undefined ? sql`true` : sql`w.oid is not null`} as tablefound, ${wantedTable === undefined ? sql`true` : sql`i.indrelid = w.oid`} as sametable,
        (select pg_catalog.json_build_object('name', k.conname, 'type', k.contype) from pg_catalog.pg_constraint k
           where k.conindid = x.oid and k.contype in ('p', 'u', 'x')) as constraint,
        (select pg_catalog.json_agg(pg_catalog.pg_describe_object('pg_catalog.pg_constraint'::regclass, k.oid, 0)) from pg_catalog.pg_constraint k
           where k.conindid = x.oid and k.contype = 'f' and k.conparentid = 0) as foreignkeys,
        (select pg_catalog.json_build_object('schema', pn.nspname, 'name', pc.relname) from pg_catalog.pg_inherits h join pg_catalog.pg_class pc on pc.oid = h.inhparent
           join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace where h.inhrelid = x.oid) as partof,
        case when x.relkind = 'I' then (with recursive tree (relid) as (
             select h.inhrelid from pg_catalog.pg_inherits h where h.inhparent = t.oid
             union all select h.inhrelid from pg_catalog.pg_inherits h join tree on h.inhparent = tree.relid)
           select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('schema', tn.nspname, 'name', tc.relname) order by tn.nspname, tc.relname), '[]')
           from tree join pg_catalog.pg_class tc on tc.oid = tree.relid join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace) end as partitions`,
    });
    const { row, relation, table, name } = look;
    const invalid = relation !== null && table !== null && row['valid'] !== true;
    const elsewhere = table !== null && row['sametable'] !== true;
    return {
      target: printName(name),
      state: { index: table === null ? 'absent' : row['valid'] === true ? 'present' : 'invalid' },
      begun: invalid,
      differences: elsewhere
        ? [
            {
              path: 'table',
              expected: printName(wantedTable as ObjectName),
              found: printName(table.name),
              proved: true,
            },
          ]
        : [],
      missing: row['tablefound'] === true ? [] : [{ kind: 'table', name: printName(wantedTable as ObjectName) }],
      ...remarkOn(asked.name),
      name,
      table: table?.name ?? null,
      instead: relation === null || table !== null ? null : `${kindOf(relation)} ${printName(relation.name)}`,
      constraint: (row['constraint'] ?? null) as DropIndexFacts['constraint'],
      foreignKeys: (row['foreignkeys'] ?? []) as readonly string[],
      partOf: (row['partof'] ?? null) as ObjectName | null,
      partitions: (row['partitions'] ?? null) as readonly ObjectName[] | null,
      temporary: row['temporary'] === true,
      builtBy: invalid ? await findBuilder(reader, relation.oid, table.oid) : null,
      replicaIdentity: row['replident'] === true,
      clustered: row['clustered'] === true,
    };
  },

  pin: (args, { name }) => ({ ...args, name }),

  next(facts, _args, form) {
    if (facts.instead !== null)
      return {
        refuse: `this is no index but the ${facts.instead}.`,
        hint: 'Correct the name, or drop it by its own operation.',
      };
    if (facts.table === null || facts.state.index === 'absent') return null;
    if (facts.builtBy !== null) return beingBuilt(facts.builtBy);
    return (
      refuseNeeded(facts, facts.table) ??
      drop(facts, facts.table, form === 'online' && facts.partitions === null && !facts.temporary)
    );
  },
};

/** The server would not drop it either, but says so only after the locks. */
function refuseNeeded(facts: DropIndexFacts, table: ObjectName): Refusal | null {
  const { constraint, partOf, foreignKeys } = facts;
  if (partOf !== null)
    return {
      refuse: `it is a part of the index ${printName(partOf)} of the partitioned table.`,
      hint: `Drop that one, all its parts go with it:\n  await g.safeDropIndex('${printName(partOf)}');`,
      dependents: [`index ${printName(partOf)}`],
    };
  if (constraint !== null)
    return {
      refuse: `the ${constraintKind(constraint.type)} constraint ${constraint.name} of ${printName(table)} rests on it.`,
      hint: `Drop the constraint, its index goes with it:\n  await g.safeDropConstraint('${printName(table)}', '${constraint.name}');`,
      dependents: [`constraint ${constraint.name} on table ${printName(table)}`],
    };
  if (foreignKeys.length > 0)
    return {
      refuse: `foreign keys of other tables rest on it:\n${foreignKeys.map((key) => `  ${key}`).join('\n')}`,
      hint: 'Drop them first, each in its own operation. Holdfast never uses CASCADE.',
      dependents: foreignKeys,
    };
  return null;
}

function drop(facts: DropIndexFacts, table: ObjectName, concurrently: boolean): SqlStep<DropIndexFacts> {
  const risk = riskOf(facts, table);
  const tables = [table, ...(facts.partitions ?? [])];
  const mode = concurrently ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock';
  return {
    kind: 'sql',
    id: 'drop',
    why: whyOf(facts, concurrently),
    sql: `DROP INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(facts.name)}`,
    locks: tables.map((on) => ({ on, mode, kind: 'table' })),
    work: CATALOG,
    commit: concurrently ? 'outside' : 'own',
    ...(risk === null ? {} : { risk }),
    after: () => ({ index: 'absent' }),
  };
}

function whyOf(facts: DropIndexFacts, concurrently: boolean): string {
  if (facts.partitions !== null)
    return 'drops the index and its part on each partition; readers and writers of all of them wait for a moment';
  if (!concurrently) return 'drops it while readers and writers wait for a moment';
  return facts.state.index === 'invalid'
    ? 'finishes what was cut off, while reads and writes go on'
    : 'drops it while reads and writes go on';
}

function riskOf(facts: DropIndexFacts, table: ObjectName): Refusal | null {
  if (facts.replicaIdentity)
    return {
      refuse: `it is the replica identity of ${printName(table)}: without it UPDATE and DELETE fail where the table is published.`,
      hint: `Give the table another one first:\n  ALTER TABLE ${quoteName(table)} REPLICA IDENTITY DEFAULT;`,
    };
  if (facts.clustered)
    return {
      refuse: `${printName(table)} is marked to be clustered by it: CLUSTER without an index would not touch the table any more.`,
      hint: `Take the mark off, or cluster by another index:\n  ALTER TABLE ${quoteName(table)} SET WITHOUT CLUSTER;`,
    };
  return null;
}
