/**
 * safeCreateTable: makes a table with all that its definition carries, or finds it there, part by part.
 *
 * Plain CREATE TABLE fails when it is run again; IF NOT EXISTS takes any table of the name for the wanted one. Indexes and comments are
 * statements of their own, so that a crash between them leaves a table that no second run completes. Foreign keys keep writers of the
 * tables that they refer to waiting, and wait for them.
 */
import { deferrableClause } from '../catalog/constraints.js';
import { wantedDeferral } from '../catalog/keys.js';
import { kindOf, type Relation, readRelation, relationColumns, SERVER } from '../catalog/relation.js';
import { printColumnDefinition } from '../column-definition.js';
import {
  CATALOG,
  type Children,
  child,
  type Facts,
  type Lock,
  type Operation,
  type Parent,
  type SqlStep,
} from '../engine/operation.js';
import { embed, sameExpression } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Reader, Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';
import { addColumn } from './add-column.js';
import { addForeignKey, type ForeignKeyRequest, printForeignKey } from './add-foreign-key.js';
import { createEnum } from './create-enum.js';
import { printCreateIndex } from './create-index/steps.js';
import { printComment } from './set-comment.js';
import { partChildren, type TableParts } from './table-parts.js';

export interface CreateTableOptions {
  /** Adds what a table that exists is lacking of the definition. Default `false`: it is an error that lists what is lacking. */
  readonly complete?: boolean;
}

export interface CreateTableArguments {
  readonly table: ObjectName;
  readonly parts: TableParts;
  readonly complete: boolean;
  /** What counts as it: `partitioned table`, `unlogged table`, `table that inherits` from others. Default `table`; only that is made. */
  readonly kind?: string;
}

export interface CreateTableFacts extends Facts<{ readonly table: 'absent' | 'present' }> {
  readonly table: ObjectName;
  /** It stands in the catalog: then its parts are judged. */
  readonly found: boolean;
  /** It has no primary key, and safeAddPrimaryKey can make the wanted one. */
  readonly lacksKey: boolean;
  /** Names of its future indexes that something else holds. */
  readonly taken: readonly string[];
  /** The tables that its foreign keys refer to, in their order. */
  readonly referenced: readonly ObjectName[];
  /** The parts, checks without a name by that under which they were found. */
  readonly parts: TableParts;
}

export const createTable: Operation<CreateTableArguments, CreateTableFacts> = {
  name: 'safeCreateTable',

  async inspect(reader, { table, parts, kind: wanted = 'table' }) {
    const row = await readTable(reader, table, parts);
    const relation = readRelation(row);
    const name: ObjectName = { schema: row.schema ?? table.schema, name: truncateName(table.name) };
    const kind = kindFound(row, relation);
    const found = relation !== null && (kind === wanted || kind?.startsWith(`${wanted} from `) === true);
    const stored = row.constraints ?? [];
    const needs =
      kind === null && row.schema !== null
        ? await readNeeds(reader, { name, asked: table, onPath: row.on_path === true, parts })
        : { referenced: parts.foreignKeys.map((key) => key.references.table), missing: [] };
    const remarks = found ? remarksOn(row, parts) : [];
    return {
      target: printName(name),
      state: { table: kind === null ? 'absent' : 'present' },
      begun: false,
      differences: found ? compareKey(parts, stored) : compareKind(wanted, kind),
      missing: row.schema === null ? [{ kind: 'schema', name: table.schema ?? 'on the search_path' }] : needs.missing,
      ...(remarks.length === 0 ? {} : { remark: remarks.join('; ') }),
      table: name,
      found,
      lacksKey: lacksKey(
        parts.primaryKey,
        stored.find((each) => each.type === 'p'),
      ),
      taken: (row.taken ?? []).map((each) => `${each.name} (${each.kind})`),
      referenced: needs.referenced,
      parts: { ...parts, checks: parts.checks.map((check) => ({ ...check, name: nameOfCheck(check, stored) })) },
    };
  },

  next(facts, { parts }) {
    if (facts.state.table === 'present') return null;
    if (facts.taken.length > 0)
      return {
        refuse: `names of its constraints or indexes are taken in the same schema: ${facts.taken.join(', ')}.`,
        hint: 'Give yours another name in the definition, or rename what stands there.',
      };
    return create(facts, parts);
  },

  provides: (facts, { table, parts }) =>
    [facts.table, table].flatMap((name): readonly Parent[] => [
      { kind: 'table', name: printName(name) },
      ...parts.columns.map((column) => ({ kind: 'column', name: `${printName(name)}.${column.name}` }) as const),
    ]),

  children({ complete }, { found, lacksKey, table, parts }): Children {
    if (!found) return { before: parts.enumTypes.map((each) => child(createEnum, each)), after: parts.also };
    const advice =
      'To add what is lacking, pass { complete: true }: each part is then added by an operation of its own.';
    return { before: [], after: [...partChildren(table, parts, lacksKey), ...parts.also], whole: { complete, advice } };
  },
};

