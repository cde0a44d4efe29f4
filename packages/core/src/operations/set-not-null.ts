/**
 * safeSetNotNull: makes a column NOT NULL while readers and writers go on.
 *
 * Plain SET NOT NULL reads the whole table under ACCESS EXCLUSIVE. A CHECK that is added NOT VALID and validated afterwards proves the
 * same under a weak lock, and SET NOT NULL then skips its scan (since PostgreSQL 12: ALTER TABLE, SET NOT NULL). From 18 on the NOT NULL
 * constraint itself can be added NOT VALID.
 */

import { shortName } from '../catalog/generated-names.js';
import { lookAtColumn, remarkOn, rowKeyColumns } from '../catalog/relation.js';
import { updateStatement, walk } from '../data/backfill.js';
import { forbidRows, rowsWhere, showRows } from '../data/violations.js';
import {
  CATALOG,
  type Facts,
  type Form,
  type LoopStep,
  type Operation,
  type ProbeStep,
  type Refusal,
  type SqlStep,
  type Step,
} from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface SetNotNullArguments {
  readonly table: ObjectName;
  readonly column: string;
  /** Value, or expression, for the rows that hold NULL. */
  readonly backfill?: { readonly value: unknown } | undefined;
  /** The caller has counted the rows that hold NULL already. */
  readonly noNulls?: true;
}

type Proof = 'none' | 'unvalidated' | 'validated';

export interface SetNotNullState {
  readonly notNull: 'no' | 'unvalidated' | 'yes';
  /** The helper CHECK of this operation. */
  readonly helper: Proof;
}

export interface SetNotNullFacts extends Facts<SetNotNullState> {
  readonly table: ObjectName;
  readonly key: readonly string[];
  readonly helperName: string;
  /** Another validated CHECK proves it already. */
  readonly provedByOther: boolean;
  /** The server takes NOT NULL … NOT VALID. */
  readonly native: boolean;
  /** Names of the table's constraints: that which the server would give may be taken. */
  readonly taken: readonly string[];
  /** Name of the NOT NULL constraint, 18 and later. */
  readonly constraint: string | null;
  /** That constraint is NO INHERIT, and the table has children, whose rows it does not bind. */
  readonly ownRowsOnly: boolean;
}

type Move = Pick<SqlStep<SetNotNullFacts>, 'id' | 'why' | 'sql' | 'after'> & {
  readonly scans: boolean;
  readonly strong: boolean;
};

export const setNotNull: Operation<SetNotNullArguments, SetNotNullFacts> = {
  name: 'safeSetNotNull',

  async inspect(reader, { table, column }) {
    const helperName = nameOfHelper(table.name, column);
    const { row, name, missing } = await lookAtColumn(reader, table, column, {
      columns: sql`(select pg_catalog.json_agg(n.conname) from pg_catalog.pg_constraint n where n.conrelid = c.oid) as taken, a.attnotnull as notnull, k.checks, k.constraint, k.unvalidated, ${rowKeyColumns('c')} as key,
        k.no_inherit, k.no_inherit and exists (select 1 from pg_catalog.pg_inherits h where h.inhparent = c.oid) as own_rows_only`,
      joins: sql`
      left join lateral (
        select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'valid', k.convalidated, 'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid)))
            filter (where k.contype = 'c') as checks,
          pg_catalog.max(k.conname::text) filter (where k.contype = 'n') as constraint,
          pg_catalog.bool_or(not k.convalidated) filter (where k.contype = 'n') as unvalidated,
          pg_catalog.bool_or(k.connoinherit) filter (where k.contype = 'n') as no_inherit
        from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'n') and k.conkey = array[a.attnum]) k on true`,
    });
    const checks = readChecks(row, column);
    const helper = checks.find((check) => check.name === helperName);
    const state: SetNotNullState = {
      notNull: row['notnull'] !== true ? 'no' : row['unvalidated'] === true ? 'unvalidated' : 'yes',
      helper: helper === undefined ? 'none' : helper.valid ? 'validated' : 'unvalidated',
    };
    return {
      target: `${printName(name)}.${column}`,
      state,
      begun: helper !== undefined || state.notNull === 'unvalidated',
      differences: [],
      missing,
      ...(row['no_inherit'] === true
        ? {
            remark: `its constraint ${String(row['constraint'])} is NO INHERIT: a table that inherits later is not bound by it`,
          }
        : remarkOn(column)),
      table: name,
      key: (row['key'] ?? []) as readonly string[],
      helperName,
      provedByOther: checks.some((check) => check.name !== helperName && check.valid),
      native: Number(row['version']) >= 180000,
      taken: (row['taken'] ?? []) as readonly string[],
      constraint: typeof row['constraint'] === 'string' ? row['constraint'] : null,
      ownRowsOnly: row['own_rows_only'] === true,
    };
  },

  next(facts, { column, backfill, noNulls }, form) {
    const { state } = facts;
    if (facts.ownRowsOnly) return refuseOwnRowsOnly(facts);
    if (state.notNull === 'yes') return state.helper === 'none' ? null : step(facts, column, dropHelper(facts));
    const proved = state.helper === 'validated' || facts.provedByOther;
    if (!proved) {
      if (backfill !== undefined && !(facts.probed ?? []).includes('fill'))
        return fillStep(facts, column, backfill.value);
      if (noNulls !== true && !(facts.probed ?? []).includes('nulls')) return probeNulls(facts, column);
    }
    return step(facts, column, nextMove(facts, column, form, proved));
  },
};

