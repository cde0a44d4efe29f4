/**
 * safeAddForeignKey: adds a foreign key without keeping writers of either table waiting for a scan.
 *
 * Plain ADD FOREIGN KEY reads the whole table while writers of both tables wait. Added NOT VALID it only concerns new rows; VALIDATE
 * then reads the old ones under locks that let writers through. There is no IF NOT EXISTS for constraints at all.
 */
import { columnNames, constraintKind, deferrableClause } from '../catalog/constraints.js';
import { defaultName, type KnownBy, serverName } from '../catalog/generated-names.js';
import { referable } from '../catalog/keys.js';
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
import { descendants, lockTree } from '../catalog/tree.js';
import { keyPairs, type Pair, printPair } from '../catalog/types.js';
import { orphansOf } from '../data/orphans.js';
import {
  beforehand,
  type ConstraintState,
  explained,
  findingOf,
  NOT_VALID_LEAVES,
  type Validation,
  validate,
} from '../data/validation.js';
import type { OnViolation } from '../data/violations.js';
import {
  CATALOG,
  type Facts,
  type Lock,
  type Operation,
  type Parent,
  type Refusal,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export type ReferentialAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

interface ForeignKeyOptions {
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
  /**
   * What becomes of rows without a parent. `throw` (the default): `DataViolationError` before any change. `warn`: a warning, nothing is
   * changed, outcome `skipped`. `keep-unvalidated`: a warning, the key is there for new rows but NOT VALID; run again when the rows are
   * corrected, and it is validated.
   */
  readonly onViolation?: OnViolation | undefined;
  readonly knownBy?: KnownBy;
}

/** One of the two tables of a key. */
interface Side {
  readonly partitioned: boolean;
  /** Partitions and inheriting tables. */
  readonly below: readonly ObjectName[];
}

export interface AddForeignKeyFacts extends Facts<ConstraintState> {
  readonly table: ObjectName;
  readonly referenced: ObjectName;
  readonly name: string;
  /** PostgreSQL before 18 has no NOT VALID foreign keys on partitioned tables. */
  readonly mustScan: boolean;
  readonly primaryKey: readonly string[];
  /** The role may read both tables; REFERENCES alone is enough for the key itself, not for looking at rows. */
  readonly readable: boolean;
  /** Row level security hides rows from the role. */
  readonly hidden: boolean;
  readonly child: Side;
  readonly parent: Side;
  /** The columns and their types; empty when some are missing. */
  readonly pairs: readonly Pair[];
  /** An index of the table begins with the columns, so that the children of a parent are found without reading all rows. */
  readonly indexed: boolean;
}

export const addForeignKey: Operation<AddForeignKeyArguments, AddForeignKeyFacts> = {
  name: 'safeAddForeignKey',

  async inspect(reader, { table, key, knownBy }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, r.oid as refid, r.relname as refname, r.relkind as refkind,
        r.relnamespace::regnamespace::text as refschema, x.keys,
        ${columnList('c', key.columns)} as columns, ${columnList('r', key.references.columns)} as refcolumns, ${primaryKeyColumns('c')} as primary_key,
        pg_catalog.has_table_privilege(c.oid, 'SELECT') and pg_catalog.has_table_privilege(r.oid, 'SELECT') as readable,
        pg_catalog.row_security_active(c.oid) or pg_catalog.row_security_active(r.oid) as hidden,
        ui.indexrelid is not null as unique_target, ${descendants('c.oid')} as below, ${descendants('r.oid')} as refbelow,
        ${keyPairs({ child: 'c', parent: 'r', target: 'ui' }, key.columns, key.references.columns)} as pairs,
        exists (select from pg_catalog.pg_index n where n.indrelid = c.oid and n.indisvalid and n.indpred is null
          and (select pg_catalog.array_agg(na.attname order by na.attname) from pg_catalog.unnest((n.indkey::int2[])[0:${key.columns.length - 1}]) u join pg_catalog.pg_attribute na on na.attrelid = c.oid and na.attnum = u)
            = (select pg_catalog.array_agg(w::name order by w::name) from pg_catalog.unnest(${key.columns}::text[]) w)) as indexed
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')
      left join pg_catalog.pg_class r on ${isNamed('r', key.references.table)} and r.relkind in ('r', 'p')
      left join lateral (select i.* from pg_catalog.pg_index i where i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indimmediate and not i.indisexclusion and i.indpred is null and i.indexprs is null
          and i.indnkeyatts = ${key.references.columns.length}
          and (select pg_catalog.array_agg(ra.attname order by ra.attname) from pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) u join pg_catalog.pg_attribute ra on ra.attrelid = r.oid and ra.attnum = u)
            = (select pg_catalog.array_agg(w::name order by w::name) from pg_catalog.unnest(${key.references.columns}::text[]) w)
        order by i.indisprimary desc, i.indexrelid limit 1) ui on true
      left join lateral (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'columns', ${columnNames('k.conrelid', 'k.conkey')},
          'referenced', k.confrelid = r.oid, 'table', k.confrelid::int8, 'tableName', k.confrelid::regclass::text, 'refcolumns', ${columnNames('k.confrelid', 'k.confkey')},
          'onDelete', k.confdeltype, 'onUpdate', k.confupdtype, 'match', k.confmatchtype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
          'valid', k.convalidated, 'idle', (select pg_catalog.json_agg(distinct g.tgrelid::regclass::text) from pg_catalog.pg_trigger g where g.tgconstraint = k.oid and g.tgenabled in ('D', 'R')),
          'attnums', k.conkey, 'emptied', pg_catalog.to_jsonb(k) -> 'confdelsetcols',
          'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true), 'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false))) as keys
        from pg_catalog.pg_constraint k where k.conrelid = c.oid) x on true`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const referenced = readRelation(row, 'ref');
    const name = resolvedName(relation, table);
    const refName = resolvedName(referenced, key.references.table);
    const stored = (row['keys'] ?? []) as readonly StoredKey[];
    const called = (given: string): StoredKey | undefined => stored.find((k) => k.name === truncateName(given));
    const isSame = (k: StoredKey): boolean => compareKey(key, k, refName).every((d) => d.path === 'triggers');
    const isAnother = (k: StoredKey | undefined): boolean => k !== undefined && !isSame(k);
    const wantedName =
      knownBy === 'meaning'
        ? serverName(table.name, key.columns, 'fkey', (each) => isAnother(called(each)))
        : (key.name ?? defaultName(table.name, key.columns, 'fkey'));
    const found = called(wantedName) ?? (knownBy === 'name' ? undefined : stored.find(isSame));
    return {
      target: `${printName(name)}(${key.columns.join(', ')})`,
      state: { constraint: found === undefined ? 'absent' : found.valid ? 'valid' : 'unvalidated' },
      begun: found !== undefined,
      differences: found === undefined ? [] : compareKey(key, found, refName),
      missing: missing(row, relation, referenced, { table, key, name, refName }),
      ...(knownBy === 'meaning' ? {} : remarkOn(wantedName, found?.name)),
      table: name,
      referenced: refName,
      name: found?.name ?? wantedName,
      mustScan: relation?.kind === 'p' && Number(row['version']) < 180000,
      primaryKey: (row['primary_key'] ?? []) as readonly string[],
      readable: row['readable'] === true,
      hidden: row['hidden'] === true,
      child: { partitioned: relation?.kind === 'p', below: (row['below'] ?? []) as readonly ObjectName[] },
      parent: { partitioned: referenced?.kind === 'p', below: (row['refbelow'] ?? []) as readonly ObjectName[] },
      pairs: (row['pairs'] ?? []) as readonly Pair[],
      indexed: row['indexed'] === true,
    };
  },

  next(facts, args, form) {
    const { constraint } = facts.state;
    if (constraint === 'valid') return null;
    if (facts.pairs.some((pair) => !pair.comparable)) return refuseTypes(facts);
    const validation = validationOf(facts, args);
    const first = beforehand(facts, validation);
    if (first !== null) return first;
    if (constraint === 'unvalidated')
      return validate(validation, both(facts, 'ShareUpdateExclusiveLock', 'RowShareLock', false));
    const found = findingOf(facts);
    if (found !== undefined && facts.mustScan) return refuseToKeep(found);
    return add(facts, args, (form === 'online' && !facts.mustScan) || found !== undefined);
  },

  provides: ({ table }, { key }) =>
    key.name === undefined ? [] : [{ kind: 'constraint', name: `${printName(table)}.${key.name}` }],
};

function refuseTypes({ pairs, table, referenced }: AddForeignKeyFacts): Refusal {
  const wrong = pairs.filter((pair) => !pair.comparable);
  const shown = wrong.map((pair) => `  ${printPair(pair, printName(table), printName(referenced))}`);
  return {
    refuse: `PostgreSQL cannot compare the columns by the index of the referenced one:\n${shown.join('\n')}`,
    hint: `Let both have one type, for example with safeChangeColumn on ${wrong.map((pair) => `${printName(table)}.${pair.column} (${pair.reftype})`).join(', ')}.`,
  };
}

function refuseToKeep(found: string): Refusal {
  return {
    refuse: `${found}, and PostgreSQL before 18 has no NOT VALID foreign keys on partitioned tables: it cannot be kept unvalidated.`,
    hint: 'Correct the rows first, then run again.',
  };
}

function add(facts: AddForeignKeyFacts, args: AddForeignKeyArguments, notValid: boolean): SqlStep<AddForeignKeyFacts> {
  return {
    kind: 'sql',
    id: 'add',
    why: notValid
      ? 'new rows must obey it; existing rows are not read yet'
      : 'reads all rows while writers of both tables wait',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.name)} ${printForeignKey(args.key, facts.referenced)}${notValid ? ' NOT VALID' : ''}`,
    locks: both(facts, 'ShareRowExclusiveLock', 'ShareRowExclusiveLock', true),
    work: notValid ? CATALOG : { kind: 'scan', of: facts.table },
    commit: 'own',
    after: () => ({ constraint: notValid ? 'unvalidated' : 'valid' }),
    ...(notValid ? { leaves: NOT_VALID_LEAVES } : {}),
    says: remarksOn(facts, args.key),
    ...explained(validationOf(facts, args)),
  };
}