/** The table itself is seen by nobody before the commit; only those that its foreign keys refer to are locked. */
function create(facts: CreateTableFacts, parts: TableParts): SqlStep<CreateTableFacts> {
  const { table, referenced } = facts;
  const others = referenced.filter((each) => printName(each) !== printName(table));
  const locks = [...new Map(others.map((on) => [printName(on), on])).values()].map(
    (on): Lock => ({ on, mode: 'ShareRowExclusiveLock', kind: 'table' }),
  );
  const more = [
    ...parts.indexes.map((index) => printCreateIndex(table, index.name, index)),
    ...parts.comments.map(({ column, text }) => printComment(table, column, text)),
  ];
  return {
    kind: 'sql',
    id: 'create',
    why: more.length === 0 ? 'makes the table' : 'makes the table with its indexes and comments, all or nothing',
    sql: `CREATE TABLE ${quoteName(table)} (\n  ${lines(parts, referenced).join(',\n  ')}\n)`,
    ...(more.length === 0 ? {} : { more }),
    locks,
    work: CATALOG,
    commit: 'own',
    after: () => ({ table: 'present' }),
  };
}

function lines(
  { columns, primaryKey, uniques, checks, foreignKeys }: TableParts,
  referenced: readonly ObjectName[],
): readonly string[] {
  const list = (names: readonly string[]): string => names.map(quoteIdent).join(', ');
  const constraint = (name: string, clauses: readonly string[]): string =>
    [`CONSTRAINT ${quoteIdent(name)}`, ...clauses].filter((clause) => clause !== '').join(' ');
  return [
    ...columns.map(({ name, definition }) => `${quoteIdent(name)} ${printColumnDefinition(definition)}`),
    ...(primaryKey === null
      ? []
      : [
          constraint(primaryKey.name, [
            `PRIMARY KEY (${list(primaryKey.columns)})`,
            deferrableClause(primaryKey.deferrable),
          ]),
        ]),
    ...uniques.map((each) =>
      constraint(each.name, [`UNIQUE (${list(each.columns)})`, deferrableClause(each.deferrable)]),
    ),
    ...checks.map((each) => constraint(each.name, [`CHECK (${embed(each.expression)})`])),
    ...foreignKeys.map((key, i) => constraint(key.name, [printForeignKey(key, referenced[i] as ObjectName)])),
  ];
}

interface StoredConstraint {
  readonly name: string;
  /** pg_constraint.contype */
  readonly type: string;
  readonly columns: readonly string[] | null;
  readonly expression: string | null;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  /** WITHOUT OVERLAPS; PostgreSQL 18 and later. */
  readonly period: boolean;
  /** INCLUDE of a key. */
  readonly included: readonly string[] | null;
}

interface TableRow extends Row {
  readonly schema: string | null;
  readonly on_path: boolean | null;
  readonly relpersistence: string | null;
  readonly parent: string | null;
  readonly relispartition: boolean | null;
  readonly typekind: string | null;
  readonly columns: readonly { readonly name: string; readonly demands: boolean }[] | null;
  readonly constraints: readonly StoredConstraint[] | null;
  readonly indexes: readonly { readonly name: string; readonly columns: readonly (string | null)[] }[] | null;
  readonly taken: readonly { readonly name: string; readonly kind: string }[] | null;
}

