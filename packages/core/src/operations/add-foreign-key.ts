/**
 * safeAddForeignKey: adds a foreign key without keeping writers of either table waiting for a scan.
 *
 * Plain ADD FOREIGN KEY reads the whole table while writers of both tables wait. Added NOT VALID it only concerns new rows; VALIDATE
 * then reads the old ones under locks that let writers through. There is no IF NOT EXISTS for constraints at all.
 */
import { constraintKind } from '../catalog/constraints.js';
import { defaultName } from '../catalog/generated-names.js';
import {
  isNamed,
  primaryKeyColumns,
  type Relation,
  readRelation,
  relationColumns,
  remarkOn,
  resolvedName,
  SERVER,
} from '../catalog/relation.js';
import { forbidRows } from '../data/violations.js';
import {
  CATALOG,
  type Facts,
  type Lock,
  type Operation,
  type Parent,
  type ProbeStep,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKeyOptions {
  readonly references: { readonly table: ObjectName; readonly columns: readonly string[] };
  /** Default: `<table>_<columns>_fkey`, PostgreSQL's own pattern. */
  readonly name?: string;
  /** Default `no action`. */
  readonly onDelete?: ReferentialAction;
  /** Default `no action`. */
  readonly onUpdate?: ReferentialAction;
  /** `true` or `'immediate'`: DEFERRABLE; `'deferred'`: DEFERRABLE INITIALLY DEFERRED. Default `false`. */
  readonly deferrable?: boolean | 'immediate' | 'deferred';
  /** Default `simple`: a key with a NULL in it refers to nothing. */
  readonly match?: 'simple' | 'full';
}

export interface ForeignKeyRequest extends ForeignKeyOptions {
  readonly columns: readonly string[];
}

export interface AddForeignKeyArguments {
  readonly table: ObjectName;
  readonly key: ForeignKeyRequest;
}

export interface AddForeignKeyFacts extends Facts<{ readonly constraint: 'absent' | 'unvalidated' | 'valid' }> {
  readonly table: ObjectName;
  readonly referenced: ObjectName;
  readonly name: string;
  /** PostgreSQL before 18 has no NOT VALID foreign keys on partitioned tables. */
  readonly mustScan: boolean;
  readonly primaryKey: readonly string[];
  /** The role may read both tables; REFERENCES alone is enough for the key itself, not for looking at rows. */
  readonly readable: boolean;
}

export const addForeignKey: Operation<AddForeignKeyArguments, AddForeignKeyFacts> = {
  name: 'safeAddForeignKey',

  async inspect(reader, { table, key }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, r.oid as refid, r.relname as refname, r.relkind as refkind,
        r.relnamespace::regnamespace::text as refschema, x.keys,
        ${columnList('c', key.columns)} as columns, ${columnList('r', key.references.columns)} as refcolumns, ${primaryKeyColumns('c')} as primary_key,
        pg_catalog.has_table_privilege(c.oid, 'SELECT') and pg_catalog.has_table_privilege(r.oid, 'SELECT') as readable,
        exists (select 1 from pg_catalog.pg_index i where i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indimmediate and not i.indisexclusion and i.indpred is null and i.indexprs is null
          and i.indnkeyatts = ${key.references.columns.length}
          and (select pg_catalog.array_agg(ra.attname order by ra.attname) from pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) u join pg_catalog.pg_attribute ra on ra.attrelid = r.oid and ra.attnum = u)
            = (select pg_catalog.array_agg(w::name order by w::name) from pg_catalog.unnest(${key.references.columns}::text[]) w)) as unique_target
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')
      left join pg_catalog.pg_class r on ${isNamed('r', key.references.table)} and r.relkind in ('r', 'p')
      left join lateral (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'columns', ${namesOf('k.conrelid', 'k.conkey')},
          'referenced', k.confrelid = r.oid, 'table', k.confrelid::int8, 'tableName', k.confrelid::regclass::text, 'refcolumns', ${namesOf('k.confrelid', 'k.confkey')},
          'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'match', k.confmatchtype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
          'valid', k.convalidated,
          'attnums', k.conkey, 'emptied', pg_catalog.to_jsonb(k) -> 'confdelsetcols',
          'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true), 'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false))) as keys
        from pg_catalog.pg_constraint k where k.conrelid = c.oid) x on true`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const referenced = readRelation(row, 'ref');
    const name = resolvedName(relation, table);
    const refName = resolvedName(referenced, key.references.table);
    const wantedName = key.name ?? defaultName(table.name, key.columns, 'fkey');
    const stored = (row['keys'] ?? []) as readonly StoredKey[];
    const named = stored.find((k) => k.name === truncateName(wantedName));
    const found = named ?? stored.find((k) => k.type === 'f' && compareKey(key, k, refName).length === 0);
    return {
      target: `${printName(name)}(${key.columns.join(', ')})`,
      state: { constraint: found === undefined ? 'absent' : found.valid ? 'valid' : 'unvalidated' },
      begun: found !== undefined,
      differences: found === undefined ? [] : compareKey(key, found, refName),
      missing: missing(row, relation, referenced, { table, key, name, refName }),
      ...remarkOn(wantedName, found?.name),
      table: name,
      referenced: refName,
      name: found?.name ?? wantedName,
      mustScan: relation?.kind === 'p' && Number(row['version']) < 180000,
      primaryKey: (row['primary_key'] ?? []) as readonly string[],
      readable: row['readable'] === true,
    };
  },

  next(facts, { key }, form) {
    if (facts.state.constraint === 'valid') return null;
    if (facts.readable && !(facts.probed ?? []).includes('orphans')) return probeOrphans(facts, key);
    if (facts.state.constraint === 'unvalidated') return validate(facts, key);
    return add(facts, key, form === 'online' && !facts.mustScan);
  },
};

function add(facts: AddForeignKeyFacts, key: ForeignKeyRequest, notValid: boolean): SqlStep<AddForeignKeyFacts> {
  return {
    kind: 'sql',
    id: 'add',
    why: notValid
      ? 'new rows must obey it; existing rows are not read yet'
      : 'reads all rows while writers of both tables wait',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.name)} ${printForeignKey(key, facts.referenced)}${notValid ? ' NOT VALID' : ''}`,
    locks: both(facts, 'ShareRowExclusiveLock', 'ShareRowExclusiveLock'),
    work: notValid ? CATALOG : { kind: 'scan', of: facts.table },
    commit: 'own',
    after: () => ({ constraint: notValid ? 'unvalidated' : 'valid' }),
    ...(facts.readable ? { explain: (connection) => probeOrphans(facts, key).judge(connection) } : {}),
  };
}

