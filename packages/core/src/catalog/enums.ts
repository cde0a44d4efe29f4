/** Enum types and their labels. */
import type { ObjectName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Reader } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { isTypeNamed, kindOf, SERVER } from './relation.js';

export interface StoredEnum {
  /** Resolved; for a type that does not exist, where it would be made. */
  readonly name: ObjectName;
  /** `enum`, what else holds the name (`domain`, `table`), or null when there is nothing. */
  readonly kind: string | null;
  /** In sort order. */
  readonly labels: readonly string[];
  /** Oids of the labels: they rise in the order in which labels were made. */
  readonly oids: readonly number[];
  /** The schema to make it in exists. */
  readonly schemaExists: boolean;
}

const KINDS: Readonly<Record<string, string>> = { e: 'enum', d: 'domain', r: 'range type', m: 'range type' };

/** Column of an inspection: typtype, relkind and whether it is an array, of `alias` of pg_type; null without one. For `readTypeKind`. */
export function typeKind(alias: string): SqlFragment {
  const t = sql.raw(alias);
  return sql`(select pg_catalog.json_build_object('type', ${t}.typtype, 'array', ${t}.typcategory = 'A',
    'relation', (select r.relkind from pg_catalog.pg_class r where r.oid = ${t}.typrelid)) where ${t}.oid is not null)`;
}

/** `enum`, `domain`, `table` … A table's name is that of its row type as well. */
export function readTypeKind(found: unknown): string | null {
  const kind = found as { readonly type: string; readonly array: boolean; readonly relation: string | null } | null;
  if (kind === null || kind === undefined) return null;
  if (kind.relation !== null) return kindOf({ kind: kind.relation });
  return kind.array && kind.type === 'b' ? 'array type' : (KINDS[kind.type] ?? 'type');
}

/** The difference of a type that holds the name and is no enum. */
export function notAnEnum({ kind }: Pick<StoredEnum, 'kind'>): readonly Difference[] {
  return kind === null || kind === 'enum' ? [] : [{ path: 'kind', expected: 'enum', found: kind, proved: true }];
}

/** One round trip. Needs no privilege on the type or its schema. */
export async function readEnum(reader: Reader, type: ObjectName): Promise<StoredEnum> {
  const { rows } = await reader.read(sql`
    select ${SERVER}, t.typname as name, ${typeKind('t')} as kind, coalesce(n.nspname, home.nspname) as schema, home.nspname as home,
      (select pg_catalog.json_agg(pg_catalog.json_build_array(e.enumlabel, e.oid::int8) order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
    from (select 1) one
    left join pg_catalog.pg_type t on ${isTypeNamed('t', type)}
    left join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_namespace home on home.nspname = coalesce(${type.schema ?? null}::name, current_schema())`);
  const row = rows[0] ?? {};
  const labels = (row['labels'] ?? []) as readonly (readonly [string, number])[];
  return {
    name: {
      schema: (row['schema'] as string | null) ?? type.schema,
      name: (row['name'] as string | null) ?? type.name,
    },
    kind: readTypeKind(row['kind']),
    labels: labels.map(([label]) => label),
    oids: labels.map(([, oid]) => oid),
    schemaExists: typeof row['home'] === 'string',
  };
}
