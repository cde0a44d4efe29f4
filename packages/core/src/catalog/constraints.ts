/** Constraints as the catalog holds them. */
import type { Parent } from '../engine/operation.js';
import { type ObjectName, printName } from '../names.js';
import type { Reader } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { type Look, lookAtTable, primaryKeyColumns } from './relation.js';
import { descendants } from './tree.js';

const KINDS: Readonly<Record<string, string>> = {
  c: 'check',
  f: 'foreign key',
  n: 'NOT NULL',
  p: 'primary key',
  t: 'constraint trigger',
  u: 'unique',
  x: 'exclusion',
};

/** `foreign key`, for messages; `type` is pg_constraint.contype. */
export function constraintKind(type: string): string {
  return KINDS[type] ?? `of type ${type}`;
}

/** `DEFERRABLE INITIALLY DEFERRED`; empty for what is checked at once. */
export function deferrableClause(deferrable: boolean | 'immediate' | 'deferred' | undefined): string {
  if (deferrable === undefined || deferrable === false) return '';
  return `DEFERRABLE INITIALLY ${deferrable === 'deferred' ? 'DEFERRED' : 'IMMEDIATE'}`;
}

/** A table, and its constraint that others have inherited. */
export interface Inherited extends ObjectName {
  readonly constraint: string;
}

/** One constraint of a table, as `lookAtConstraint` finds it. */
export interface FoundConstraint {
  /** pg_constraint.contype. */
  readonly type: string;
  readonly valid: boolean;
  /** False from PostgreSQL 18 on only. */
  readonly enforced: boolean;
  readonly noInherit: boolean;
  /** The expression of a check. */
  readonly expression: string | null;
  readonly columns: readonly string[];
  readonly refcolumns: readonly string[] | null;
  /** MATCH FULL. */
  readonly full: boolean;
  /** Constraints above this one, which rule it. */
  readonly from: readonly Inherited[];
  /** The table that a foreign key refers to. */
  readonly referenced: ObjectName | null;
  readonly referencedKind: string | null;
  readonly belowReferenced: readonly ObjectName[];
}

export interface ConstraintLook extends Look {
  /** Null: there is none of that name. */
  readonly found: FoundConstraint | null;
  readonly below: readonly ObjectName[];
  readonly primaryKey: readonly string[];
  /** The role may read the table, and the one referred to. */
  readonly readable: boolean;
  /** Row level security hides rows of one of them from the role. */
  readonly hidden: boolean;
}

/** Looks at one constraint of a table in one round trip. Further columns may use `c`, the table, and `k`, the constraint (pg_constraint). */
export async function lookAtConstraint(
  reader: Reader,
  table: ObjectName,
  name: string,
  columns: SqlFragment = sql`null as nothing`,
): Promise<ConstraintLook> {
  const look = await lookAtTable(reader, table, {
    kinds: 'rpf',
    columns: sql`${columns}, ${primaryKeyColumns('c')} as primary_key, ${descendants('c.oid')} as below,
      pg_catalog.has_table_privilege(c.oid, 'SELECT') and coalesce(pg_catalog.has_table_privilege(nullif(k.confrelid, 0), 'SELECT'), true) as readable,
      pg_catalog.row_security_active(c.oid) or coalesce(pg_catalog.row_security_active(nullif(k.confrelid, 0)), false) as hidden,
      case when k.oid is not null then pg_catalog.json_build_object('type', k.contype, 'valid', k.convalidated, 'noInherit', k.connoinherit,
        'enforced', coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true), 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid),
        'columns', ${columnNames('k.conrelid', 'k.conkey')}, 'refcolumns', ${columnNames('k.confrelid', 'k.confkey')}, 'full', k.confmatchtype = 'f',
        'from', (select pg_catalog.json_agg(pg_catalog.json_build_object('schema', un.nspname, 'name', u.relname, 'constraint', up.conname) order by un.nspname, u.relname)
          from pg_catalog.pg_constraint up join pg_catalog.pg_class u on u.oid = up.conrelid join pg_catalog.pg_namespace un on un.oid = u.relnamespace
          where up.oid = k.conparentid or k.coninhcount > 0 and k.conparentid = 0 and up.contype = k.contype and not up.connoinherit
            and case when k.contype = 'n' then ${columnNames('up.conrelid', 'up.conkey')}::text = ${columnNames('k.conrelid', 'k.conkey')}::text else up.conname = k.conname end
            and exists (select from pg_catalog.pg_inherits h where h.inhrelid = c.oid and h.inhparent = up.conrelid)),
        'referenced', case when r.oid is not null then pg_catalog.json_build_object('schema', rn.nspname, 'name', r.relname) end,
        'referencedKind', r.relkind, 'belowReferenced', ${descendants('r.oid')}) end as found`,
    joins: sql`left join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.conname = ${name}::name
      left join pg_catalog.pg_class r on r.oid = k.confrelid and k.confrelid <> 0
      left join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace`,
  });
  const found = (look.row['found'] ?? null) as FoundConstraint | null;
  return {
    ...look,
    found: found === null ? null : { ...found, from: found.from ?? [], belowReferenced: found.belowReferenced ?? [] },
    below: (look.row['below'] ?? []) as readonly ObjectName[],
    primaryKey: (look.row['primary_key'] ?? []) as readonly string[],
    readable: look.row['readable'] === true,
    hidden: look.row['hidden'] === true,
  };
}

/** The table, or the constraint of an existing table, as what is missing. */
export function missingConstraint({ relation, name, missing }: Look, constraint: string): readonly Parent[] {
  return relation === null ? missing : [{ kind: 'constraint', name: `${printName(name)}.${constraint}` }];
}

/** Do its statements on a table reach the tables below it? Those of a foreign key only where the table is partitioned. */
export function reachesBelow({ type, noInherit }: Pick<FoundConstraint, 'type' | 'noInherit'>, kind: string): boolean {
  return kind === 'p' || ((type === 'c' || type === 'n') && !noInherit);
}

/** JSON list of the names of columns by their numbers, in that order. */
export function columnNames(relation: string, attnums: string): SqlFragment {
  return sql`(select pg_catalog.json_agg(na.attname order by u.n) from pg_catalog.unnest(${sql.raw(attnums)}) with ordinality u (attnum, n)
    join pg_catalog.pg_attribute na on na.attrelid = ${sql.raw(relation)} and na.attnum = u.attnum)`;
}