/** Of the check that proves it before 18. */
export function nameOfHelper(table: string, column: string): string {
  return shortName(`holdfast_not_null_${table}_${column}`);
}

function refuseOwnRowsOnly({ table, constraint }: SetNotNullFacts): Refusal {
  const name = quoteIdent(constraint ?? '?');
  return {
    refuse: `its constraint ${name} is NO INHERIT, and the table has children: their rows may hold NULL.`,
    hint: `Make each child's column NOT NULL first, then the constraint theirs as well:\n  ALTER TABLE ${quoteName(table)} ALTER CONSTRAINT ${name} INHERIT;`,
  };
}

function nextMove(facts: SetNotNullFacts, column: string, form: Form, proved: boolean): Move {
  const { state, native } = facts;
  if (state.notNull === 'unvalidated')
    return validate(facts, facts.constraint ?? nativeName(facts, column), { ...state, notNull: 'yes' });
  if (proved || form === 'plain') return setIt(facts, column, proved);
  if (native) return addNative(facts, column);
  return state.helper === 'none'
    ? addHelper(facts, column)
    : validate(facts, facts.helperName, { ...state, helper: 'validated' });
}

function addHelper(facts: SetNotNullFacts, column: string): Move {
  return {
    id: 'add helper',
    why: 'a check that new rows must pass; existing rows are not read yet',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(facts.helperName)} CHECK (${quoteIdent(column)} IS NOT NULL) NOT VALID`,
    scans: false,
    strong: true,
    after: (state) => ({ ...state, helper: 'unvalidated' }),
  };
}

/** PostgreSQL's own pattern, with a number where another column has the name since it was renamed. */
function nativeName({ table, taken }: SetNotNullFacts, column: string): string {
  for (let number = 0; ; number += 1) {
    const name = shortName(`${table.name}_${column}_not_null${number === 0 ? '' : number}`);
    if (!taken.includes(name)) return name;
  }
}

function addNative(facts: SetNotNullFacts, column: string): Move {
  return {
    id: 'add not valid',
    why: 'new rows must have a value; existing rows are not read yet',
    sql: `ALTER TABLE ${quoteName(facts.table)} ADD CONSTRAINT ${quoteIdent(nativeName(facts, column))} NOT NULL ${quoteIdent(column)} NOT VALID`,
    scans: false,
    strong: true,
    after: (state) => ({ ...state, notNull: 'unvalidated' }),
  };
}

function validate(facts: SetNotNullFacts, constraint: string, then: SetNotNullState): Move {
  return {
    id: 'validate',
    why: 'reads all rows while reads and writes go on',
    sql: `ALTER TABLE ${quoteName(facts.table)} VALIDATE CONSTRAINT ${quoteIdent(constraint)}`,
    scans: true,
    strong: false,
    after: () => then,
  };
}

function setIt(facts: SetNotNullFacts, column: string, proved: boolean): Move {
  return {
    id: 'set not null',
    why: proved ? 'the validated check proves it, so no row is read' : 'reads all rows under the lock',
    sql: `ALTER TABLE ${quoteName(facts.table)} ALTER COLUMN ${quoteIdent(column)} SET NOT NULL`,
    scans: !proved,
    strong: true,
    after: (state) => ({ ...state, notNull: 'yes' }),
  };
}

function dropHelper(facts: SetNotNullFacts): Move {
  return {
    id: 'drop helper',
    why: 'the helper check has done its work',
    sql: `ALTER TABLE ${quoteName(facts.table)} DROP CONSTRAINT ${quoteIdent(facts.helperName)}`,
    scans: false,
    strong: true,
    after: (state) => ({ ...state, helper: 'none' }),
  };
}

function step(facts: SetNotNullFacts, column: string, { scans, strong, ...move }: Move): Step<SetNotNullFacts> {
  return {
    kind: 'sql',
    ...move,
    locks: [{ on: facts.table, mode: strong ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock', kind: 'table' }],
    work: scans ? { kind: 'scan', of: facts.table } : CATALOG,
    commit: 'own',
    explain: (connection) => probeNulls(facts, column).judge(connection),
  };
}

function probeNulls(facts: SetNotNullFacts, column: string): ProbeStep<SetNotNullFacts> {
  const condition = `${quoteIdent(column)} IS NULL`;
  const query = rowsWhere(facts.table, facts.key, condition);
  return {
    kind: 'probe',
    id: 'nulls',
    why: 'rows that hold NULL are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: setNotNull.name,
        target: facts.target,
        happened: `with NULL in ${column}.`,
        hint: `Fill them first, or pass { backfill: value }. ${showRows(facts.table, condition)}`,
      }),
    after: (state) => state,
  };
}

function fillStep(facts: SetNotNullFacts, column: string, value: unknown): LoopStep<SetNotNullFacts> {
  const change = { table: facts.table, set: { [column]: value }, where: `${quoteIdent(column)} IS NULL` };
  return {
    kind: 'loop',
    id: 'fill',
    why: 'gives a value to the rows that hold NULL, in batches',
    sql: updateStatement(change),
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walk(context, facts, change),
    after: (state) => state,
  };
}

function readChecks(row: Row, column: string): readonly { readonly name: string; readonly valid: boolean }[] {
  const all = (row['checks'] ?? []) as readonly { name: string; valid: boolean; expression: string }[];
  const stored = truncateName(column);
  const plain = new Set([`(${stored} IS NOT NULL)`, `(${quoteIdent(stored)} IS NOT NULL)`]);
  return all.filter((check) => plain.has(check.expression));
}
