/**
 * The index of a partitioned table. There is no CONCURRENTLY for it: its own part, which is INVALID as long as something is missing, is made
 * first, then one index on each partition while writers go on, and each is attached (manual: ALTER INDEX, ATTACH PARTITION; 5.12.2.1).
 */
import { builderOf, INDEX_COLUMNS, type StoredIndex } from '../../catalog/indexes.js';
import { type Relation, SERVER } from '../../catalog/relation.js';
import { type ObjectName, printName } from '../../names.js';
import type { Reader } from '../../postgres/connection.js';
import { type SqlFragment, sql, truncateName } from '../../sql.js';
import { compareIndex } from './compare.js';
import { type Partition, type PartitionState, sameStored } from './facts.js';
import { chooseNames, inServerOrder, isServerName, namesOfColumns } from './part-names.js';
import { columnName, type IndexRequest } from './request.js';

/** One partition as the query answers it. */
interface Row {
  readonly oid: number;
  readonly of: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  /** `FOR VALUES FROM (0) TO (10)` */
  readonly bound: string;
  /** What it is partitioned by itself; null stands for an expression. */
  readonly key: readonly (string | null)[] | null;
  readonly builder: number | null;
  readonly indexes: readonly StoredIndex[];
}

const KINDS: Readonly<Record<string, Partition['kind']>> = { p: 'partitioned table', f: 'foreign table' };

/** What the table `c` of pg_class is partitioned by, as a JSON list; null for an expression. */
function partitionKey(c: SqlFragment): SqlFragment {
  return sql`(select pg_catalog.json_agg(ka.attname order by k.n) from pg_catalog.pg_partitioned_table pt
    cross join pg_catalog.unnest(pt.partattrs::int2[]) with ordinality k (attnum, n)
    left join pg_catalog.pg_attribute ka on ka.attrelid = pt.partrelid and ka.attnum = k.attnum and k.attnum <> 0 where pt.partrelid = ${c})`;
}

/** All partitions of the table with the oid `root` at all depths, with their indexes, as a JSON list. */
function partitionsOf(root: SqlFragment): SqlFragment {
  return sql`(with recursive tree (relid, parent, level) as (
      select h.inhrelid, h.inhparent, 1 from pg_catalog.pg_inherits h where h.inhparent = ${root}
      union all select h.inhrelid, h.inhparent, level + 1 from pg_catalog.pg_inherits h join tree on h.inhparent = tree.relid)
    select pg_catalog.json_agg(pg_catalog.json_build_object('oid', tc.oid::bigint, 'of', tree.parent::bigint, 'schema', tn.nspname, 'name', tc.relname, 'kind', tc.relkind,
      'key', ${partitionKey(sql`tc.oid`)},
      'bound', pg_catalog.pg_get_expr(tc.relpartbound, tc.oid),
      'builder', ${builderOf(sql`(select max(i.indexrelid) from pg_catalog.pg_index i where i.indrelid = tc.oid and not i.indisvalid)`, sql`tc.oid`)},
      'indexes', coalesce((select pg_catalog.json_agg(${INDEX_COLUMNS} order by i.indexrelid) from pg_catalog.pg_index i where i.indrelid = tc.oid), '[]'))
      order by tree.level, tn.nspname, tc.relname)
    from tree join pg_catalog.pg_class tc on tc.oid = tree.relid join pg_catalog.pg_namespace tn on tn.oid = tc.relnamespace)`;
}

export interface Partitions {
  readonly states: readonly PartitionState[];
  readonly partitions: readonly Partition[];
  readonly keyLacks: readonly string[];
}

export const NO_PARTITIONS: Partitions = { states: [], partitions: [], keyLacks: [] };

interface Whole {
  readonly root: Relation;
  readonly wanted: IndexRequest;
  /** Of the whole, there already or to be made. */
  readonly name: ObjectName;
  readonly index: StoredIndex | undefined;
}