function validate(facts: AddForeignKeyFacts, key: ForeignKeyRequest): SqlStep<AddForeignKeyFacts> {
  return {
    kind: 'sql',
    id: 'validate',
    why: 'reads all rows while reads and writes go on',
    sql: `ALTER TABLE ${quoteName(facts.table)} VALIDATE CONSTRAINT ${quoteIdent(facts.name)}`,
    locks: both(facts, 'ShareUpdateExclusiveLock', 'RowShareLock'),
    work: { kind: 'scan', of: facts.table },
    commit: 'own',
    after: () => ({ constraint: 'valid' }),
    ...(facts.readable ? { explain: (connection) => probeOrphans(facts, key).judge(connection) } : {}),
  };
}

function probeOrphans(facts: AddForeignKeyFacts, key: ForeignKeyRequest): ProbeStep<AddForeignKeyFacts> {
  const condition = orphanCondition(key, facts.referenced);
  const shown = [...new Set([...facts.primaryKey, ...key.columns])].map((c) => `child.${quoteIdent(c)}`);
  const query = `SELECT ${shown.join(', ')} FROM ${quoteName(facts.table)} child WHERE ${condition}`;
  return {
    kind: 'probe',
    id: 'orphans',
    why: 'rows without a parent are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: addForeignKey.name,
        target: facts.target,
        happened: `without a parent in ${printName(facts.referenced)}.`,
        hint: `Create the parents, or remove or re-point these rows, then run again:\n  ${query} LIMIT 20;`,
      }),
    after: (state) => state,
  };
}

/** Condition on `child`: its key is complete and no parent has it. MATCH FULL also forbids a key that is partly NULL. */
function orphanCondition({ columns, references, match }: ForeignKeyRequest, referenced: ObjectName): string {
  const refColumns = references.columns;
  const filled = columns.map((c) => `child.${quoteIdent(c)} IS NOT NULL`);
  const same = columns.map((c, i) => `parent.${quoteIdent(refColumns[i] as string)} = child.${quoteIdent(c)}`);
  const lone = `${filled.join(' AND ')} AND NOT EXISTS (SELECT FROM ${quoteName(referenced)} parent WHERE ${same.join(' AND ')})`;
  if (match !== 'full' || columns.length === 1) return lone;
  const key = columns.map((c) => `child.${quoteIdent(c)}`).join(', ');
  return `((${lone}) OR num_nulls(${key}) BETWEEN 1 AND ${columns.length - 1})`;
}

