/** Reads everything that a list of prerequisites asks for, in one round trip however long the list is. */
import { SERVER } from '../catalog/relation.js';
import type { WantedType } from '../catalog/wanted-type.js';
import { parseColumnType } from '../column-type.js';
import { type ObjectName, parseName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { type ColumnList, columnNames, columnTypeOf, type PrerequisiteRequest } from './request.js';

/** The catalog's answers, by the names as asked for. */
export interface PrerequisiteFacts {
  readonly version: number;
  readonly versionText: string;
  readonly searchPath: string;
  readonly role: string;
  readonly schemas: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  readonly tables: ReadonlyMap<string, TableAnswer>;
  readonly indexes: ReadonlyMap<string, 'valid' | 'invalid'>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
  /** Type text → the type it means; absent when it is no known type. */
  readonly types: ReadonlyMap<string, WantedType>;
  readonly hasLedger: boolean;
}

export interface TableAnswer {
  readonly oid: number;
  readonly schema: string;
  readonly kind: string;
  /** Column name → printed type, its oid and modifier. */
  readonly columns: Readonly<Record<string, readonly [printed: string, oid: number, modifier: number]>>;
  readonly constraints: readonly string[];
  /** Null: none. */
  readonly privileges: readonly string[] | null;
  /** Row level security is active for the role. */
  readonly hidden: boolean;
}

export async function readPrerequisites(
  connection: Connection,
  request: PrerequisiteRequest,
  names: { readonly schema: string | undefined; readonly ledger: ObjectName | undefined },
): Promise<PrerequisiteFacts> {
  const named = (list: readonly string[]): string =>
    JSON.stringify(list.map((asked) => ({ asked, ...parseName('validatePrerequisites', asked, names.schema) })));
  const types = typesAsked(request);
  const found = await connection.read(sql`
    select ${SERVER}, pg_catalog.current_setting('server_version') as version_text, pg_catalog.current_setting('search_path') as search_path, current_user as role,
      (select pg_catalog.json_agg(n.nspname) from pg_catalog.pg_namespace n where n.nspname = any(${request.schemas ?? []}::name[])) as schemas,
      (select pg_catalog.json_agg(e.extname) from pg_catalog.pg_extension e where e.extname = any(${request.extensions ?? []}::name[])) as extensions,
      (select pg_catalog.json_object_agg(w.asked, pg_catalog.json_build_object('oid', c.oid::int8, 'schema', n.nspname, 'kind', c.relkind, 'hidden', pg_catalog.row_security_active(c.oid),
          'columns', (select pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_array(pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid::int8, a.atttypmod)) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
          'constraints', (select pg_catalog.json_agg(k.conname) from pg_catalog.pg_constraint k where k.conrelid = c.oid),
          'privileges', (select pg_catalog.json_agg(p) from (select 'owner' as p where pg_catalog.pg_has_role(c.relowner, 'USAGE') union all
            select lower(x) from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) x where pg_catalog.has_table_privilege(c.oid, x)) q)))
        from pg_catalog.json_to_recordset(${named(tablesAsked(request))}::json) w (asked text, schema text, name text)
        join pg_catalog.pg_class c on c.relname = w.name::name and c.relkind in ('r', 'p', 'v', 'm', 'f')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_table_is_visible(c.oid))) as tables,
      (select pg_catalog.json_object_agg(w.asked, case when i.indisvalid and i.indisready then 'valid' else 'invalid' end)
        from pg_catalog.json_to_recordset(${named(request.indexes ?? [])}::json) w (asked text, schema text, name text)
        join pg_catalog.pg_class c on c.relname = w.name::name join pg_catalog.pg_index i on i.indexrelid = c.oid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_table_is_visible(c.oid))) as indexes,
      (select pg_catalog.json_object_agg(w.asked, (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid))
        from pg_catalog.json_to_recordset(${named(Object.keys(request.enums ?? {}))}::json) w (asked text, schema text, name text)
        join pg_catalog.pg_type t on t.typname = w.name::name and t.typtype = 'e'
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_type_is_visible(t.oid))) as enums,
      (select pg_catalog.json_object_agg(w.asked, (case when w.is_array then t.typarray else t.oid end)::int8)
        from pg_catalog.json_to_recordset(${JSON.stringify(types.named)}::json) w (asked text, schema text, name text, is_array boolean)
        join pg_catalog.pg_type t on t.typname = w.name::name
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace and (n.nspname = w.schema::name or w.schema is null and pg_catalog.pg_type_is_visible(t.oid))) as named_types,
      ${sql.join([sql`null as nothing`, ...types.builtin.map(({ text }, i) => sql`null::${sql.raw(text)} as ${sql.raw(`type_${i}`)}`)])},
      exists (select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relname = ${names.ledger?.name ?? ''}::name
        and (n.nspname = ${names.ledger?.schema ?? null}::name or ${names.ledger?.schema ?? null}::text is null and pg_catalog.pg_table_is_visible(c.oid))) as has_ledger`);
  const row = found.rows[0] ?? {};
  const builtin = types.builtin.map(({ asked }, i): readonly [string, WantedType] => [
    asked,
    found.typeOf(`type_${i}`),
  ]);
  const own = [...mapOf<number>(row['named_types'])].map(([asked, oid]): readonly [string, WantedType] => [
    asked,
    { oid, modifier: -1 },
  ]);
  return {
    version: Number(row['version']),
    versionText: String(row['version_text']),
    searchPath: String(row['search_path']),
    role: String(row['role']),
    schemas: new Set((row['schemas'] ?? []) as readonly string[]),
    extensions: new Set((row['extensions'] ?? []) as readonly string[]),
    tables: mapOf<TableAnswer>(row['tables']),
    indexes: mapOf<'valid' | 'invalid'>(row['indexes']),
    enums: mapOf<readonly string[]>(row['enums']),
    types: new Map([...builtin, ...own]),
    hasLedger: row['has_ledger'] === true,
  };
}

/** Tables that any part of the request speaks of. */
export function tablesAsked(request: PrerequisiteRequest): readonly string[] {
  const maps = [request.columns, request.optionalColumns, request.constraints, request.privileges, request.noRowsWhere];
  return [...new Set([...(request.tables ?? []), ...maps.flatMap((map) => Object.keys(map ?? {}))])];
}

interface TypesAsked {
  /** Built-in types, which can be cast to without risk. */
  readonly builtin: readonly { readonly asked: string; readonly text: string }[];
  readonly named: readonly {
    readonly asked: string;
    readonly schema: string | undefined;
    readonly name: string;
    readonly is_array: boolean;
  }[];
}

function typesAsked(request: PrerequisiteRequest): TypesAsked {
  const lists = [
    ...Object.values(request.columns ?? {}),
    ...Object.values(request.optionalColumns ?? {}),
  ] as readonly ColumnList[];
  const texts = new Set(lists.flatMap((list) => columnNames(list).map((column) => columnTypeOf(list, column))));
  const builtin: { asked: string; text: string }[] = [];
  const named: { asked: string; schema: string | undefined; name: string; is_array: boolean }[] = [];
  for (const asked of texts) {
    const type = asked === undefined ? null : parseColumnType(asked);
    if (asked === undefined || type === null) continue;
    if (type.builtin) builtin.push({ asked, text: type.text });
    else named.push({ asked, schema: type.schema, name: type.name, is_array: type.array });
  }
  return { builtin, named };
}

function mapOf<T>(value: unknown): ReadonlyMap<string, T> {
  return new Map(Object.entries((value ?? {}) as Record<string, T>));
}
