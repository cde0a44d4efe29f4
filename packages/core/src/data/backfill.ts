/**
 * backfill: changes the rows of a table that still need it, in batches along its key, each batch committed by itself.
 *
 * One big UPDATE locks every row it has touched until it ends and bloats the table at once; `UPDATE … LIMIT` is no PostgreSQL.
 */
import {
  isNamed,
  missingTable,
  primaryKeyColumns,
  readRelation,
  relationColumns,
  resolvedName,
  SERVER,
} from '../catalog/relation.js';
import type { Facts, LoopContext, LoopStep, Operation, Parent } from '../engine/operation.js';
import { DataViolationError, InvalidArgumentError, RefusedError } from '../errors.js';
import { calledFunctions, usesStableWord } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { inlineSql, quoteIdent, quoteLiteral, quoteValue, SqlFragment, sql, truncateName } from '../sql.js';

/** A condition on rows: SQL text, a fragment of the `sql` tag, or columns that must equal values. */
export type Condition = string | SqlFragment | Readonly<Record<string, unknown>>;

export interface BackfillOptions {
  /** New values by column: a value, or an expression by the `sql` tag. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Which rows need it. Default: those whose columns differ from `set`. After the change it must be false, else the backfill is refused. */
  readonly where?: Condition;
  /** Rows of the first batch. 1–1 000 000, default 1 000. */
  readonly batchSize?: number;
  /** The batch size is led towards this duration, in ms. 1–60 000, default 200. */
  readonly targetBatchMs?: number;
  /** Pause between batches, in ms. 0–60 000, default 0. */
  readonly pauseMs?: number;
  /** Stops after the batch at hand; what is committed stays. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the rows changed so far. */
  readonly onProgress?: (progress: { readonly rows: number }) => void;
}

export interface BackfillArguments extends BackfillOptions {
  readonly table: ObjectName;
}

export interface BackfillFacts extends Facts<{ readonly done: boolean }> {
  readonly table: ObjectName;
  readonly key: readonly string[];
  /** Functions or words in `set` whose value changes from one transaction to the next. */
  readonly unstable: boolean;
}

const MOST_PASSES = 100;

export const backfill: Operation<BackfillArguments, BackfillFacts> = {
  name: 'backfill',

  async inspect(reader, { table, set }) {
    const columns = Object.keys(set);
    const expressions = Object.values(set).map(printValue);
    const functions = expressions.flatMap((text) => calledFunctions(text) ?? []);
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, ${primaryKeyColumns('c')} as key,
        (select json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attname = any(${columns}::name[])) as columns,
        exists (select 1 from pg_catalog.pg_proc p where p.proname = any(${functions}::name[]) and p.provolatile <> 'i') as unstable
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const existing = (row['columns'] ?? []) as readonly string[];
    const lacking = relation === null ? [] : columns.filter((c) => !existing.includes(truncateName(c)));
    return {
      target: printName(name),
      state: { done: false },
      begun: false,
      differences: [],
      missing: [
        ...missingTable(relation, table),
        ...lacking.map((c): Parent => ({ kind: 'column', name: `${printName(name)}.${c}` })),
      ],
      table: name,
      key: (row['key'] ?? []) as readonly string[],
      unstable: row['unstable'] === true || expressions.some(usesStableWord),
    };
  },

  next(facts, args) {
    if ((facts.probed ?? []).includes('batches')) return null;
    if (facts.unstable && args.where === undefined) {
      return {
        refuse:
          'its values change from one moment to the next, so that without a where every row needs it again and again.',
        hint: "Pass a where that the change makes false, for example { where: 'processed_at IS NULL' }.",
      };
    }
    return batches(facts, args);
  },
};

function batches(facts: BackfillFacts, args: BackfillArguments): LoopStep<BackfillFacts> {
  return {
    kind: 'loop',
    id: 'batches',
    why: 'changes the rows that need it, batch by batch along the key',
    sql: updateStatement({ ...args, table: facts.table }),
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walk(context, facts, args),
    after: () => ({ done: false }),
  };
}

/** The whole change as one statement: what the batches add up to. */
export function updateStatement({ table, set, where }: BackfillArguments): string {
  const condition = conditionOf({ set, where });
  return `UPDATE ${quoteName(table)} SET ${assignments(set)} WHERE ${condition}`;
}

/** Walks the key from the beginning until a whole pass finds nothing: rows that came in behind the cursor are met by the next pass. */
export async function walk(
  context: LoopContext,
  facts: Pick<BackfillFacts, 'table' | 'key' | 'target'>,
  args: BackfillArguments,
): Promise<number> {
  let total = 0;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const changed = await walkOnce(context, facts, args, total);
    total += changed;
    if (changed === 0 || args.signal?.aborted === true) return total;
  }
  throw new RefusedError({
    operation: backfill.name,
    target: facts.target,
    happened: `after ${MOST_PASSES} passes there are still rows that need it: something adds them faster than they are changed.`,
    left: `${total} rows were changed and stay.`,
    hint: 'Stop the writer that makes them, or give the column a default, then run again.',
  });
}

