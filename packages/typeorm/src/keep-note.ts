/**
 * keepNote: keeps what TypeORM notes in a table of its own: the expression of a generated column, the query of a view.
 *
 * PostgreSQL prints both differently from how they were written, so TypeORM compares entities with its note. Without one,
 * migration:generate and synchronize take them for changed and drop and make them again, at each run; a view without one is not found.
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

/** What a note is about. Without `column`: all generated columns of the table. */
export type NoteAbout =
  | { readonly table: ObjectName; readonly column?: string; readonly view?: never }
  | { readonly view: ObjectName; readonly materialized?: boolean; readonly table?: never };

interface KeepNoteArguments {
  /** TypeORM's table, which its executor makes when an entity has a view or a generated column. Without it there is nothing to do. */
  readonly notes: ObjectName;
  readonly about: NoteAbout;
  /** Null: there is to be no note. */
  readonly value: string | null;
}

interface KeepNoteFacts extends Facts<{ readonly noted: readonly string[] }> {
  readonly notes: ObjectName | null;
  /** Where the notes stand. */
  readonly here: SqlFragment;
  readonly row: SqlFragment;
}

export function keepNote(
  { metadataTableName, options }: DataSourceLike,
  about: NoteAbout,
  value: string | null,
): Child {
  const { schema = options.schema, name } = splitPath(metadataTableName);
  return child(operation, { about, value, notes: { schema, name } });
}

const operation: Operation<KeepNoteArguments, KeepNoteFacts> = {
  name: 'keepNote',

  async inspect(reader, { notes, about, value }) {
    const owner = about.table ?? about.view;
    const { rows } = await reader.read(sql`
      select current_database() as database, coalesce((${schemaOf(owner)}), ${owner.schema ?? null}, current_schema()) as schema,
        (${schemaOf(notes)}) as notes`);
    const row = rows[0] ?? {};
    const found = row['notes'] === null ? null : { schema: String(row['notes']), name: notes.name };
    const { here, values } = place(about, { database: String(row['database']), schema: String(row['schema']), value });
    const noted =
      found === null ? [] : (await reader.read(sql`select value from ${quoted(found)} where ${here} order by 1`)).rows;
    return {
      target: [tablePath({ schema: String(row['schema']), name: owner.name }), about.table && about.column]
        .filter((part) => part !== undefined)
        .join('.'),
      state: { noted: noted.map((each) => String(each['value'])) },
      begun: noted.length > 0,
      differences: [],
      missing: [],
      ...(found === null ? { remark: `there is no table ${notes.name}` } : {}),
      notes: found,
      here,
      row: values,
    };
  },

  next({ state, notes, here, row }, { value }) {
    const wanted = value === null ? [] : [value];
    if (notes === null || JSON.stringify(state.noted) === JSON.stringify(wanted)) return null;
    const remove = sql`DELETE FROM ${quoted(notes)} WHERE ${here}`;
    return {
      kind: 'sql',
      id: 'note',
      why:
        value === null
          ? 'takes the note away that migration:generate compares with'
          : 'tells migration:generate what was written',
      sql: inlineSql(
        value === null
          ? remove
          : sql`WITH stale AS (${remove}) INSERT INTO ${quoted(notes)} (type, database, schema, "table", name, value) VALUES (${row})`,
      ),
      locks: [{ on: notes, mode: 'RowExclusiveLock', kind: 'table' }],
      work: { kind: 'catalog' },
      commit: 'own',
      after: () => ({ noted: wanted }),
    };
  },
};

/** The condition on TypeORM's rows, and the row itself, as it writes them: those of views have neither database nor table. */
function place(
  about: NoteAbout,
  { database, schema, value }: { readonly database: string; readonly schema: string; readonly value: string | null },
): { readonly here: SqlFragment; readonly values: SqlFragment } {
  if (about.view !== undefined) {
    const { name } = about.view;
    const type = about.materialized === true ? 'MATERIALIZED_VIEW' : 'VIEW';
    const types = value === null ? sql`type in ('VIEW', 'MATERIALIZED_VIEW')` : sql`type = ${type}`;
    return {
      here: sql`${types} and schema = ${schema} and name = ${name}`,
      values: sql`${type}, NULL, ${schema}, NULL, ${name}, ${value}`,
    };
  }
  const { table, column = null } = about;
  const named = column === null ? sql`` : sql` and name = ${column}`;
  return {
    here: sql`type = 'GENERATED_COLUMN' and database = ${database} and schema = ${schema} and "table" = ${table.name}${named}`,
    values: sql`'GENERATED_COLUMN', ${database}, ${schema}, ${table.name}, ${column}, ${value}`,
  };
}

/** The schema of the table or view of that name, as a query; no row without one. */
function schemaOf(owner: ObjectName): SqlFragment {
  const visible =
    owner.schema === undefined ? sql`pg_catalog.pg_table_is_visible(c.oid)` : sql`n.nspname = ${owner.schema}::name`;
  return sql`select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relname = ${owner.name}::name and c.relkind in ('r', 'p', 'v', 'm') and ${visible}`;
}

function quoted(table: ObjectName): SqlFragment {
  return table.schema === undefined ? sql.ident(table.name) : sql.ident(table.schema, table.name);
}
