/**
 * The index of a partitioned table. There is no CONCURRENTLY for it: its own part, which is INVALID as long as something is missing, is made
 * first, then one index on each partition while writers go on, and each is attached (manual: ALTER INDEX, ATTACH PARTITION; 5.12.2.1).
 */
import { shortName } from '../../catalog/generated-names.js';
import { builderOf, INDEX_COLUMNS, type StoredIndex } from '../../catalog/indexes.js';
import { type Relation, SERVER } from '../../catalog/relation.js';
import { printName } from '../../names.js';
import type { Reader } from '../../postgres/connection.js';
import { type SqlFragment, sql, truncateName } from '../../sql.js';
import { compareIndex } from './compare.js';
import { type Partition, type PartitionState, sameStored } from './facts.js';
import { columnName, type IndexRequest } from './request.js';

/** One partition as the query answers it. */
interface Row {
  readonly oid: number;
  readonly of: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  /** What it is partitioned by itself; null stands for an expression. */
  readonly key: readonly (string | null)[] | null;
  readonly taken: readonly string[];
  readonly builder: number | null;
  readonly indexes: readonly StoredIndex[];
}

const KINDS: Readonly<Record<string, Partition['kind']>> = { p: 'partitioned table', f: 'foreign table' };
/** PostgreSQL, too, counts on where a name is taken: `orders_2024_total_idx1`. */
const NUMBERS = ['', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** What the table `c` of pg_class is partitioned by, as a JSON list; null for an expression. */
function partitionKey(c: SqlFragment): SqlFragment {
  return sql`(select pg_catalog.json_agg(ka.attname order by k.n) from pg_catalog.pg_partitioned_table pt
    cross join pg_catalog.unnest(pt.partattrs::int2[]) with ordinality k (attnum, n)
    left join pg_catalog.pg_attribute ka on ka.attrelid = pt.partrelid and ka.attnum = k.attnum and k.attnum <> 0 where pt.partrelid = ${c})`;
}

/** All partitions of the table with the oid `root` at all depths, with their indexes, as a JSON list. `index` tells the names that theirs may have. */
function partitionsOf(root: SqlFragment, index: IndexRequest): SqlFragment {
  const endings = NUMBERS.map((n) => `_${endingOf(index)}${n}`);
  return sql`(with recursive tree (relid, parent, level) as (
      select h.inhrelid, h.inhparent, 1 from pg_catalog.pg_inherits h where h.inhparent = ${root}
      union all select h.inhrelid, h.inhparent, level + 1 from pg_catalog.pg_inherits h join tree on h.inhparent = tree.relid)
    select pg_catalog.json_agg(pg_catalog.json_build_object('oid', tc.oid::bigint, 'of', tree.parent::bigint, 'schema', tn.nspname, 'name', tc.relname, 'kind', tc.relkind,
      'key', ${partitionKey(sql`tc.oid`)},
      'taken', coalesce((select pg_catalog.json_agg(o.relname) from pg_catalog.pg_class o where o.relnamespace = tc.relnamespace
        and o.relname in (select (tc.relname::text || e)::name from pg_catalog.unnest(${endings}::text[]) e)), '[]'),
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

/** Looks at all partitions of `root`, in a round trip of its own, which tables without partitions are spared. */
export async function inspectPartitions(
  reader: Reader,
  root: Relation,
  wanted: IndexRequest,
  index: StoredIndex | undefined,
): Promise<Partitions> {
  const oid = sql`${root.oid}::oid`;
  const answer = await reader.read(
    sql`select ${SERVER}, ${partitionsOf(oid, wanted)} as partitions, ${partitionKey(oid)} as key`,
  );
  const [row] = answer.rows;
  const rows = (row?.['partitions'] ?? []) as readonly Row[];
  const keys = [
    { name: printName(root.name), key: (row?.['key'] ?? null) as Row['key'] },
    ...rows.map((each) => ({ name: printName(each), key: each.key })),
  ];
  const keyLacks = wanted.unique === true ? keys.flatMap((each) => lacksOf(each, wanted)) : [];
  return { ...findParts(rows, root, wanted, index), keyLacks };
}

/** Finds on each partition the index that is, or may become, its part of `index`. */
function findParts(
  rows: readonly Row[],
  root: Relation,
  wanted: IndexRequest,
  index: StoredIndex | undefined,
): Omit<Partitions, 'keyLacks'> {
  const whole = new Map([[root.oid, { name: printName(root.name), index }]]);
  const states: PartitionState[] = [];
  const partitions: Partition[] = [];
  for (const row of rows) {
    const parent = whole.get(row.of);
    const found = findPart(row, wanted, parent?.index, index);
    const on = printName(row);
    whole.set(row.oid, { name: on, index: found });
    const attached = found !== undefined && found.partOf !== null;
    const there = found === undefined ? 'absent' : found.valid && found.ready ? 'valid' : 'invalid';
    states.push({ on, index: there, attached });
    const name = found?.name ?? freeName(row, wanted);
    partitions.push({
      table: { schema: row.schema, name: row.name },
      of: parent?.name ?? '',
      kind: KINDS[row.kind] ?? 'table',
      indexName: name === undefined ? null : { schema: row.schema, name },
      builtBy: there === 'invalid' ? row.builder : null,
    });
  }
  return { states, partitions };
}

/** The one that is attached, or else one of the same definition that is free: a valid one, or one that an earlier try has left. */
function findPart(
  row: Row,
  wanted: IndexRequest,
  parent: StoredIndex | undefined,
  root: StoredIndex | undefined,
): StoredIndex | undefined {
  const attached = parent === undefined ? undefined : row.indexes.find((i) => i.partOf === parent.oid);
  if (attached !== undefined) return attached;
  const same = row.indexes.filter(
    (i) => i.partOf === null && (root === undefined ? compareIndex(wanted, i).length === 0 : sameStored(root, i)),
  );
  const valid = same.find((i) => i.valid && i.ready);
  return valid ?? same.find((i) => row.kind === 'p' || namesFor(row, wanted).includes(i.name));
}

function freeName(row: Row, wanted: IndexRequest): string | undefined {
  return namesFor(row, wanted).find((name) => !row.taken.includes(name));
}

function namesFor(row: Row, wanted: IndexRequest): readonly string[] {
  return NUMBERS.map((n) => shortName(`${row.name}_${endingOf(wanted)}${n}`));
}

function endingOf({ columns, include = [] }: IndexRequest): string {
  return [...columns.map((key) => columnName(key) ?? 'expr'), ...include, 'idx'].join('_');
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
