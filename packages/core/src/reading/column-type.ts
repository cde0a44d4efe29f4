/** ALTER COLUMN … TYPE: has the column the type already? */
import type { ColumnDef } from 'libpg-query';
import { isNamed, SERVER } from '../catalog/relation.js';
import { rewritesRows } from '../catalog/type-change.js';
import { readTypeChange, readWantedType, typeChangeColumns } from '../catalog/wanted-type.js';
import { parseColumnDefinition } from '../column-definition.js';
import type { ColumnType } from '../column-type.js';
import { CATALOG, type Child, child, type Facts, type Operation } from '../engine/operation.js';
import { isHoldfastError } from '../errors.js';
import { tokenize } from '../lexer.js';
import { type ObjectName, printName } from '../names.js';
import { sql } from '../sql.js';
import { skipWords, textFrom } from './clauses.js';
import type { Judging } from './reading.js';

interface ColumnTypeArguments {
  readonly table: ObjectName;
  readonly column: string;
  readonly type: ColumnType;
  readonly collated: boolean;
  /** USING makes other values of those that are there: the type alone does not tell that it was done. */
  readonly changesValues: boolean;
  readonly text: string;
}

interface ColumnTypeFacts extends Facts<{ readonly done: boolean }> {
  /** The server writes every row anew. */
  readonly rewrites: boolean;
}

const alterColumnType: Operation<ColumnTypeArguments, ColumnTypeFacts> = {
  name: 'type',

  async inspect(reader, { table, column, type, collated, changesValues }) {
    const answer =
      await reader.read(sql`select ${SERVER}, a.atttypid as typid, a.atttypmod as typmod, ${typeChangeColumns(type)}
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)}
      left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = ${column}::name and a.attnum > 0 and not a.attisdropped`);
    const row = answer.rows[0] ?? {};
    const wanted = readWantedType(type, answer);
    const done = wanted !== null && wanted.oid === row['typid'] && wanted.modifier === row['typmod'];
    return {
      target: `${printName(table)}.${column}`,
      state: { done },
      rewrites: row['typid'] !== null && (changesValues || rewritesRows(readTypeChange(type, answer))),
      begun: false,
      differences:
        done && (changesValues || collated)
          ? [
              {
                path: 'values',
                expected: 'as USING makes them',
                found: `a column that has the type ${type.text} already`,
                proved: false,
              },
            ]
          : [],
      missing: [],
    };
  },

  next({ state, rewrites }, { table, text }) {
    if (state.done) return null;
    return {
      kind: 'sql',
      id: 'statement',
      why: text,
      sql: text,
      locks: [],
      work: rewrites ? { kind: 'rewrite', of: table } : CATALOG,
      commit: 'own',
      after: () => ({ done: true }),
    };
  },
};

/** `ALTER COLUMN c SET DATA TYPE type COLLATE x USING expression` */
export function columnHasType(
  table: ObjectName,
  column: string,
  text: string,
  def: { readonly ColumnDef: ColumnDef } | undefined,
): Child | Extract<Judging['judge'], { readonly why: string }> {
  const at = skipWords(text, 'alter', 'column') + 1;
  const words = textFrom(text, at);
  const definition = textFrom(words, skipWords(words, ['set', 'data'], 'type'));
  const using = (tokenize(definition) ?? []).find((t) => t.kind === 'word' && t.value === 'using' && t.depth === 0);
  const collate = (tokenize(definition) ?? []).find((t) => t.kind === 'word' && t.value === 'collate' && t.depth === 0);
  const type = definition.slice(0, collate?.start ?? using?.start).trim();
  try {
    const parsed = parseColumnDefinition('ALTER TABLE', column, type);
    return child(alterColumnType, {
      table,
      column,
      type: parsed.column.type,
      collated: collate !== undefined,
      changesValues: using !== undefined && !isCastOf(column, def?.ColumnDef),
      text,
    });
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    return { why: error.happened };
  }
}

/** `USING c::int`: once more it changes nothing. */
function isCastOf(column: string, def: ColumnDef | undefined): boolean {
  let node = def?.raw_default;
  while (node !== undefined && 'TypeCast' in node) node = node.TypeCast.arg;
  if (node === undefined || !('ColumnRef' in node)) return false;
  const last = node.ColumnRef.fields?.at(-1);
  return last !== undefined && 'String' in last && last.String.sval === column;
}