function printForeignKey(key: ForeignKeyRequest, referenced: ObjectName): string {
  const list = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ');
  return [
    `FOREIGN KEY (${list(key.columns)}) REFERENCES ${quoteName(referenced)} (${list(key.references.columns)})`,
    key.match === 'full' ? 'MATCH FULL' : '',
    key.onDelete === undefined ? '' : `ON DELETE ${key.onDelete.toUpperCase()}`,
    key.onUpdate === undefined ? '' : `ON UPDATE ${key.onUpdate.toUpperCase()}`,
    key.deferrable === undefined || key.deferrable === false
      ? ''
      : `DEFERRABLE INITIALLY ${key.deferrable === 'deferred' ? 'DEFERRED' : 'IMMEDIATE'}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

interface StoredKey {
  readonly name: string;
  readonly type: string;
  readonly columns: readonly string[];
  readonly referenced: boolean;
  readonly tableName: string;
  readonly refcolumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly match: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly valid: boolean;
  readonly attnums: readonly number[];
  /** Columns of ON DELETE SET NULL (…), by number; null means all. PostgreSQL 15 and later. */
  readonly emptied: readonly number[] | null;
  /** False from 18 on only, as the other is true. */
  readonly enforced: boolean;
  readonly period: boolean;
}

const ACTIONS: Readonly<Record<string, ReferentialAction>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function compareKey(wanted: ForeignKeyRequest, found: StoredKey, referenced: ObjectName): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  if (found.type !== 'f')
    return [{ path: 'constraint', expected: 'foreign key', found: constraintKind(found.type), proved: true }];
  const pairs = (columns: readonly string[], refs: readonly string[]): string =>
    columns
      .map((c, i) => `${truncateName(c)} → ${truncateName(refs[i] ?? '?')}`)
      .sort()
      .join(', ');
  if (!found.referenced) say('referenced table', printName(referenced), found.tableName);
  say('columns', pairs(wanted.columns, wanted.references.columns), pairs(found.columns, found.refcolumns));
  say('ON DELETE', wanted.onDelete ?? 'no action', ACTIONS[found.onDelete] ?? found.onDelete);
  const emptied = found.emptied?.map((n) => found.columns[found.attnums.indexOf(n)]).join(', ') ?? '';
  say('ON DELETE columns', 'all', emptied === '' ? 'all' : emptied);
  say('ON UPDATE', wanted.onUpdate ?? 'no action', ACTIONS[found.onUpdate] ?? found.onUpdate);
  say('MATCH', wanted.match ?? 'simple', found.match === 'f' ? 'full' : 'simple');
  say(
    'deferrable',
    printDeferrable(wanted.deferrable ?? false),
    printDeferrable(found.deferred ? 'deferred' : found.deferrable),
  );
  say('enforced', 'yes', found.enforced ? 'yes' : 'no');
  say('PERIOD', 'no', found.period ? 'yes' : 'no');
  return differences;
}

function printDeferrable(value: boolean | string): string {
  if (value === 'deferred') return 'initially deferred';
  return value === false ? 'no' : 'initially immediate';
}

/** Locks on both tables; a table that refers to itself is named once, with the stronger mode first. */
function both(facts: AddForeignKeyFacts, own: Lock['mode'], referenced: Lock['mode']): readonly Lock[] {
  const child: Lock = { on: facts.table, mode: own, kind: 'table' };
  if (printName(facts.table) === printName(facts.referenced)) return [child];
  return [child, { on: facts.referenced, mode: referenced, kind: 'table' }];
}

function missing(
  row: Row,
  relation: Relation | null,
  referenced: Relation | null,
  asked: {
    readonly table: ObjectName;
    readonly key: ForeignKeyRequest;
    readonly name: ObjectName;
    readonly refName: ObjectName;
  },
): readonly Parent[] {
  const { table, key, name, refName } = asked;
  const tables: Parent[] = [
    ...(relation === null ? [{ kind: 'table', name: printName(table) } as const] : []),
    ...(referenced === null ? [{ kind: 'table', name: printName(key.references.table) } as const] : []),
  ];
  const lacking = (columns: readonly string[], existing: unknown, of: ObjectName): readonly Parent[] =>
    columns
      .filter((c) => !((existing ?? []) as readonly string[]).includes(truncateName(c)))
      .map((c) => ({ kind: 'column', name: `${printName(of)}.${c}` }));
  const refColumns = referenced === null ? [] : lacking(key.references.columns, row['refcolumns'], refName);
  const columns = [...(relation === null ? [] : lacking(key.columns, row['columns'], name)), ...refColumns];
  // Asked also while its own columns are still to come: once they are there it would be too late to say so.
  if (referenced === null || refColumns.length > 0 || row['unique_target'] === true) return [...tables, ...columns];
  return [
    ...tables,
    ...columns,
    {
      kind: 'constraint',
      name: `unique or primary key on ${printName(refName)}(${key.references.columns.join(', ')})`,
    },
  ];
}

function columnList(alias: string, columns: readonly string[]): ReturnType<typeof sql> {
  return sql`(select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = ${sql.raw(alias)}.oid and a.attnum > 0 and not a.attisdropped
    and a.attname = any(${columns}::name[]))`;
}

function namesOf(relation: string, attnums: string): ReturnType<typeof sql> {
  return sql`(select pg_catalog.json_agg(na.attname order by u.n) from pg_catalog.unnest(${sql.raw(attnums)}) with ordinality u (attnum, n)
    join pg_catalog.pg_attribute na on na.attrelid = ${sql.raw(relation)} and na.attnum = u.attnum)`;
}
