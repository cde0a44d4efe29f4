/** Questions about the database. They read pg_catalog, so they are right for a role without privileges, and never throw on a missing parent. */

import { wrong } from './arguments.js';
import { readEnum } from './catalog/enums.js';
import { MADE_TRIGGER } from './catalog/objects.js';
import { isNamed, isTypeNamed, SERVER } from './catalog/relation.js';
import { type ObjectName, requireName } from './names.js';
import type { Connection } from './postgres/connection.js';
import { type SqlFragment, sql, truncateName } from './sql.js';

/** A check: a boolean expression over the catalog. */
async function holds(connection: Connection, condition: SqlFragment): Promise<boolean> {
  const { rows } = await connection.read(sql`select ${SERVER}, ${condition} as holds`);
  return rows[0]?.['holds'] === true;
}

const TABLES = sql.raw(`('r', 'p', 'f')`);

/** Ordinary, partitioned and foreign tables; not views. */
export function tableExists(connection: Connection, table: ObjectName): Promise<boolean> {
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_class c where ${isNamed('c', table)} and c.relkind in ${TABLES})`,
  );
}

export function viewExists(connection: Connection, view: ObjectName): Promise<boolean> {
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_class c where ${isNamed('c', view)} and c.relkind in ('v', 'm'))`,
  );
}

export function schemaExists(connection: Connection, name: string): Promise<boolean> {
  requireName('schemaExists', 'schema', name);
  return holds(connection, sql`exists (select 1 from pg_catalog.pg_namespace n where n.nspname = ${name}::name)`);
}

export function extensionExists(connection: Connection, name: string): Promise<boolean> {
  requireName('extensionExists', 'extension', name);
  return holds(connection, sql`exists (select 1 from pg_catalog.pg_extension e where e.extname = ${name}::name)`);
}

/** Of the columns, those that do not exist; all of them when the table does not exist. */
export async function missingColumns(
  connection: Connection,
  table: ObjectName,
  columns: readonly string[],
): Promise<readonly string[]> {
  if (!Array.isArray(columns)) throw wrong('missingColumns', 'columns', "must be a list of names, ['email']");
  for (const column of columns as readonly unknown[]) requireName('missingColumns', 'column', column);
  const { rows } =
    await connection.read(sql`select ${SERVER}, (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and ${isNamed('c', table)}
    where a.attname = any(${columns}::name[]) and a.attnum > 0 and not a.attisdropped) as found`);
  const found = (rows[0]?.['found'] ?? []) as readonly string[];
  return columns.filter((column) => !found.includes(truncateName(column)));
}

/** An index of that name; of that table, when one is named. `name` may carry a schema. */
export function indexExists(connection: Connection, index: ObjectName, table?: ObjectName): Promise<boolean> {
  const ofTable =
    table === undefined
      ? sql`true`
      : sql`exists (select 1 from pg_catalog.pg_class c where c.oid = i.indrelid and ${isNamed('c', table)})`;
  const named =
    table === undefined || index.schema !== undefined ? isNamed('x', index) : sql`x.relname = ${index.name}::name`;
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid where ${named} and ${ofTable})`,
  );
}

export function constraintExists(connection: Connection, name: string, table: ObjectName): Promise<boolean> {
  requireName('constraintExists', 'constraint', name);
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid where ${isNamed('c', table)} and k.conname = ${name}::name)`,
  );
}

/** A foreign key on exactly these columns, in any order; to `references`, when given, each column to the one in its place. */
export function foreignKeyExists(
  connection: Connection,
  table: ObjectName,
  columns: readonly string[],
  references?: { readonly table: ObjectName; readonly columns?: readonly string[] },
): Promise<boolean> {
  const columnsOf = sql`(select pg_catalog.array_agg(a.attname order by a.attname) from pg_catalog.pg_attribute a where a.attrelid = k.conrelid and a.attnum = any(k.conkey))`;
  const pairsOf = sql`(select pg_catalog.array_agg(array[a.attname, f.attname] order by a.attname) from unnest(k.conkey, k.confkey) u (column_, referenced)
    join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.column_ join pg_catalog.pg_attribute f on f.attrelid = k.confrelid and f.attnum = u.referenced)`;
  const pairs = (referenced: readonly string[]): SqlFragment =>
    sql`(select pg_catalog.array_agg(array[w.a, w.f] order by w.a) from unnest(${columns}::name[], ${referenced}::name[]) w (a, f))`;
  const target =
    references === undefined
      ? sql`true`
      : sql`exists (select 1 from pg_catalog.pg_class r where r.oid = k.confrelid and ${isNamed('r', references.table)})
          and ${references.columns === undefined ? sql`true` : sql`${pairsOf} = ${pairs(references.columns)}`}`;
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_constraint k join pg_catalog.pg_class c on c.oid = k.conrelid
      where k.contype = 'f' and ${isNamed('c', table)} and ${columnsOf} = (select pg_catalog.array_agg(w order by w) from unnest(${columns}::name[]) w) and ${target})`,
  );
}

export function enumExists(connection: Connection, type: ObjectName): Promise<boolean> {
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_type t where ${isTypeNamed('t', type)} and t.typtype = 'e')`,
  );
}

/** Labels in sort order; null when there is no enum type of that name. */
export async function enumValues(connection: Connection, type: ObjectName): Promise<readonly string[] | null> {
  const found = await readEnum(connection, type);
  return found.kind === 'enum' ? found.labels : null;
}

export function triggerExists(connection: Connection, name: string, table: ObjectName): Promise<boolean> {
  requireName('triggerExists', 'trigger', name);
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_trigger g join pg_catalog.pg_class c on c.oid = g.tgrelid
      where ${MADE_TRIGGER} and ${isNamed('c', table)} and g.tgname = ${name}::name)`,
  );
}

export function policyExists(connection: Connection, name: string, table: ObjectName): Promise<boolean> {
  requireName('policyExists', 'policy', name);
  return holds(
    connection,
    sql`exists (select 1 from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid where ${isNamed('c', table)} and p.polname = ${name}::name)`,
  );
}

/** The type as PostgreSQL prints it (`character varying(100)`); null when there is no such column. */
export async function columnType(connection: Connection, table: ObjectName, column: string): Promise<string | null> {
  requireName('columnType', 'column', column);
  const { rows } =
    await connection.read(sql`select ${SERVER}, (select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and ${isNamed('c', table)}
    where a.attname = ${column}::name and a.attnum > 0 and not a.attisdropped) as type`);
  return (rows[0]?.['type'] ?? null) as string | null;
}

/** The planner's estimate, partitions included; null when the table does not exist or was never analysed. */
export async function estimateRows(connection: Connection, table: ObjectName): Promise<number | null> {
  const { rows } = await connection.read(sql`select ${SERVER}, (select case c.relkind
      when 'p' then (select case when bool_and(l.reltuples >= 0) then sum(l.reltuples) end from pg_catalog.pg_partition_tree(c.oid) t join pg_catalog.pg_class l on l.oid = t.relid where t.isleaf)
      else nullif(greatest(c.reltuples, -1), -1) end::bigint
    from pg_catalog.pg_class c where ${isNamed('c', table)} and c.relkind in ('r', 'p', 'm', 'f')) as rows`);
  return (rows[0]?.['rows'] ?? null) as number | null;
}
