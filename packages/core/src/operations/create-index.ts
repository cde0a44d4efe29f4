/**
 * safeCreateIndex: builds an index while writers go on.
 *
 * Plain CREATE INDEX keeps writers waiting until it is done. CONCURRENTLY does not, but leaves an INVALID index behind when it fails,
 * and IF NOT EXISTS then takes that, or any other index or table of the same name, for the wanted one.
 */
import { defaultName } from '../catalog/generated-names.js';
import { beingBuilt, findBuilder, INDEX_COLUMNS, readIndexes, type StoredIndex } from '../catalog/indexes.js';
import { kindOf, lookAtTable, type Relation, readRelation, remarkOn } from '../catalog/relation.js';
import type { Operation, Parent } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import { sql, truncateName } from '../sql.js';
import { compareIndex } from './create-index/compare.js';
import { probeDuplicates } from './create-index/duplicates.js';
import type { CreateIndexFacts, IndexState } from './create-index/facts.js';
import { nextOnPartitions } from './create-index/next-on-partitions.js';
import { inspectPartitions, NO_PARTITIONS } from './create-index/partitions.js';
import { sameIndexOnServer } from './create-index/prove.js';
import { columnName, columnsOf, type IndexRequest, withoutMissing } from './create-index/request.js';
import { build, dropInvalid, type Place } from './create-index/steps.js';

export type { CreateIndexFacts } from './create-index/facts.js';
export type { IndexColumn, IndexOptions, IndexRequest } from './create-index/request.js';

export interface CreateIndexArguments {
  readonly table: ObjectName;
  readonly index: IndexRequest;
}

export const createIndex: Operation<CreateIndexArguments, CreateIndexFacts> = {
  name: 'safeCreateIndex',

  async inspect(reader, { table, index }) {
    const wantedName =
      index.name ??
      defaultName(
        table.name,
        index.columns.map((c) => columnName(c) ?? 'expr'),
        'idx',
      );
    const { row, relation, name, missing } = await lookAtTable(reader, table, {
      kinds: 'rpmvf',
      columns: sql`n.relname as takenname, n.oid as takenid, n.relkind as takenkind, n.relnamespace::regnamespace::text as takenschema, x.indexes,
        c.relpersistence = 't' as temporary,
        (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and a.attname = any(${columnsOf(index)}::name[])) as columns`,
      joins: sql`
      left join pg_catalog.pg_class n on n.relnamespace = c.relnamespace and n.relname = ${wantedName}::name
      left join lateral (select pg_catalog.json_agg(${INDEX_COLUMNS} order by i.indexrelid) as indexes from pg_catalog.pg_index i where i.indrelid = c.oid) x on true`,
    });
    const existing = (row['columns'] ?? []) as readonly string[];
    const wanted = withoutMissing(index, existing);
    const { named, found, alike } = find(readIndexes(row['indexes']), wanted, wantedName);
    const lacking = columnsOf(wanted).filter((column) => !existing.includes(truncateName(column)));
    const taken = readRelation(row, 'taken');
    const partitioned = relation?.kind === 'p';
    const indexName = { schema: name.schema, name: found?.name ?? wantedName };
    const { states, partitions, keyLacks } = partitioned
      ? await inspectPartitions(reader, { root: relation, wanted, name: indexName, index: found })
      : NO_PARTITIONS;
    const invalid = relation !== null && found !== undefined && stateOf(found) === 'invalid';
    return {
      target: `${printName(name)}(${index.columns.map((c) => columnName(c) ?? (c as { expression: string }).expression).join(', ')})`,
      state: { index: stateOf(found), ...(partitioned ? { partitions: states } : {}) },
      begun: found !== undefined,
      differences: found === undefined ? [] : compareIndex(wanted, found),
      missing:
        relation === null ? missing : lacking.map((c): Parent => ({ kind: 'column', name: `${printName(name)}.${c}` })),
      ...remarks(remarkOn(wantedName, found?.name).remark, leftOut(index, wanted)),
      ...(alike.length === 0 ? {} : { alike }),
      table: name,
      name: indexName,
      wanted,
      taken: taken === null || named ? null : `${kindOf(taken)} ${printName(taken.name)}`,
      // The part of a partitioned table is not built, but waits for its partitions.
      builtBy: invalid && !partitioned ? await findBuilder(reader, found.oid, relation.oid) : null,
      partitioned,
      partitions,
      keyLacks,
      validatesAgain: Number(row['version']) >= 140000,
      temporary: row['temporary'] === true,
      unfit: unfit(relation),
    };
  },

  next(facts, _args, form) {
    const { state, wanted } = facts;
    if (state.index === 'valid') return null;
    if (facts.unfit !== null)
      return { refuse: `${facts.unfit}: it has no indexes.`, hint: 'Index the table that holds the rows.' };
    if (facts.taken !== null) return { refuse: `the name is taken by ${facts.taken}.`, hint: 'Pass another { name }.' };
    if (wanted.columns.length === 0) return { refuse: 'none of the columns exists.', hint: 'Add them first.' };
    if (facts.builtBy !== null) return beingBuilt(facts.builtBy);
    const concurrently = form === 'online' && wanted.concurrently !== false && !facts.temporary;
    if (facts.partitioned) return nextOnPartitions(facts, concurrently);
    const place: Place = { table: facts.table, index: facts.name, id: '' };
    if (state.index === 'invalid') return dropInvalid(place, concurrently, () => ({ index: 'absent' }));
    const look = wanted.unique === true && wanted.noDuplicates !== true;
    if (look && !(facts.probed ?? []).includes('duplicates')) return probeDuplicates(facts);
    return build(facts, place, concurrently, () => ({ index: 'valid' }));
  },

  provides({ name }) {
    return [name, { ...name, schema: undefined }].map((each): Parent => ({ kind: 'index', name: printName(each) }));
  },

  async prove(connection, facts, { index }) {
    if (facts.differences.length > 0) {
      return (await sameIndexOnServer(connection, facts, facts.name.name)) ? { ...facts, differences: [] } : facts;
    }
    for (const name of facts.alike ?? []) {
      if (!(await sameIndexOnServer(connection, facts, name))) continue;
      return {
        ...facts,
        state: { ...facts.state, index: 'valid' },
        begun: true,
        ...remarks(`there under the name ${name}`, leftOut(index, facts.wanted)),
      };
    }
    return facts;
  },
};