/** What works, and is worth knowing before the tables have grown. */
function remarksOn(
  { pairs, table, referenced, indexed }: AddForeignKeyFacts,
  { columns }: ForeignKeyRequest,
): string[] {
  const [child, parent] = [printName(table), printName(referenced)];
  const unlike = pairs
    .filter((pair) => !pair.same)
    .map((pair) => `${printPair(pair, child, parent)}: they can be compared, but not each value of one fits the other`);
  if (indexed || pairs.length === 0) return unlike;
  return [
    ...unlike,
    `no index of ${child} begins with ${columns.join(', ')}: each DELETE in ${parent}, and each change of its key, reads all of ${child}. Make one: ${printCall('safeCreateIndex', table, columns)}`,
  ];
}

function validationOf(facts: AddForeignKeyFacts, { key, onViolation }: AddForeignKeyArguments): Validation {
  const { table, referenced, child, parent, primaryKey } = facts;
  const ownRows = (side: Side): boolean => !side.partitioned && side.below.length > 0;
  const orphans = orphansOf({
    table,
    columns: key.columns,
    referenced,
    refcolumns: key.references.columns,
    full: key.match === 'full',
    primaryKey,
    only: { table: ownRows(child), referenced: ownRows(parent) },
  });
  return {
    table,
    name: facts.name,
    readable: facts.readable,
    hidden: facts.hidden,
    onViolation,
    offence: { operation: addForeignKey.name, target: facts.target, ...orphans },
  };
}

