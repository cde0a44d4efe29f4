/** Finding a relation by name, the way the session would, without needing any privilege on it. */

import type { Parent } from '../engine/operation.js';
import type { ObjectName } from '../names.js';
import { printName } from '../names.js';
import type { Answer, Reader, Row } from '../postgres/connection.js';
import { PID_COLUMN } from '../postgres/known.js';
import { type SqlFragment, sql, truncateName } from '../sql.js';

/** Columns that every inspection selects about the session itself. */
export const PID = sql`pg_catalog.pg_backend_pid() as ${sql.ident(PID_COLUMN)}`;
export const SERVER = sql`${PID}, pg_catalog.current_setting('server_version_num')::int as version`;

/**
 * Condition: is `alias` (of pg_class) the relation of that name? Without a schema, the one that the search path finds. Names become
 * type `name`, so the server cuts them as it does in statements. pg_catalog only: to_regclass raises 42501 without USAGE.
 */
export function isNamed(alias: string, name: ObjectName): SqlFragment {
  const c = sql.raw(alias);
  const found =
    name.schema === undefined
      ? sql`pg_catalog.pg_table_is_visible(${c}.oid)`
      : sql`${c}.relnamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = ${name.schema}::name)`;
  return sql`${c}.relname = ${name.name}::name and ${found}`;
}

/** The same for a type, `alias` of pg_type. */
export function isTypeNamed(alias: string, name: ObjectName): SqlFragment {
  const t = sql.raw(alias);
  const found =
    name.schema === undefined
      ? sql`pg_catalog.pg_type_is_visible(${t}.oid)`
      : sql`${t}.typnamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = ${name.schema}::name)`;
  return sql`${t}.typname = ${name.name}::name and ${found}`;
}

/** Columns of an inspection about the relation `alias` of pg_class, for `readRelation`. */
export function relationColumns(alias: string): SqlFragment {
  const c = sql.raw(alias);
  return sql`${c}.oid as relid, ${c}.relname as relname, ${c}.relkind as relkind,
    ${c}.relnamespace::regnamespace::text as relschema`;
}

/** JSON list of the primary key's columns in key order, INCLUDE columns left out; null without a primary key. */
export function primaryKeyColumns(alias: string): SqlFragment {
  return sql`(select pg_catalog.json_agg(b.attname order by u.n) from pg_catalog.pg_constraint p
    cross join pg_catalog.unnest(p.conkey) with ordinality u (attnum, n)
    join pg_catalog.pg_attribute b on b.attrelid = p.conrelid and b.attnum = u.attnum
    where p.conrelid = ${sql.raw(alias)}.oid and p.contype = 'p')`;
}

/**
 * JSON list of columns that tell one row from all others, in index order: the primary key, else the shortest unique index whose columns
 * are all NOT NULL; null without any. An index with an expression or a predicate, a DEFERRABLE one, and a NOT NULL that is not validated
 * do not count.
 */
export function rowKeyColumns(alias: string): SqlFragment {
  return sql`(select pg_catalog.json_agg(b.attname order by u.n) from (
      select i.indrelid, i.indkey, i.indnkeyatts from pg_catalog.pg_index i
      where i.indrelid = ${sql.raw(alias)}.oid and i.indisunique and i.indisvalid and (i.indimmediate or i.indisprimary) and i.indpred is null and i.indexprs is null
        and not exists (select 1 from pg_catalog.unnest(i.indkey::int2[]) with ordinality o (attnum, n)
          join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = o.attnum
          where o.n <= i.indnkeyatts and (not a.attnotnull or exists (select 1 from pg_catalog.pg_constraint k
            where k.conrelid = a.attrelid and k.contype = 'n' and not k.convalidated and k.conkey[1] = a.attnum)))
      order by i.indisprimary desc, i.indnkeyatts, i.indexrelid limit 1) i
    cross join pg_catalog.unnest(i.indkey::int2[]) with ordinality u (attnum, n)
    join pg_catalog.pg_attribute b on b.attrelid = i.indrelid and b.attnum = u.attnum
    where u.n <= i.indnkeyatts)`;
}

/** One relation as an inspection found it. */
export interface Relation {
  readonly oid: number;
  readonly name: ObjectName & { readonly schema: string };
  /** pg_class.relkind: r table, p partitioned table, v view, m materialized view, f foreign table, i index … */
  readonly kind: string;
}

