/** What safeCreateIndex knows of the database. */
import type { StoredIndex } from '../../catalog/indexes.js';
import type { Facts } from '../../engine/operation.js';
import type { ObjectName } from '../../names.js';
import type { IndexRequest } from './request.js';

export type IndexState = 'absent' | 'invalid' | 'valid';

/** What a partition has of the index; a partition may itself be partitioned. */
export interface PartitionState {
  /** `public.orders_2024` */
  readonly on: string;
  /** Of one that is itself partitioned `invalid` means that its own partitions are not all done. */
  readonly index: IndexState;
  /** To the index of the table that it is a partition of. */
  readonly attached: boolean;
}

export interface CreateIndexState {
  readonly index: IndexState;
  /** Of a partitioned table: all partitions, whole before part. */
  readonly partitions?: readonly PartitionState[];
}

/** A partition, or a table that is partitioned itself, as far as no step changes it. */
export interface Partition {
  readonly table: ObjectName;
  /** Printed name of the table that it is a partition of. */
  readonly of: string;
  readonly kind: 'table' | 'partitioned table' | 'foreign table';
  /** Of its index, there already or to be made. Null of a foreign table, which has none. */
  readonly indexName: ObjectName | null;
  readonly builtBy: number | null;
}

export interface CreateIndexFacts extends Facts<CreateIndexState> {
  readonly table: ObjectName;
  readonly name: ObjectName;
  /** The request without the optional columns that do not exist. */
  readonly wanted: IndexRequest;
  /** What holds the name and is no index of this table. */
  readonly taken: string | null;
  /** Pid of another session that is building this index now. */
  readonly builtBy: number | null;
  readonly partitioned: boolean;
  /** In the order of `state.partitions`. */
  readonly partitions: readonly Partition[];
  /** Columns and expressions by which the table and its partitions are partitioned and that a unique index would lack. */
  readonly keyLacks: readonly string[];
  /** Attaching a part once more lets the server look whether the whole is complete; 13 says nothing and leaves it INVALID. */
  readonly validatesAgain: boolean;
  /** Of a temporary table, where CONCURRENTLY is silently plain and nobody else waits. */
  readonly temporary: boolean;
  readonly unfit: string | null;
}

/** Is it the same index but for its name and the table that it is on? Both as the server prints them. */
export function sameStored(a: StoredIndex, b: StoredIndex): boolean {
  return definitionOf(a) === definitionOf(b);
}

function definitionOf({ oid: _o, name: _n, partOf: _p, valid: _v, ready: _r, ...definition }: StoredIndex): string {
  return JSON.stringify(definition);
}
