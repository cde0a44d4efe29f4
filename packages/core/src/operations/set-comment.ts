/**
 * safeSetComment: sets the comment of a table or column.
 *
 * COMMENT ON waits for its lock even when the comment is the same already; equal comments are left alone here.
 */
import { lookAtColumn, lookAtTable, remarkOn } from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { textOrNull } from '../postgres/connection.js';
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

/** Whatever has columns and takes COMMENT ON COLUMN: also views and foreign tables. */
const KINDS = 'rpvmf';

export const setComment: Operation<SetCommentArguments, SetCommentFacts> = {
  name: 'safeSetComment',

  async inspect(reader, { table, column }) {
    const { row, name, missing } =
      column === undefined
        ? await lookAtTable(reader, table, {
            kinds: KINDS,
            columns: sql`pg_catalog.obj_description(c.oid, 'pg_class') as text`,
          })
        : await lookAtColumn(reader, table, column, {
            kinds: KINDS,
            columns: sql`pg_catalog.col_description(c.oid, a.attnum) as text`,
          });
    return {
      target: column === undefined ? printName(name) : `${printName(name)}.${column}`,
      state: { text: textOrNull(row['text']) },
      begun: false,
      differences: [],
      missing,
      ...(column === undefined ? {} : remarkOn(column)),
      table: name,
    };
  },

  next(facts, { column, text }) {
    const wanted = text === '' ? null : text;
    if (facts.state.text === wanted) return null;
    return {
      kind: 'sql',
      id: 'comment',
      why: 'writes the comment into the catalog',
      sql: printComment(facts.table, column, wanted),
      locks: [{ on: facts.table, mode: 'ShareUpdateExclusiveLock', kind: 'table' }],
      work: CATALOG,
      commit: 'own',
      after: () => ({ text: wanted }),
    };
  },
};

export function printComment(table: ObjectName, column: string | undefined, text: string | null): string {
  const on = column === undefined ? `TABLE ${quoteName(table)}` : `COLUMN ${quoteName(table)}.${quoteIdent(column)}`;
  return `COMMENT ON ${on} IS ${text === null ? 'NULL' : quoteLiteral(text).trim()}`;
}
