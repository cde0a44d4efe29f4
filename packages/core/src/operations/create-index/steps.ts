/** The statements of safeCreateIndex on one table. */
import { CATALOG, type Lock, type SqlStep } from '../../engine/operation.js';
import { type ObjectName, quoteName } from '../../names.js';
import { quoteIdent } from '../../sql.js';
import { probeDuplicates } from './duplicates.js';
import type { CreateIndexFacts, CreateIndexState } from './facts.js';
import { type IndexRequest, printIndexTail } from './request.js';

export type CreateIndexStep = SqlStep<CreateIndexFacts>;

/** Where a step does its work: the table itself, or one of its partitions. */
export interface Place {
  readonly table: ObjectName;
  readonly index: ObjectName;
  /** Tells the steps of several partitions apart: ` on public.orders_2024`. */
  readonly id: string;
  /** Tables that are locked along with `table`. */
  readonly along?: readonly ObjectName[];
}

type After = (state: CreateIndexState) => CreateIndexState;

export function build(facts: CreateIndexFacts, place: Place, concurrently: boolean, after: After): CreateIndexStep {
  return {
    kind: 'sql',
    id: `build${place.id}`,
    why: concurrently ? 'builds while reads and writes go on' : 'builds while writers wait',
    sql: createIndexSql(facts, place, concurrently ? 'CONCURRENTLY' : ''),
    locks: locks(place, concurrently ? 'ShareUpdateExclusiveLock' : 'ShareLock'),
    work: { kind: 'scan', of: place.table },
    commit: concurrently ? 'outside' : 'own',
    after,
    explain: async (connection) => probeDuplicates(facts).judge(connection),
  };
}

/** The part of a partitioned table alone: it holds no rows. */
export function declare(facts: CreateIndexFacts, place: Place, after: After): CreateIndexStep {
  return {
    kind: 'sql',
    id: `declare${place.id}`,
    why: 'names the index of the partitioned table; it becomes valid once each partition has its part',
    sql: createIndexSql(facts, place, 'ONLY'),
    locks: [{ on: place.table, mode: 'ShareLock', kind: 'table', only: true }],
    work: CATALOG,
    commit: 'own',
    after,
  };
}

export function dropInvalid(place: Place, concurrently: boolean, after: After): CreateIndexStep {
  return {
    kind: 'sql',
    id: `drop invalid${place.id}`,
    why: 'an earlier build has failed and left an INVALID index, which no query uses',
    sql: `DROP INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(place.index)}`,
    locks: locks(place, concurrently ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock'),
    work: CATALOG,
    commit: concurrently ? 'outside' : 'own',
    after,
  };
}

/** For a part that is attached already: what the index of the partitioned table needs cannot be dropped. */
export function rebuild(place: Place, concurrently: boolean, after: After): CreateIndexStep {
  return {
    kind: 'sql',
    id: `rebuild${place.id}`,
    why: 'the part of this partition is attached, but INVALID',
    sql: `REINDEX INDEX ${concurrently ? 'CONCURRENTLY ' : ''}${quoteName(place.index)}`,
    locks: locks(place, concurrently ? 'ShareUpdateExclusiveLock' : 'ShareLock'),
    work: { kind: 'scan', of: place.table },
    commit: concurrently ? 'outside' : 'own',
    after,
  };
}

export function attach(whole: ObjectName, place: Place, why: string, after: After): CreateIndexStep {
  return {
    kind: 'sql',
    id: `attach${place.id}`,
    why,
    sql: `ALTER INDEX ${quoteName(whole)} ATTACH PARTITION ${quoteName(place.index)}`,
    locks: [
      { on: whole, mode: 'ShareUpdateExclusiveLock', kind: 'other' },
      { on: place.index, mode: 'AccessExclusiveLock', kind: 'other' },
    ],
    work: CATALOG,
    commit: 'own',
    after,
  };
}

function createIndexSql(
  { wanted }: CreateIndexFacts,
  { table, index }: Place,
  how: 'CONCURRENTLY' | 'ONLY' | '',
): string {
  return printCreateIndex(table, index.name, wanted, how);
}

/** The statement; a `name` as it is asked for, without its schema, which is the table's. */
export function printCreateIndex(
  table: ObjectName,
  name: string,
  wanted: IndexRequest,
  how: 'CONCURRENTLY' | 'ONLY' | '' = '',
): string {
  const unique = wanted.unique === true ? 'UNIQUE ' : '';
  const concurrently = how === 'CONCURRENTLY' ? 'CONCURRENTLY ' : '';
  const only = how === 'ONLY' ? 'ONLY ' : '';
  return `CREATE ${unique}INDEX ${concurrently}${quoteIdent(name)} ON ${only}${quoteName(table)} ${printIndexTail(wanted)}`;
}

function locks({ table, along = [] }: Place, mode: Lock['mode']): readonly Lock[] {
  return [table, ...along].map((on) => ({ on, mode, kind: 'table' }));
}
