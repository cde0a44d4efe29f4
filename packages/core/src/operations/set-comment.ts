/**
 * safeSetComment: sets the comment of a table or column.
 *
 * COMMENT ON waits for its lock even when the comment is the same already; equal comments are left alone here.
 */
import {
  isNamed,
  missingTable,
  readRelation,
  relationColumns,
  remarkOn,
  resolvedName,
  SERVER,
} from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, quoteLiteral, sql } from '../sql.js';

export interface SetCommentArguments {
  readonly table: ObjectName;
  /** Absent: the comment of the table itself. */
  readonly column: string | undefined;
  /** Null removes it. */
  readonly text: string | null;
}

export interface SetCommentFacts extends Facts<{ readonly text: string | null }> {
  readonly table: ObjectName;
}

export const setComment: Operation<SetCommentArguments, SetCommentFacts> = {
  name: 'safeSetComment',

  async inspect(reader, { table, column }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, a.attnum as attnum, pg_catalog.obj_description(c.oid, 'pg_class') as on_table, pg_catalog.col_description(c.oid, a.attnum) as on_column
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p', 'v', 'm', 'f')
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = ${column ?? null}::name and a.attnum > 0 and not a.attisdropped`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const noColumn = column !== undefined && relation !== null && typeof row['attnum'] !== 'number';
    return {
      target: column === undefined ? printName(name) : `${printName(name)}.${column}`,
      state: { text: ((column === undefined ? row['on_table'] : row['on_column']) ?? null) as string | null },
      begun: false,
      differences: [],
      missing: noColumn ? [{ kind: 'column', name: `${printName(name)}.${column}` }] : missingTable(relation, table),
      ...(column === undefined ? {} : remarkOn(column)),
      table: name,
    };
  },

  next(facts, { column, text }) {
    const wanted = text === '' ? null : text;
    if (facts.state.text === wanted) return null;
    const on =
      column === undefined
        ? `TABLE ${quoteName(facts.table)}`
        : `COLUMN ${quoteName(facts.table)}.${quoteIdent(column)}`;
    return {
      kind: 'sql',
      id: 'comment',
      why: 'writes the comment into the catalog',
      sql: `COMMENT ON ${on} IS ${wanted === null ? 'NULL' : quoteLiteral(wanted).trim()}`,
      locks: [{ on: facts.table, mode: 'ShareUpdateExclusiveLock', kind: 'table' }],
      work: CATALOG,
      commit: 'own',
      after: () => ({ text: wanted }),
    };
  },
};