/** Null when there is none of that name. */
export function readRelation(row: Readonly<Record<string, unknown>>, prefix = 'rel'): Relation | null {
  const oid = row[`${prefix}id`];
  if (typeof oid !== 'number') return null;
  return {
    oid,
    name: { schema: unquote(String(row[`${prefix}schema`])), name: String(row[`${prefix}name`]) },
    kind: String(row[`${prefix}kind`]),
  };
}

/** Registered names print quoted where they must be; the cast is cheaper than a look into pg_namespace. */
function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** What one look at a table has found. */
export interface Look {
  readonly answer: Answer;
  /** Its one row. */
  readonly row: Row;
  /** Null: there is no such table. */
  readonly relation: Relation | null;
  /** As the catalog has it; as asked for where there is none. */
  readonly name: ObjectName;
  readonly missing: readonly Parent[];
}

export interface LookRequest {
  /** pg_class.relkind of what counts as the table. Default `rp`: ordinary and partitioned tables. */
  readonly kinds?: string;
  /** Further columns and joins. They may use `c`, the table's row of pg_class, and in `lookAtColumn` `a`, the column's of pg_attribute; both may be null. */
  readonly columns?: SqlFragment;
  readonly joins?: SqlFragment;
}

/** Looks at a table in one round trip; answers one row, also when there is no such table. */
export async function lookAtTable(reader: Reader, table: ObjectName, request: LookRequest): Promise<Look> {
  const { kinds = 'rp', columns, joins = sql`` } = request;
  const more = columns === undefined ? sql`` : sql`, ${columns}`;
  const answer = await reader.read(sql`
    select ${SERVER}, ${relationColumns('c')}${more}
    from (select 1) one
    left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind::text = any(${[...kinds]}::text[])
    ${joins}`);
  const row = answer.rows[0] ?? {};
  const relation = readRelation(row);
  return { answer, row, relation, name: resolvedName(relation, table), missing: missingTable(relation, table) };
}

/** Looks at a column in one round trip. `exists` is false, and the column missing, when the table is there without it. */
export async function lookAtColumn(
  reader: Reader,
  table: ObjectName,
  column: string,
  request: LookRequest,
): Promise<Look & { readonly exists: boolean }> {
  const { columns, joins = sql`` } = request;
  const look = await lookAtTable(reader, table, {
    ...request,
    columns: sql`a.attnum as attnum${columns === undefined ? sql`` : sql`, ${columns}`}`,
    joins: sql`left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = ${column}::name and a.attnum > 0 and not a.attisdropped ${joins}`,
  });
  const exists = typeof look.row['attnum'] === 'number';
  return { ...look, exists, missing: exists ? [] : missingColumn(look, column) };
}

function missingColumn({ relation, name, missing }: Look, column: string): readonly Parent[] {
  return relation === null ? missing : [{ kind: 'column', name: `${printName(name)}.${column}` }];
}

/** The resolved name where there is one, else the name as asked for. */
export function resolvedName(found: Relation | null, asked: ObjectName): ObjectName {
  return found?.name ?? asked;
}

/** The parent that is missing when a table does not exist. */
export function missingTable(found: Relation | null, asked: ObjectName): readonly Parent[] {
  return found === null ? [{ kind: 'table', name: printName(asked) }] : [];
}

/** The remark of an outcome: the other name under which the object was found, or that its own name is cut by the server. */
export function remarkOn(asked: string, foundAs?: string): { readonly remark?: string } {
  const kept = truncateName(asked);
  if (foundAs !== undefined && foundAs !== kept) return { remark: `there under the name ${foundAs}` };
  return kept === asked ? {} : { remark: `the name is cut to 63 bytes: ${kept}` };
}

/** Can rows be stored in it and columns be added: a table, ordinary or partitioned? */
export function isTable(relation: Relation): boolean {
  return relation.kind === 'r' || relation.kind === 'p';
}

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  i: 'index',
  I: 'partitioned index',
  S: 'sequence',
  t: 'TOAST table',
  c: 'composite type',
};

/** `materialized view`, for messages. */
export function kindOf(relation: Pick<Relation, 'kind'>): string {
  return KINDS[relation.kind] ?? `relation of kind ${relation.kind}`;
}

/** `a materialized view`, `an index`. */
export function aKindOf(relation: Relation): string {
  const kind = kindOf(relation);
  return `${kind.startsWith('i') ? 'an' : 'a'} ${kind}`;
}
