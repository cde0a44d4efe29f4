/** What gives a column its value where an INSERT names none: a default, an identity, an expression that it is generated from. */
import type { Refusal } from '../engine/operation.js';
import { type ObjectName, quoteName } from '../names.js';
import { type Row, textOrNull } from '../postgres/connection.js';
import { quoteIdent, sql } from '../sql.js';

export type ColumnValue =
  | { readonly kind: 'none' | 'identity' }
  | { readonly kind: 'default' | 'generated'; readonly expression: string };

/** Columns of an inspection that joins `a` of pg_attribute and `d` of pg_attrdef. A default names no column, so it prints without the table. */
export const VALUE_COLUMNS = sql`a.attidentity as identity, a.attgenerated as generated,
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, 0) else pg_catalog.pg_get_expr(d.adbin, d.adrelid) end as expression`;

/** JSON list of the tables below `c` whose column `a` has another default than its own, in words: ALTER TABLE writes over them. Null without any. */
export const OWN_DEFAULTS = sql`(with recursive tree (relid) as (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = c.oid
      union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.relid)
    select pg_catalog.json_agg(t.relid::regclass::text || ': ' || coalesce(pg_catalog.pg_get_expr(e.adbin, 0), 'none') order by 1) from tree t
    join pg_catalog.pg_attribute o on o.attrelid = t.relid and o.attname = a.attname and not o.attisdropped and o.attgenerated = ''
    left join pg_catalog.pg_attrdef e on e.adrelid = o.attrelid and e.adnum = o.attnum
    where pg_catalog.pg_get_expr(e.adbin, 0) is distinct from
      (select pg_catalog.pg_get_expr(p.adbin, 0) from pg_catalog.pg_attrdef p where p.adrelid = c.oid and p.adnum = a.attnum)) as own_defaults`;

/** The risk of a step that sets or drops a default, as a part of the step. */
export function overwrites(ownDefaults: readonly string[]): { readonly risk?: Refusal } {
  if (ownDefaults.length === 0) return {};
  return {
    risk: {
      refuse: `these inherit the column, and have another default for it, which would be written over:\n${ownDefaults.map((each) => `  ${each}`).join('\n')}`,
      hint: 'Change it in a statement of your own: ALTER TABLE ONLY … ALTER COLUMN …, for each table.',
    },
  };
}

export function readColumnValue(row: Row): ColumnValue {
  const expression = textOrNull(row['expression']);
  if (textOrNull(row['identity']) !== null) return { kind: 'identity' };
  if (expression === null) return { kind: 'none' };
  return { kind: textOrNull(row['generated']) === null ? 'default' : 'generated', expression };
}

/** The refusal of a column that can have no default of its own; null for the others. */
export function refuseComputed(value: ColumnValue, table: ObjectName, column: string): Refusal | null {
  const alter = `ALTER TABLE ${quoteName(table)} ALTER COLUMN ${quoteIdent(column)}`;
  if (value.kind === 'identity')
    return {
      refuse: 'it is an identity column: its values come from its own sequence, and it has no default.',
      hint: `If they are to come from elsewhere, take the identity away first:\n  ${alter} DROP IDENTITY;`,
    };
  if (value.kind === 'generated')
    return {
      refuse: `it is generated from an expression, and has no default: ${value.expression}`,
      hint: `If it is to hold values of its own, take the expression away first (a column that is STORED keeps its values):\n  ${alter} DROP EXPRESSION;`,
    };
  return null;
}