/** Looks at all partitions of `root`, in a round trip of its own, which tables without partitions are spared. */
export async function inspectPartitions(reader: Reader, whole: Whole): Promise<Partitions> {
  const { root, wanted, index } = whole;
  const oid = sql`${root.oid}::oid`;
  const answer = await reader.read(
    sql`select ${SERVER}, ${partitionsOf(oid)} as partitions, ${partitionKey(oid)} as key,
      (select pg_catalog.json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = ${index?.oid ?? null}::oid) as columns`,
  );
  const [row] = answer.rows;
  const rows = (row?.['partitions'] ?? []) as readonly Row[];
  const columns = (row?.['columns'] ?? namesOfColumns(wanted)) as readonly string[];
  const keys = [
    { name: printName(root.name), key: (row?.['key'] ?? null) as Row['key'] },
    ...rows.map((each) => ({ name: printName(each), key: each.key })),
  ];
  const printed = new Map([
    [root.oid, printName(root.name)],
    ...rows.map((each) => [each.oid, printName(each)] as const),
  ]);
  const found = findParts(rows, whole, columns);
  const names = await nameParts(reader, rows, { ...whole, columns, found });
  return {
    states: rows.map((each) => stateOf(each, found.get(each.oid))),
    partitions: rows.map((each) => ({
      table: { schema: each.schema, name: each.name },
      of: printed.get(each.of) ?? '',
      kind: KINDS[each.kind] ?? 'table',
      indexName: names.get(each.oid) ?? null,
      builtBy: stateOf(each, found.get(each.oid)).index === 'invalid' ? each.builder : null,
    })),
    keyLacks: wanted.unique === true ? keys.flatMap((each) => lacksOf(each, wanted)) : [],
  };
}

type Found = ReadonlyMap<number, StoredIndex>;

/** Finds on each partition, by its oid, the index that is, or may become, its part of the whole. */
function findParts(rows: readonly Row[], { root, wanted, index }: Whole, columns: readonly string[]): Found {
  const found = new Map<number, StoredIndex>();
  for (const row of rows) {
    const parent = row.of === root.oid ? index : found.get(row.of);
    const part = findPart(row, wanted, { parent, root: index, columns });
    if (part !== undefined) found.set(row.oid, part);
  }
  return found;
}

function stateOf(row: Row, found: StoredIndex | undefined): PartitionState {
  const index = found === undefined ? 'absent' : found.valid && found.ready ? 'valid' : 'invalid';
  return { on: printName(row), index, attached: found !== undefined && found.partOf !== null };
}

/** The names of the parts that are there, and those of the parts to come. */
async function nameParts(
  reader: Reader,
  rows: readonly Row[],
  { root, name, columns, found }: Whole & { readonly columns: readonly string[]; readonly found: Found },
): Promise<ReadonlyMap<number, ObjectName>> {
  const lacking = inServerOrder(rows, root.oid).filter((row) => row.kind !== 'f' && !found.has(row.oid));
  const there = rows.flatMap((row) => row.indexes.map((each) => ({ schema: row.schema, name: each.name })));
  const chosen = await chooseNames(reader, { tables: lacking, columns, known: [name, ...there] });
  const parts = rows.filter((row) => found.has(row.oid));
  return new Map([
    ...parts.map(({ oid, schema }) => [oid, { schema, name: (found.get(oid) as StoredIndex).name }] as const),
    ...lacking.map(({ oid }, i) => [oid, chosen[i] as ObjectName] as const),
  ]);
}

interface Search {
  /** The index of the table that it is a partition of. */
  readonly parent: StoredIndex | undefined;
  readonly root: StoredIndex | undefined;
  readonly columns: readonly string[];
}

/** The one that is attached, or else one of the same definition that is free: a valid one, or one that an earlier try has left. */
function findPart(row: Row, wanted: IndexRequest, { parent, root, columns }: Search): StoredIndex | undefined {
  const attached = parent === undefined ? undefined : row.indexes.find((i) => i.partOf === parent.oid);
  if (attached !== undefined) return attached;
  const same = row.indexes.filter(
    (i) => i.partOf === null && (root === undefined ? compareIndex(wanted, i).length === 0 : sameStored(root, i)),
  );
  const valid = same.find((i) => i.valid && i.ready);
  return valid ?? same.find((i) => row.kind === 'p' || isServerName(i.name, row.name, columns));
}

/** PostgreSQL keeps keys unique partition by partition, so that equal ones must come to the same partition. */
function lacksOf(
  { name, key }: { readonly name: string; readonly key: Row['key'] },
  wanted: IndexRequest,
): readonly string[] {
  // Only the server can read what stands in it.
  if (wanted.verbatim !== undefined) return [];
  const columns = wanted.columns
    .map(columnName)
    .filter((column) => column !== null)
    .map(truncateName);
  return (key ?? [])
    .filter((column) => column === null || !columns.includes(column))
    .map((column) =>
      column === null ? `an expression, by which ${name} is partitioned` : `${column}, by which ${name} is partitioned`,
    );
}
