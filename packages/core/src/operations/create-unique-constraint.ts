/**
 * safeCreateUniqueConstraint: adds a unique constraint while writers go on.
 *
 * Plain ADD UNIQUE builds its index while readers and writers wait. Built concurrently first, the index is then taken over by the
 * constraint in a moment (manual: ALTER TABLE, ADD table_constraint_using_index).
 */
import { constraintKind } from '../catalog/constraints.js';
import { defaultName, type KnownBy, serverName } from '../catalog/generated-names.js';
import type { StoredIndex } from '../catalog/indexes.js';
import {
  type Deferrable,
  deferral,
  keyColumns,
  keyJoins,
  missingColumns,
  printDeferral,
  readKeys,
  referable,
  refuseKey,
  refuseTaken,
  type StoredConstraint,
  type StoredKeys,
  wantedDeferral,
} from '../catalog/keys.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import { type KeyRows, keyRows, probeDuplicates } from '../data/key-rows.js';
import { CATALOG, child, type Facts, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { UnsupportedError } from '../errors.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, truncateName } from '../sql.js';
import { compareIndex } from './create-index/compare.js';
import { createIndex, type IndexRequest } from './create-index.js';

export interface UniqueConstraintOptions {
  /** Default: `<table>_<columns>_key`, PostgreSQL's own pattern. */
  readonly name?: string;
  /** `true` or `'immediate'`: DEFERRABLE; `'deferred'`: DEFERRABLE INITIALLY DEFERRED. Default `false`. */
  readonly deferrable?: Deferrable;
  /** NULLs count as equal (PostgreSQL 15 and later). Default `false`. */
  readonly nullsNotDistinct?: boolean;
  /** Columns that its index carries along without being keys. */
  readonly include?: readonly string[];
}

export interface UniqueRequest extends UniqueConstraintOptions {
  readonly columns: readonly string[];
}

export interface CreateUniqueConstraintArguments extends UniqueRequest {
  readonly table: ObjectName;
  readonly knownBy?: KnownBy;
}

export interface CreateUniqueConstraintFacts extends Facts<{ readonly constraint: 'absent' | 'present' }> {
  readonly table: ObjectName;
  readonly name: string;
  /** On a partitioned table no constraint can take over an index (manual: ALTER TABLE). */
  readonly partitioned: boolean;
  /** Other tables inherit from it, and are not part of it as partitions are. */
  readonly ownRowsOnly: boolean;
  /** Why there can be no such constraint. */
  readonly obstacle: Refusal | null;
}

export const createUniqueConstraint: Operation<CreateUniqueConstraintArguments, CreateUniqueConstraintFacts> = {
  name: 'safeCreateUniqueConstraint',

  async inspect(reader, args) {
    const { table, columns, include = [] } = args;
    const all = [...columns, ...include];
    const given = args.name ?? defaultName(table.name, columns, 'key');
    const look = await lookAtTable(reader, table, { columns: keyColumns(given), joins: keyJoins(all) });
    const { row, relation, name } = look;
    const partitioned = relation?.kind === 'p';
    const target = `${printName(name)}(${columns.join(', ')})`;
    requireSupport(target, Number(row['version']), args);
    const keys = readKeys(row);
    const called = (name: string): StoredConstraint | undefined =>
      keys.constraints.find((k) => k.name === truncateName(name));
    const isSame = (k: StoredConstraint): boolean => compare(args, k, keys.indexOf(k.name)).length === 0;
    const isAnother = (k: StoredConstraint | undefined): boolean => k !== undefined && !isSame(k);
    const wantedName =
      args.knownBy === 'meaning' ? serverName(table.name, columns, 'key', (each) => isAnother(called(each))) : given;
    const found = called(wantedName) ?? (args.knownBy === 'name' ? undefined : keys.constraints.find(isSame));
    const index = keys.indexOf(truncateName(wantedName));
    return {
      target,
      state: { constraint: found === undefined ? 'absent' : 'present' },
      begun: found === undefined && index !== undefined,
      differences:
        found === undefined ? compareBareIndex(columns, index) : compare(args, found, keys.indexOf(found.name)),
      missing: missingColumns(look, keys, all),
      ...remark(
        args.knownBy === 'meaning' ? undefined : remarkOn(wantedName, found?.name).remark,
        twinOf(args, wantedName, keys),
      ),
      table: name,
      name: found?.name ?? wantedName,
      partitioned,
      ownRowsOnly: keys.hasChildren && !partitioned,
      obstacle: refuseKey(keys, columns) ?? refuseTaken(wantedName, partitioned && keys.taken && wantedName === given),
    };
  },

  next(facts, args) {
    if (facts.state.constraint === 'present') return null;
    return facts.obstacle ?? add(facts, args);
  },

  provides: (facts, { table, columns }) => [facts.table, table].map((name) => referable(name, columns)),

  children(args, facts) {
    if (facts.state.constraint === 'present') return { before: [], after: [] };
    const index = { ...indexOf(args), onlyByName: true, noDuplicates: true, name: facts.name } as const;
    const build = facts.partitioned ? [] : [child(createIndex, { table: args.table, index })];
    return { before: [child(keyRows, rowsOf(facts, args)), ...build], after: [] };
  },
};

/** The index that the constraint stands on. */
function indexOf({ columns, include, nullsNotDistinct }: UniqueRequest): IndexRequest {
  return {
    columns,
    unique: true,
    ...(include === undefined || include.length === 0 ? {} : { include }),
    ...(nullsNotDistinct === true ? { nullsNotDistinct } : {}),
  };
}

function add(
  facts: CreateUniqueConstraintFacts,
  args: CreateUniqueConstraintArguments,
): SqlStep<CreateUniqueConstraintFacts> {
  const { columns, include = [], nullsNotDistinct, deferrable } = args;
  const list = (names: readonly string[]): string => `(${names.map(quoteIdent).join(', ')})`;
  const definition = [
    nullsNotDistinct === true ? 'NULLS NOT DISTINCT ' : '',
    list(columns),
    include.length === 0 ? '' : ` INCLUDE ${list(include)}`,
  ].join('');
  const constraint = `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.name)} UNIQUE`;
  const form = facts.partitioned
    ? {
        id: 'add',
        why: 'builds an index on each partition while readers and writers wait',
        sql: `${constraint} ${definition}${printDeferral(deferrable)}`,
        work: { kind: 'scan', of: facts.table } as const,
      }
    : {
        id: 'attach',
        why: 'makes the constraint out of the finished index',
        sql: `${constraint} USING INDEX ${quoteIdent(facts.name)}${printDeferral(deferrable)}`,
        work: CATALOG,
      };
  return {
    kind: 'sql',
    ...form,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    commit: 'own',
    after: () => ({ constraint: 'present' }),
    explain: (connection) => probeDuplicates(rowsOf(facts, args)).judge(connection),
  };
}

function rowsOf(
  { target, table, ownRowsOnly }: CreateUniqueConstraintFacts,
  { columns, nullsNotDistinct }: UniqueRequest,
): KeyRows {
  const nulls = nullsNotDistinct === true ? 'not distinct' : 'distinct';
  return { operation: createUniqueConstraint.name, target, table, columns, nulls, ownRowsOnly };
}

function compare(
  wanted: UniqueRequest,
  found: StoredConstraint,
  index: StoredIndex | undefined,
): readonly Difference[] {
  if (found.type !== 'u')
    return [{ path: 'constraint', expected: 'unique', found: constraintKind(found.type), proved: true }];
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  const list = (names: readonly string[] = []): string =>
    names.length === 0 ? 'none' : names.map(truncateName).join(', ');
  const nulls = (notDistinct?: boolean): string => (notDistinct === true ? 'not distinct' : 'distinct');
  say('columns', list(wanted.columns), list(found.columns));
  say('deferrable', wantedDeferral(wanted.deferrable), deferral(found));
  say('WITHOUT OVERLAPS', 'no', found.period ? 'yes' : 'no');
  say('NULLs', nulls(wanted.nullsNotDistinct), nulls(index?.nullsNotDistinct));
  say('included columns', list(wanted.include), list(index?.include));
  // Of a partitioned table: not every partition has its index yet.
  say('index', 'valid', index?.valid === false ? 'INVALID' : 'valid');
  return differences;
}

function compareBareIndex(columns: readonly string[], index: StoredIndex | undefined): readonly Difference[] {
  if (index === undefined) return [];
  const is = index.keys.map((k) => k.column ?? k.expression).join(', ');
  return is === columns.map(truncateName).join(', ')
    ? []
    : [{ path: 'index of the same name', expected: columns.join(', '), found: is, proved: true }];
}

/** Another unique index may serve queries as well, but nothing takes it for the constraint. */
function twinOf(args: UniqueRequest, wantedName: string, keys: StoredKeys): string | undefined {
  const twin = keys.indexes.find(
    (index) =>
      index.valid &&
      index.name !== truncateName(wantedName) &&
      !keys.constraints.some((k) => k.name === index.name) &&
      compareIndex(indexOf(args), index).length === 0,
  );
  return twin && `the unique index ${twin.name} has the same keys, but an index is no constraint`;
}

function remark(...said: readonly (string | undefined)[]): { readonly remark?: string } {
  const remarks = said.filter((each) => each !== undefined);
  return remarks.length === 0 ? {} : { remark: remarks.join('; ') };
}

function requireSupport(target: string, version: number, { nullsNotDistinct }: UniqueRequest): void {
  if (nullsNotDistinct !== true || version >= 150000) return;
  throw new UnsupportedError({
    operation: createUniqueConstraint.name,
    target,
    happened: `NULLS NOT DISTINCT is new in PostgreSQL 15; the server is ${Math.floor(version / 10000)}.`,
    hint: "Before 15 two unique indexes do the same: one over the columns, one over the others WHERE a column IS NULL, by safeCreateIndex(…, { unique: true, where: '…' }).",
  });
}