async function walkOnce(
  context: LoopContext,
  facts: Pick<BackfillFacts, 'table' | 'key' | 'target'>,
  args: BackfillArguments,
  before: number,
): Promise<number> {
  const targetMs = args.targetBatchMs ?? 200;
  let size = args.batchSize ?? 1_000;
  let cursor: readonly string[] | null = null;
  let changed = 0;
  for (;;) {
    if (args.signal?.aborted === true) return changed;
    const started = performance.now();
    const batch: Batch = await context.batch(() => changeBatch(context.connection, facts, args, { cursor, size }));
    changed += batch.rows;
    if (batch.rows > 0) {
      context.progress(before + changed, null);
      args.onProgress?.({ rows: before + changed });
    }
    if (batch.last === null) return changed;
    cursor = batch.last;
    const took = Math.max(performance.now() - started, 1);
    size = Math.round(Math.min(Math.max((size * targetMs) / took, size / 2, 10), size * 2, 1_000_000));
    if ((args.pauseMs ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, args.pauseMs));
  }
}

interface Batch {
  readonly rows: number;
  /** Key of the last row, or null when the walk is at its end. */
  readonly last: readonly string[] | null;
}

/** One batch: the next `size` rows behind the cursor that need it. */
async function changeBatch(
  connection: Connection,
  facts: Pick<BackfillFacts, 'table' | 'key' | 'target'>,
  args: BackfillArguments,
  at: { readonly cursor: readonly string[] | null; readonly size: number },
): Promise<Batch> {
  const key = facts.key.length > 0 ? facts.key.map(quoteIdent) : ['ctid'];
  const table = quoteName(facts.table);
  const condition = conditionOf(args);
  const behind =
    at.cursor === null
      ? ''
      : ` AND (${key.join(', ')}) > (${at.cursor.map((value) => quoteLiteral(value).trim()).join(', ')})`;
  // Names that no table and no column has, so that the expressions of `set` are never ambiguous.
  const names = key.map((_, i) => `holdfast_key_${i}`);
  const picked = key.map((column, i) => `${column} AS ${names[i] ?? ''}`).join(', ');
  const joined = key.map((column, i) => `${table}.${column} = holdfast_picked.${names[i] ?? ''}`).join(' AND ');
  // `still` asks the condition again, of the changed row.
  const rows = await connection.query(
    `WITH holdfast_picked AS MATERIALIZED (SELECT ${picked} FROM ${table} WHERE (${condition})${behind} ORDER BY ${key.join(', ')} LIMIT ${at.size} FOR NO KEY UPDATE),
     holdfast_changed AS (UPDATE ${table} SET ${assignments(args.set)} FROM holdfast_picked WHERE ${joined}
       RETURNING ${names.join(', ')}, (${condition}) IS TRUE AS still)
     SELECT (SELECT count(*) FROM holdfast_changed)::int AS rows, (SELECT count(*) FROM holdfast_changed WHERE still)::int AS still,
       (SELECT json_build_array(${names.map((n) => `${n}::text`).join(', ')}) FROM holdfast_changed ORDER BY ${names.map((n) => `${n} DESC`).join(', ')} LIMIT 1) AS last`,
  );
  const row = rows[0] ?? {};
  if (Number(row['still']) > 0) throw notConverging(facts.target, condition);
  return { rows: Number(row['rows']), last: (row['last'] ?? null) as readonly string[] | null };
}

/** The `where`, or: some column differs from what `set` says. */
export function conditionOf({
  set,
  where,
}: {
  readonly set: BackfillOptions['set'];
  readonly where?: Condition | undefined;
}): string {
  if (where === undefined)
    return Object.entries(set)
      .map(([column, value]) => `${quoteIdent(column)} IS DISTINCT FROM (${printValue(value)})`)
      .join(' OR ');
  return printCondition(where);
}

/** A condition as SQL text. */
export function printCondition(where: Condition): string {
  if (typeof where === 'string') return where;
  if (where instanceof SqlFragment) return inlineSql(where);
  const parts = Object.entries(where).map(([column, value]) =>
    value === null ? `${quoteIdent(column)} IS NULL` : `${quoteIdent(column)} = ${quoteValue(value).trim()}`,
  );
  if (parts.length === 0) {
    throw new InvalidArgumentError({
      operation: 'where',
      target: '{}',
      happened: 'the condition is empty.',
      hint: 'Name at least one column, or leave where out.',
    });
  }
  return parts.join(' AND ');
}

function assignments(set: BackfillOptions['set']): string {
  return Object.entries(set)
    .map(([column, value]) => `${quoteIdent(column)} = ${printValue(value)}`)
    .join(', ');
}

function printValue(value: unknown): string {
  return (value instanceof SqlFragment ? inlineSql(value) : quoteValue(value)).trim();
}

function notConverging(target: string, condition: string): DataViolationError {
  return new DataViolationError({
    operation: backfill.name,
    target,
    happened: `the change does not make its own condition false, so that it would never end: ${condition}`,
    left: 'The batch was taken back.',
    hint: 'Choose a where that is false for a row once it is changed.',
    count: 1,
    atLeast: true,
    samples: [],
  });
}
