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
