/**
 * keepExpression: notes the expression of a generated column in TypeORM's own table, as its addColumn does.
 *
 * PostgreSQL prints an expression differently from how it was written, so TypeORM compares entities with its note. Without one,
 * migration:generate and synchronize take the expression for changed and drop and make the column again, at each run.
 */
import {
  type Child,
  child,
  type Facts,
  inlineSql,
  type ObjectName,
  type Operation,
  type SqlFragment,
  sql,
} from '@holdfast/core';
import type { DataSourceLike } from './host.js';
import { splitPath, tablePath } from './names.js';

interface KeepExpressionArguments {
  /** TypeORM's table, which its executor makes when an entity has a generated column. Without it there is nothing to do. */
  readonly notes: ObjectName;
  readonly table: ObjectName;
  readonly column: string;
  readonly expression: string;
}

interface KeepExpressionFacts extends Facts<{ readonly noted: string | null }> {
  readonly notes: ObjectName | null;
  /** Where the notes on this column stand. */
  readonly here: SqlFragment;
  readonly row: SqlFragment;
}

export function keepExpression(
  { metadataTableName, options }: DataSourceLike,
  about: Omit<KeepExpressionArguments, 'notes'>,
): Child {
  const { schema = options.schema, name } = splitPath(metadataTableName);
  return child(operation, { ...about, notes: { schema, name } });
}

const operation: Operation<KeepExpressionArguments, KeepExpressionFacts> = {
  name: 'keepExpression',

  async inspect(reader, { notes, table, column, expression }) {
    const { rows } = await reader.read(sql`
      select current_database() as database, coalesce((${schemaOf(table)}), ${table.schema ?? null}, current_schema()) as schema,
        (${schemaOf(notes)}) as notes`);
    const row = rows[0] ?? {};
    const [database, schema] = [String(row['database']), String(row['schema'])];
    const found = row['notes'] === null ? null : { schema: String(row['notes']), name: notes.name };
    const here = sql`type = 'GENERATED_COLUMN' and database = ${database} and schema = ${schema} and "table" = ${table.name} and name = ${column}`;
    const noted = found === null ? [] : (await reader.read(sql`select value from ${quoted(found)} where ${here}`)).rows;
    const value = noted.length === 1 ? String(noted[0]?.['value']) : null;
    return {
      target: `${tablePath({ schema, name: table.name })}.${column}`,
      state: { noted: value },
      begun: noted.length > 0,
      differences: [],
      missing: [],
      ...(found === null ? { remark: `there is no table ${notes.name}` } : {}),
      notes: found,
      here,
      row: sql`'GENERATED_COLUMN', ${database}, ${schema}, ${table.name}, ${column}, ${expression}`,
    };
  },

  next({ state, notes, here, row }, { expression }) {
    if (notes === null || state.noted === expression) return null;
    return {
      kind: 'sql',
      id: 'note',
      why: 'tells migration:generate what the expression was',
      sql: inlineSql(
        sql`WITH stale AS (DELETE FROM ${quoted(notes)} WHERE ${here}) INSERT INTO ${quoted(notes)} (type, database, schema, "table", name, value) VALUES (${row})`,
      ),
      locks: [{ on: notes, mode: 'RowExclusiveLock', kind: 'table' }],
      work: { kind: 'catalog' },
      commit: 'own',
      after: () => ({ noted: expression }),
    };
  },
};

/** The schema of the table of that name, as a query; no row without such a table. */
function schemaOf(table: ObjectName): SqlFragment {
  const visible =
    table.schema === undefined ? sql`pg_catalog.pg_table_is_visible(c.oid)` : sql`n.nspname = ${table.schema}::name`;
  return sql`select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relname = ${table.name}::name and c.relkind in ('r', 'p') and ${visible}`;
}

function quoted(table: ObjectName): SqlFragment {
  return table.schema === undefined ? sql.ident(table.name) : sql.ident(table.schema, table.name);
}
