/** Enum types and their labels. */
import type { ObjectName } from '../names.js';
import type { Reader } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { isTypeNamed, SERVER } from './relation.js';

export interface StoredEnum {
  /** Resolved; for a type that does not exist, where it would be made. */
  readonly name: ObjectName;
  /** `enum`, another kind of type that holds the name, or null when there is none. */
  readonly kind: 'enum' | 'domain' | 'composite type' | 'type' | null;
  /** In sort order. */
  readonly labels: readonly string[];
  /** Oids of the labels: they rise in the order in which labels were made. */
  readonly oids: readonly number[];
  /** The schema to make it in exists. */
  readonly schemaExists: boolean;
}

const KINDS = { e: 'enum', d: 'domain', c: 'composite type' } as const;

/** One round trip. Needs no privilege on the type or its schema. */
export async function readEnum(reader: Reader, type: ObjectName): Promise<StoredEnum> {
  const { rows } = await reader.read(sql`
    select ${SERVER}, t.typname as name, t.typtype as kind, coalesce(n.nspname, home.nspname) as schema, home.nspname as home,
      (select pg_catalog.json_agg(pg_catalog.json_build_array(e.enumlabel, e.oid::int8) order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels
    from (select 1) one
    left join pg_catalog.pg_type t on ${isTypeNamed('t', type)}
    left join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    left join pg_catalog.pg_namespace home on home.nspname = coalesce(${type.schema ?? null}::name, current_schema())`);
  const row = rows[0] ?? {};
  const labels = (row['labels'] ?? []) as readonly (readonly [string, number])[];
  const kind = typeof row['kind'] === 'string' ? (KINDS[row['kind'] as keyof typeof KINDS] ?? 'type') : null;
  return {
    name: {
      schema: (row['schema'] as string | null) ?? type.schema,
      name: (row['name'] as string | null) ?? type.name,
    },
    kind,
    labels: labels.map(([label]) => label),
    oids: labels.map(([, oid]) => oid),
    schemaExists: typeof row['home'] === 'string',
  };
}