/** The optional columns that do not exist: an index without them is another one, so it is said. */
function leftOut(asked: IndexRequest, wanted: IndexRequest): string | undefined {
  const left = columnsOf(asked).filter((column) => !columnsOf(wanted).includes(column));
  return left.length === 0 ? undefined : `without ${left.join(', ')}: no such column`;
}

function remarks(...said: readonly (string | undefined)[]): { readonly remark?: string } {
  const all = said.filter((each) => each !== undefined);
  return all.length === 0 ? {} : { remark: all.join('; ') };
}

interface Found {
  /** Is there an index of the wanted name on this table? */
  readonly named: boolean;
  /** That, or one of the same definition. */
  readonly found: StoredIndex | undefined;
  /** Names of those of which only the server can tell. */
  readonly alike: readonly string[];
}

function find(indexes: readonly StoredIndex[], wanted: IndexRequest, name: string): Found {
  const named = indexes.find((i) => i.name === truncateName(name));
  if (named !== undefined) return { named: true, found: named, alike: [] };
  const others = wanted.onlyByName === true ? [] : indexes.filter((i) => i.valid);
  const found = others.find((i) => compareIndex(wanted, i).length === 0);
  const alike = found === undefined ? others.filter((i) => compareIndex(wanted, i).every((d) => !d.proved)) : [];
  return { named: false, found, alike: alike.map((i) => i.name) };
}

function stateOf(found: StoredIndex | undefined): IndexState {
  return found === undefined ? 'absent' : found.valid && found.ready ? 'valid' : 'invalid';
}

function unfit(relation: Relation | null): string | null {
  return relation === null || 'rpm'.includes(relation.kind) ? null : `it is a ${kindOf(relation)}`;
}