/** The name is looked up where CREATE TABLE would put it: a table of that name further down the search_path is another one. */
async function readTable(reader: Reader, table: ObjectName, parts: TableParts): Promise<TableRow> {
  const { primaryKey, uniques, indexes } = parts;
  const names = [...(primaryKey === null ? [] : [primaryKey]), ...uniques, ...indexes].map((each) => each.name);
  const kind = sql`case r.relkind when 'i' then 'index' when 'I' then 'index' when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view' else 'table' end`;
  const { rows } = await reader.read(sql`
    select ${SERVER}, n.nspname as schema, n.nspname = any(pg_catalog.current_schemas(false)) as on_path, ${relationColumns('c')}, c.relpersistence,
      (select pg_catalog.string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno) from pg_catalog.pg_inherits i where i.inhrelid = c.oid) as parent, c.relispartition,
      (select case t.typtype when 'e' then 'enum type' when 'd' then 'domain' when 'r' then 'range type' else 'type' end from pg_catalog.pg_type t
        where t.typnamespace = n.oid and t.typname = ${table.name}::name and t.typrelid = 0 and not exists (select 1 from pg_catalog.pg_type e where e.typarray = t.oid)) as typekind,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'demands', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum)
        from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'deferrable', k.condeferrable, 'deferred', k.condeferred,
          'included', (select pg_catalog.json_agg(a.attname order by u.n) from pg_catalog.pg_index i cross join pg_catalog.unnest(i.indkey::int2[]) with ordinality u (attnum, n)
            join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum where i.indexrelid = k.conindid and k.contype = 'p' and u.n > i.indnkeyatts),
          'period', coalesce((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false), 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid), 'columns', (select pg_catalog.json_agg(a.attname order by u.n)
            from pg_catalog.unnest(k.conkey) with ordinality u (attnum, n) join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum)) order by k.conname)
        from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'f', 'c', 'x')) as constraints,
      (select pg_catalog.json_agg(pg_catalog.json_build_object('name', x.relname, 'columns', (select pg_catalog.json_agg(a.attname order by u.n)
            from pg_catalog.unnest(i.indkey::int2[]) with ordinality u (attnum, n) left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = u.attnum)) order by x.relname)
        from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid
          and not exists (select 1 from pg_catalog.pg_constraint k where k.conindid = x.oid and k.conrelid = c.oid and k.contype in ('p', 'u', 'x'))) as indexes,
      case when c.oid is null then (select pg_catalog.json_agg(pg_catalog.json_build_object('name', r.relname, 'kind', ${kind}) order by r.relname)
        from pg_catalog.pg_class r where r.relnamespace = n.oid and r.relname = any(${names}::name[])) end as taken
    from (select 1) one
    left join pg_catalog.pg_namespace n on n.nspname = coalesce(${table.schema ?? null}::name, pg_catalog.current_schema())
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = ${table.name}::name`);
  return rows[0] as TableRow;
}

/** What stands under the name; null for nothing, `table` for an ordinary one. */
function kindFound(
  { relpersistence, parent, relispartition, typekind }: TableRow,
  relation: Relation | null,
): string | null {
  if (relation === null) return typekind;
  if (parent !== null) return relispartition === true ? `partition of ${parent}` : `table that inherits from ${parent}`;
  const persistence = relpersistence === 'u' ? 'unlogged ' : '';
  return `${persistence}${kindOf(relation)}`;
}

function compareKind(expected: string, kind: string | null): readonly Difference[] {
  return kind === null ? [] : [{ path: 'kind', expected, found: kind, proved: true }];
}

/** safeAddPrimaryKey adds it; not one that is DEFERRABLE, which it does not make. */
function lacksKey(wanted: TableParts['primaryKey'], key: StoredConstraint | undefined): boolean {
  return key === undefined && wanted !== null && wantedDeferral(wanted.deferrable) === 'no';
}

/** Under whichever name: the same columns in the same order. A key that the definition does not ask for is only a remark. */
function compareKey({ primaryKey }: TableParts, stored: readonly StoredConstraint[]): readonly Difference[] {
  const key = stored.find((each) => each.type === 'p');
  if (primaryKey === null || lacksKey(primaryKey, key)) return [];
  const wanted = printKey(primaryKey.columns.map(truncateName), wantedDeferral(primaryKey.deferrable));
  const found =
    key === undefined
      ? 'absent'
      : printKey(
          [...(key.columns ?? []), ...(key.period ? ['WITHOUT OVERLAPS'] : [])],
          key.deferred ? 'deferred' : key.deferrable ? 'immediate' : 'no',
        ) + (key.included === null ? '' : ` INCLUDE (${key.included.join(', ')})`);
  return wanted === found ? [] : [{ path: 'primary key', expected: wanted, found, proved: true }];
}

function printKey(columns: readonly string[], deferrable: string): string {
  return `(${columns.join(', ')})${deferrable === 'no' ? '' : ` deferrable, initially ${deferrable}`}`;
}

/** A check without a name is the one that has the same expression. */
function nameOfCheck(check: TableParts['checks'][number], stored: readonly StoredConstraint[]): string {
  if (!check.unnamed) return check.name;
  const checks = stored.filter((each) => each.type === 'c');
  return checks.find((each) => sameExpression(check.expression, each.expression ?? ''))?.name ?? check.name;
}