/** `FOREIGN KEY … REFERENCES …`, as in CREATE TABLE and ADD CONSTRAINT. */
export function printForeignKey(key: ForeignKeyRequest, referenced: ObjectName): string {
  const list = (columns: readonly string[]): string => columns.map(quoteIdent).join(', ');
  return [
    `FOREIGN KEY (${list(key.columns)}) REFERENCES ${quoteName(referenced)} (${list(key.references.columns)})`,
    key.match === 'full' ? 'MATCH FULL' : '',
    key.onDelete === undefined ? '' : `ON DELETE ${key.onDelete.toUpperCase()}`,
    key.onUpdate === undefined ? '' : `ON UPDATE ${key.onUpdate.toUpperCase()}`,
    deferrableClause(key.deferrable),
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
  /** Tables whose triggers of the key are disabled, or fire for replicas only: it does not hold there. */
  readonly idle: readonly string[] | null;
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
  const idle = found.idle === null ? 'enabled' : `disabled on ${found.idle.join(', ')}`;
  say('triggers', 'enabled', idle);
  return differences;
}

function printDeferrable(value: boolean | string): string {
  if (value === 'deferred') return 'initially deferred';
  return value === false ? 'no' : 'initially immediate';
}

/** Locks on both tables, partitions included; a table that refers to itself is named once. VALIDATE leaves the partitions of the parent alone. */
function both(
  { table, referenced, child, parent }: AddForeignKeyFacts,
  own: Lock['mode'],
  others: Lock['mode'],
  parentReached: boolean,
): readonly Lock[] {
  const first = lockTree({ table, below: child.below, reached: child.partitioned }, own);
  if (printName(table) === printName(referenced)) return first;
  const reached = parentReached && parent.partitioned;
  return [...first, ...lockTree({ table: referenced, below: parent.below, reached }, others)];
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
  const columns = relation === null ? [] : lacking(key.columns, row['columns'], name);
  const refColumns = referenced === null ? [] : lacking(key.references.columns, row['refcolumns'], refName);
  const target = referable(refName, key.references.columns);
  // Asked also while its own columns are still to come: once they are there it would be too late to say so.
  const fits = referenced === null || row['unique_target'] === true || refColumns.length > 0;
  return [...tables, ...columns, ...refColumns, ...(fits ? [] : [target])];
}

function columnList(alias: string, columns: readonly string[]): ReturnType<typeof sql> {
  return sql`(select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = ${sql.raw(alias)}.oid and a.attnum > 0 and not a.attisdropped
    and a.attname = any(${columns}::name[]))`;
}
