/** Rows that no key can have: NULLs in its columns, and keys that come more than once. Looked for before anything is changed. */
import { CATALOG, type Facts, type Operation, type ProbeStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent } from '../sql.js';
import { forbidRows, showRows } from './violations.js';

export interface KeyRows {
  /** In whose name errors speak. */
  readonly operation: string;
  readonly target: string;
  readonly table: ObjectName;
  readonly columns: readonly string[];
  /** `forbidden`: no row may hold one. Else whether NULLs differ from each other, or count as equal. */
  readonly nulls: 'forbidden' | 'distinct' | 'not distinct';
  /** The table has children by inheritance, whose rows have keys of their own. */
  readonly ownRowsOnly: boolean;
}

/** Looks at the rows, and has nothing to do afterwards: the child of an operation whose other children already change something. */
export const keyRows: Operation<KeyRows, Facts<null>> = {
  name: 'keyRows',

  inspect: (_reader, { target }) =>
    Promise.resolve({ target, state: null, begun: false, differences: [], missing: [] }),

  next(facts, rows) {
    const done = facts.probed ?? [];
    if (rows.nulls === 'forbidden' && !done.includes('nulls')) return probeNulls(rows);
    return done.includes('duplicates') ? null : probeDuplicates(rows);
  },
};

export function probeNulls<F extends Facts>({ operation, target, table, columns }: KeyRows): ProbeStep<F> {
  const condition = columns.map((column) => `${quoteIdent(column)} IS NULL`).join(' OR ');
  // Without a key, only its place tells one row from another.
  const query = `SELECT ctid::text AS ctid, ${columns.map(quoteIdent).join(', ')} FROM ${quoteName(table)} WHERE ${condition}`;
  return {
    kind: 'probe',
    id: 'nulls',
    why: 'rows that hold NULL are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation,
        target,
        happened: `with NULL in ${columns.join(' or ')}.`,
        hint: `Fill them first. ${showRows(table, condition)}`,
      }),
    after: (state) => state,
  };
}

export function probeDuplicates<F extends Facts>(rows: KeyRows): ProbeStep<F> {
  const { operation, target, table, nulls } = rows;
  const columns = rows.columns.map(quoteIdent);
  const filled = nulls === 'distinct' ? ` WHERE ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}` : '';
  const query = `SELECT ${columns.join(', ')}, count(*) AS rows FROM ${rows.ownRowsOnly ? 'ONLY ' : ''}${quoteName(table)}${filled} GROUP BY ${columns.map((_, i) => i + 1).join(', ')} HAVING count(*) > 1`;
  return {
    kind: 'probe',
    id: 'duplicates',
    why: 'duplicates are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation,
        target,
        counted: ['key', 'keys'],
        happened: `held by more than one row of ${printName(table)}.`,
        hint: `Look at them:\n  ${query} LIMIT 20;\nThen correct the rows that share a key, and run again.`,
      }),
    after: (state) => state,
  };
}
