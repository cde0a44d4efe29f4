/** Rows of a foreign key that lead nowhere, as SQL. */
import { type ObjectName, printName } from '../names.js';
import { quoteIdent } from '../sql.js';
import { type Offence, rowsOf } from './violations.js';

/** A foreign key, as far as it decides which rows are orphans. */
export interface Reference {
  readonly table: ObjectName;
  readonly columns: readonly string[];
  readonly referenced: ObjectName;
  readonly refcolumns: readonly string[];
  readonly full: boolean;
  readonly primaryKey: readonly string[];
  /** Tables that inherit are there below it: a foreign key concerns the rows of the table alone. */
  readonly only: { readonly table: boolean; readonly referenced: boolean };
}

/** Its orphans, shown by primary key and key, and what to say of them. */
export function orphansOf(key: Reference): Pick<Offence, 'query' | 'one' | 'many' | 'hint'> {
  const shown = [...new Set([...key.primaryKey, ...key.columns])].map((c) => `child.${quoteIdent(c)}`);
  const query = `SELECT ${shown.join(', ')} FROM ${rowsOf(key.table, key.only.table)} child WHERE ${orphanCondition(key)}`;
  const parent = printName(key.referenced);
  return {
    query,
    one: `has no parent in ${parent}`,
    many: `have no parent in ${parent}`,
    hint: `Look at them:\n  ${query} LIMIT 20;\nCreate the parents, or remove or re-point these rows, then run again.`,
  };
}

/** Condition on `child`: its key is complete and no parent has it. MATCH FULL also forbids a key that is partly NULL. */
function orphanCondition({ columns, refcolumns, referenced, full, only }: Reference): string {
  const filled = columns.map((c) => `child.${quoteIdent(c)} IS NOT NULL`);
  const same = columns.map((c, i) => `parent.${quoteIdent(refcolumns[i] as string)} = child.${quoteIdent(c)}`);
  const lone = `${filled.join(' AND ')} AND NOT EXISTS (SELECT FROM ${rowsOf(referenced, only.referenced)} parent WHERE ${same.join(' AND ')})`;
  if (!full || columns.length === 1) return lone;
  const key = columns.map((c) => `child.${quoteIdent(c)}`).join(', ');
  return `((${lone}) OR num_nulls(${key}) BETWEEN 1 AND ${columns.length - 1})`;
}
