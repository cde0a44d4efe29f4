/** Rows that an exclusion constraint forbids beside each other. Looked for before anything is changed, and not for long. */
import { CATALOG, type Facts, type ProbeStep } from '../engine/operation.js';
import { sqlState } from '../engine/translate.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdent, quoteLiteral } from '../sql.js';
import { forbidRows } from './violations.js';

export interface Conflicts {
  readonly operation: string;
  readonly target: string;
  readonly table: ObjectName;
  readonly primaryKey: readonly string[];
  readonly ownRowsOnly: boolean;
  readonly keys: readonly ConflictKey[];
  /** Only rows for which it is true can conflict. */
  readonly where: string | undefined;
}

/** What is compared, in SQL: two rows conflict when the operator holds between all of their values. */
export interface ConflictKey {
  readonly name: string;
  readonly value: string;
  readonly operator: string;
}

/**
 * Without an index each row is compared with each other one, unless an element with `=` sorts them into groups: that can take forever.
 * The statement itself builds an index as it goes, and meets every conflict for certain.
 */
const LOOK_MS = 5000;
const CANCELED = '57014';

export function probeConflicts<F extends Facts>(conflicts: Conflicts): ProbeStep<F> {
  const query = conflictingPairs(conflicts);
  return {
    kind: 'probe',
    id: 'conflicts',
    why: `pairs of rows that conflict are looked for before anything is changed, for ${LOOK_MS / 1000} s at most`,
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      within(connection, LOOK_MS, () =>
        forbidRows(connection, query, {
          operation: conflicts.operation,
          target: conflicts.target,
          counted: ['pair of rows', 'pairs of rows'],
          happened: `of ${printName(conflicts.table)} in conflict with each other.`,
          hint: `Look at the pairs:\n  ${query} LIMIT 20;\nThen change or remove one of each, and run again.`,
        }),
      ),
    after: (state) => state,
  };
}

/** Each pair once. A row does not conflict with itself, nor a NULL with anything. */
function conflictingPairs({ table, primaryKey, ownRowsOnly, keys, where }: Conflicts): string {
  const named = new Map([
    ...primaryKey.map((column) => [column, quoteIdent(column)] as const),
    ...keys.map(({ name, value }) => [name, value] as const),
  ]);
  const shown = [...named].map(([name, value]) => `${quoteLiteral(name).trim()}, ${value}`).join(', ');
  const values = keys.map(({ value }, i) => `${value} AS e${i + 1}`).join(', ');
  const condition = where === undefined ? '' : ` WHERE (${embed(where)})`;
  const rows = `SELECT tableoid AS place, ctid AS spot, ${values}, pg_catalog.json_build_object(${shown}) AS shown FROM ${ownRowsOnly ? 'ONLY ' : ''}${quoteName(table)}${condition}`;
  const conflict = keys.map(({ operator }, i) => `a.e${i + 1} ${operator} b.e${i + 1}`);
  return `SELECT a.shown AS row, b.shown AS conflicts_with FROM (${rows}) a JOIN (${rows}) b ON ${conflict.join(' AND ')} AND (a.place, a.spot) < (b.place, b.spot)`;
}

/** Gives up quietly after `ms`; a shorter statement_timeout of the user's own goes before. Called in a transaction that is taken back. */
async function within(connection: Connection, ms: number, look: () => Promise<undefined>): Promise<undefined> {
  const [row] = await connection.query(
    `SELECT pg_catalog.set_config('statement_timeout', least(${ms}, nullif(setting::int, 0))::text, true) AS ms FROM pg_catalog.pg_settings WHERE name = 'statement_timeout'`,
  );
  const started = performance.now();
  try {
    return await look();
  } catch (error) {
    // Whoever cancels it from outside, before its time, wants it to end.
    if (sqlState(error) !== CANCELED || performance.now() - started < Number(row?.['ms'])) throw error;
    return undefined;
  }
}
