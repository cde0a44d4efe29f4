/**
 * safeAddPrimaryKey: gives a table its primary key while readers and writers go on.
 *
 * Plain ADD PRIMARY KEY reads the table for NULLs and builds its index while readers and writers wait. NOT NULL can be proved, and the
 * index built, under weak locks; the key then takes the index over in a moment (manual: ALTER TABLE, ADD table_constraint_using_index).
 */
import { constraintKind } from '../catalog/constraints.js';
import { defaultName } from '../catalog/generated-names.js';
import {
  deferral,
  keyColumns,
  keyJoins,
  missingColumns,
  readKeys,
  referable,
  refuseKey,
  refuseTaken,
  type StoredConstraint,
  type StoredKeys,
} from '../catalog/keys.js';
import { lookAtTable, remarkOn } from '../catalog/relation.js';
import { type KeyRows, keyRows, probeDuplicates, probeNulls } from '../data/key-rows.js';
import { CATALOG, child, type Facts, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';
import { createIndex } from './create-index.js';
import { nameOfHelper, setNotNull } from './set-not-null.js';

export interface PrimaryKeyOptions {
  /** Default: `<table>_pkey`, PostgreSQL's own pattern. */
  readonly name?: string;
}

export interface AddPrimaryKeyArguments extends PrimaryKeyOptions {
  readonly table: ObjectName;
  readonly columns: readonly string[];
}

export interface AddPrimaryKeyFacts extends Facts<{ readonly constraint: 'absent' | 'present' }> {
  readonly table: ObjectName;
  readonly name: string;
  /** On a partitioned table no constraint can take over an index (manual: ALTER TABLE). */
  readonly partitioned: boolean;
  /** Other tables inherit from it, and are not part of it as partitions are. */
  readonly ownRowsOnly: boolean;
  /** Why these columns cannot be a key. */
  readonly obstacle: Refusal | null;
}

export const addPrimaryKey: Operation<AddPrimaryKeyArguments, AddPrimaryKeyFacts> = {
  name: 'safeAddPrimaryKey',

  async inspect(reader, args) {
    const { table, columns } = args;
    const wantedName = args.name ?? defaultName(table.name, [], 'pkey');
    const look = await lookAtTable(reader, table, {
      columns: sql`${keyColumns(wantedName)}, ${traces(args)}`,
      joins: keyJoins(columns),
    });
    const { row, relation, name } = look;
    const partitioned = relation?.kind === 'p';
    const keys = readKeys(row);
    const found =
      keys.constraints.find((k) => k.type === 'p') ?? keys.constraints.find((k) => k.name === truncateName(wantedName));
    const index = keys.indexOf(truncateName(wantedName));
    return {
      target: `${printName(name)}(${columns.join(', ')})`,
      state: { constraint: found === undefined ? 'absent' : 'present' },
      begun: found === undefined && (index !== undefined || row['begun'] === true),
      differences: found === undefined ? [] : compare(columns, found, keys),
      missing: missingColumns(look, keys, columns),
      ...remarkOn(wantedName, found?.name),
      table: name,
      name: found?.name ?? wantedName,
      partitioned,
      ownRowsOnly: keys.hasChildren && !partitioned,
      obstacle:
        refuseKey(keys, columns) ?? refuseNoInherit(name, row) ?? refuseTaken(wantedName, partitioned && keys.taken),
    };
  },

  next(facts, { columns }) {
    if (facts.state.constraint === 'present') return null;
    return facts.obstacle ?? add(facts, columns);
  },

  provides: (facts, { table, columns }) => [facts.table, table].map((name) => referable(name, columns)),

  children({ table, columns }, facts) {
    if (facts.state.constraint === 'present') return { before: [], after: [] };
    const index = { columns, unique: true, onlyByName: true, noDuplicates: true, name: facts.name } as const;
    return {
      before: [
        child(keyRows, rowsOf(facts, columns)),
        ...columns.map((column) => child(setNotNull, { table, column, noNulls: true })),
        ...(facts.partitioned ? [] : [child(createIndex, { table, index })]),
      ],
      after: [],
    };
  },
};

function add(facts: AddPrimaryKeyFacts, columns: readonly string[]): SqlStep<AddPrimaryKeyFacts> {
  const constraint = `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.name)} PRIMARY KEY`;
  const form = facts.partitioned
    ? {
        id: 'add',
        why: 'builds an index on each partition while readers and writers wait',
        sql: `${constraint} (${columns.map(quoteIdent).join(', ')})`,
        work: { kind: 'scan', of: facts.table } as const,
      }
    : {
        id: 'attach',
        why: 'makes the key out of the finished index and the columns that are NOT NULL',
        sql: `${constraint} USING INDEX ${quoteIdent(facts.name)}`,
        work: CATALOG,
      };
  const rows = rowsOf(facts, columns);
  return {
    kind: 'sql',
    ...form,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    commit: 'own',
    after: () => ({ constraint: 'present' }),
    explain: async (connection) => {
      await probeNulls(rows).judge(connection);
      return probeDuplicates(rows).judge(connection);
    },
  };
}

function rowsOf({ target, table, ownRowsOnly }: AddPrimaryKeyFacts, columns: readonly string[]): KeyRows {
  return { operation: addPrimaryKey.name, target, table, columns, nulls: 'forbidden', ownRowsOnly };
}

function compare(columns: readonly string[], found: StoredConstraint, keys: StoredKeys): readonly Difference[] {
  if (found.type !== 'p')
    return [{ path: 'constraint', expected: 'primary key', found: constraintKind(found.type), proved: true }];
  const index = keys.indexOf(found.name);
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  say('columns', columns.map(truncateName).join(', '), found.columns.join(', '));
  say('deferrable', 'no', deferral(found));
  say('WITHOUT OVERLAPS', 'no', found.period ? 'yes' : 'no');
  say(
    'included columns',
    'none',
    index === undefined || index.include.length === 0 ? 'none' : index.include.join(', '),
  );
  // Of a partitioned table: not every partition has its index yet.
  say('index', 'valid', index?.valid === false ? 'INVALID' : 'valid');
  return differences;
}

/** What an earlier try may have left besides the index: a helper check, a NOT NULL that is not validated; and what is in its way. */
function traces({ table, columns }: AddPrimaryKeyArguments): ReturnType<typeof sql> {
  const helpers = columns.map((column) => nameOfHelper(table.name, column));
  const ofColumns = sql`k.conrelid = c.oid and k.contype = 'n' and k.conkey[1] in (select a.attnum from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = any(${columns}::name[]))`;
  return sql`exists (select 1 from pg_catalog.pg_constraint k where (k.conrelid = c.oid and k.contype = 'c' and k.conname = any(${helpers}::name[])) or (${ofColumns} and not k.convalidated)) as begun,
    (select pg_catalog.min(k.conname::text) from pg_catalog.pg_constraint k where ${ofColumns} and k.connoinherit) as no_inherit`;
}

function refuseNoInherit(table: ObjectName, row: Row): Refusal | null {
  const name = row['no_inherit'];
  if (typeof name !== 'string') return null;
  return {
    refuse: `the NOT NULL constraint ${name} is NO INHERIT: the server takes no key on its column.`,
    hint: `Let it be inherited:\n  ALTER TABLE ${quoteName(table)} ALTER CONSTRAINT ${quoteIdent(name)} INHERIT;`,
  };
}