/** What is no difference, but worth a word: another name of the key, and what the definition does not name. */
function remarksOn({ columns, constraints, indexes }: TableRow, parts: TableParts): readonly string[] {
  const wanted = parts.columns.map(({ name }) => truncateName(name));
  const extra = (columns ?? []).filter(({ name }) => !wanted.includes(name));
  const key = (constraints ?? []).find((each) => each.type === 'p');
  const asked = [
    ...parts.uniques.map((each) => ({ type: 'u', ...each })),
    ...parts.foreignKeys.map((each) => ({ type: 'f', ...each })),
    ...parts.checks.map((each) => ({ type: 'c', columns: null, ...each, name: nameOfCheck(each, constraints ?? []) })),
  ].map((each) => ({ ...each, name: truncateName(each.name) }));
  const isAsked = (each: StoredConstraint): boolean =>
    each.type === 'p'
      ? parts.primaryKey !== null
      : asked.some(
          (a) =>
            a.type === each.type && (a.name === each.name || (a.columns !== null && same(a.columns, each.columns))),
        );
  const more = (constraints ?? []).filter((each) => !isAsked(each));
  const moreIndexes = (indexes ?? []).filter(
    (index) =>
      !parts.indexes.some(
        (each) =>
          truncateName(each.name) === index.name ||
          same(
            each.columns.map((c) => (typeof c === 'string' ? c : (c.column ?? null))),
            index.columns,
          ),
      ),
  );
  return [
    ...(key === undefined || parts.primaryKey === null || key.name === truncateName(parts.primaryKey.name)
      ? []
      : [`the primary key is there under the name ${key.name}`]),
    ...beyond(
      'columns',
      extra.map(({ name, demands }) =>
        demands ? `${name} (NOT NULL without a default: rows that do not name it fail)` : name,
      ),
    ),
    ...beyond(
      'constraints',
      more.map(({ name }) => name),
    ),
    ...beyond(
      'indexes',
      moreIndexes.map(({ name }) => name),
    ),
  ];
}

function beyond(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`${what} that the definition does not name: ${names.join(', ')}`];
}

function same(wanted: readonly (string | null)[], found: readonly (string | null)[] | null): boolean {
  return JSON.stringify(wanted.map((name) => (name === null ? null : truncateName(name)))) === JSON.stringify(found);
}

interface Needs {
  readonly referenced: readonly ObjectName[];
  readonly missing: readonly Parent[];
}

/** Types and referenced tables, asked in the way of the operations that would need them, with what is lacking of them. */
async function readNeeds(
  reader: Reader,
  about: {
    readonly name: ObjectName;
    readonly asked: ObjectName;
    readonly onPath: boolean;
    readonly parts: TableParts;
  },
): Promise<Needs> {
  const { name, parts } = about;
  const missing: Parent[] = [];
  const need = (parents: readonly Parent[]): void => {
    missing.push(...parents.filter((parent) => parent.kind !== 'table' || parent.name !== printName(name)));
  };
  const types = new Map(
    parts.columns.filter(({ definition }) => !definition.type.builtin).map((each) => [each.definition.type.text, each]),
  );
  for (const { name: column, definition } of types.values())
    need((await addColumn.inspect(reader, { table: name, column, definition, before: [], after: [] })).missing);
  const referenced: ObjectName[] = [];
  for (const key of parts.foreignKeys) {
    const facts = await addForeignKey.inspect(reader, { table: name, key });
    const absent = facts.missing.some((parent) => parent.name === printName(key.references.table));
    const own = isOwn(key, about, absent);
    referenced.push(own ? name : facts.referenced);
    if (!own) need(facts.missing);
  }
  return {
    referenced,
    missing: [...new Map(missing.map((parent) => [`${parent.kind} ${parent.name}`, parent])).values()],
  };
}

/** Does the key refer to the table that is to be made? Without a schema, that is what the server would find once it is there. */
function isOwn(
  { references }: ForeignKeyRequest,
  { name, asked, onPath }: { readonly name: ObjectName; readonly asked: ObjectName; readonly onPath: boolean },
  absent: boolean,
): boolean {
  const { table } = references;
  if (truncateName(table.name) !== truncateName(name.name)) return false;
  if (table.schema !== undefined) return truncateName(table.schema) === name.schema;
  return asked.schema === undefined || (onPath && absent);
}
