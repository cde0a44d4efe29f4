/**
 * safeCreateUniqueConstraint: adds a unique constraint while writers go on.
 *
 * Plain ADD UNIQUE builds its index while readers and writers wait. Built concurrently first, the index is then taken over by the
 * constraint in a moment (manual: ALTER TABLE, ADD table_constraint_using_index).
 */
import { constraintKind, deferrableClause } from '../catalog/constraints.js';
import { defaultName } from '../catalog/generated-names.js';
import { INDEX_COLUMNS, readIndexes, type StoredIndex } from '../catalog/indexes.js';
import {
  isNamed,
  missingTable,
  readRelation,
  relationColumns,
  remarkOn,
  resolvedName,
  SERVER,
} from '../catalog/relation.js';
import { CATALOG, child, type Facts, type Operation, type Parent, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';
import { createIndex } from './create-index.js';

export interface UniqueConstraintOptions {
  /** Default: `<table>_<columns>_key`, PostgreSQL's own pattern. */
  readonly name?: string;
  /** Default `false`. */
  readonly deferrable?: boolean | 'immediate' | 'deferred';
}

export interface CreateUniqueConstraintArguments extends UniqueConstraintOptions {
  readonly table: ObjectName;
  readonly columns: readonly string[];
}

export interface CreateUniqueConstraintFacts extends Facts<{ readonly constraint: 'absent' | 'present' }> {
  readonly table: ObjectName;
  readonly name: string;
  /** On a partitioned table no constraint can take over an index (manual: ALTER TABLE). */
  readonly partitioned: boolean;
}

interface StoredConstraint {
  readonly name: string;
  readonly type: string;
  readonly columns: readonly string[];
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly period: boolean;
}

export const createUniqueConstraint: Operation<CreateUniqueConstraintArguments, CreateUniqueConstraintFacts> = {
  name: 'safeCreateUniqueConstraint',

  async inspect(reader, args) {
    const { table, columns } = args;
    const wantedName = args.name ?? defaultName(table.name, columns, 'key');
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, x.constraints, y.indexes,
        (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(${columns}::name[])) as columns
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')
      left join lateral (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
          'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false),
          'columns', (select pg_catalog.json_agg(a.attname order by u.n) from pg_catalog.unnest(k.conkey) with ordinality u (attnum, n)
            join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum))) as constraints
        from pg_catalog.pg_constraint k where k.conrelid = c.oid) x on true
      left join lateral (select pg_catalog.json_agg(${INDEX_COLUMNS}) as indexes from pg_catalog.pg_index i where i.indrelid = c.oid) y on true`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const stored = (row['constraints'] ?? []) as readonly StoredConstraint[];
    const named = stored.find((k) => k.name === truncateName(wantedName));
    const indexes = readIndexes(row['indexes']);
    const indexOf = (constraint: string): StoredIndex | undefined => indexes.find((i) => i.name === constraint);
    const found = named ?? stored.find((k) => compare(args, k, indexOf(k.name)).length === 0);
    const index = indexOf(truncateName(wantedName));
    const existing = (row['columns'] ?? []) as readonly string[];
    return {
      target: `${printName(name)}(${columns.join(', ')})`,
      state: { constraint: found === undefined ? 'absent' : 'present' },
      begun: found === undefined && index !== undefined,
      differences: found === undefined ? compareBareIndex(columns, index) : compare(args, found, indexOf(found.name)),
      missing:
        relation === null
          ? missingTable(relation, table)
          : columns
              .filter((c) => !existing.includes(truncateName(c)))
              .map((c): Parent => ({ kind: 'column', name: `${printName(name)}.${c}` })),
      ...remarkOn(wantedName, found?.name),
      table: name,
      name: found?.name ?? wantedName,
      partitioned: relation?.kind === 'p',
    };
  },

  next(facts, args) {
    return facts.state.constraint === 'present' ? null : add(facts, args);
  },

  children({ table, columns }, { state, partitioned, name }) {
    if (state.constraint === 'present' || partitioned) return { before: [], after: [] };
    const index = { columns, unique: true, onlyByName: true, name } as const;
    return { before: [child(createIndex, { table, index })], after: [] };
  },
};

function add(
  facts: CreateUniqueConstraintFacts,
  args: CreateUniqueConstraintArguments,
): SqlStep<CreateUniqueConstraintFacts> {
  const clause = deferrableClause(args.deferrable);
  const when = clause === '' ? '' : ` ${clause}`;
  const constraint = `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.name)} UNIQUE`;
  const form = facts.partitioned
    ? {
        id: 'add',
        why: 'builds an index on each partition while readers and writers wait',
        sql: `${constraint} (${args.columns.map(quoteIdent).join(', ')})${when}`,
        work: { kind: 'scan', of: facts.table } as const,
      }
    : {
        id: 'attach',
        why: 'makes the constraint out of the finished index',
        sql: `${constraint} USING INDEX ${quoteIdent(facts.name)}${when}`,
        work: CATALOG,
      };
  return {
    kind: 'sql',
    ...form,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    commit: 'own',
    after: () => ({ constraint: 'present' }),
  };
}

function compare(
  wanted: CreateUniqueConstraintArguments,
  found: StoredConstraint,
  index: StoredIndex | undefined,
): readonly Difference[] {
  if (found.type !== 'u')
    return [{ path: 'constraint', expected: 'unique', found: constraintKind(found.type), proved: true }];
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  say('columns', wanted.columns.map(truncateName).join(', '), found.columns.join(', '));
  const mode =
    wanted.deferrable === 'deferred'
      ? 'deferred'
      : wanted.deferrable === undefined || wanted.deferrable === false
        ? 'no'
        : 'immediate';
  say('deferrable', mode, found.deferred ? 'deferred' : found.deferrable ? 'immediate' : 'no');
  say('WITHOUT OVERLAPS', 'no', found.period ? 'yes' : 'no');
  say('NULLs', 'distinct', index?.nullsNotDistinct === true ? 'not distinct' : 'distinct');
  say('included columns', '', index?.include.join(', ') ?? '');
  return differences;
}

function compareBareIndex(columns: readonly string[], index: StoredIndex | undefined): readonly Difference[] {
  if (index === undefined) return [];
  const is = index.keys.map((k) => k.column ?? k.expression).join(', ');
  return is === columns.map(truncateName).join(', ')
    ? []
    : [{ path: 'index of the same name', expected: columns.join(', '), found: is, proved: true }];
}
