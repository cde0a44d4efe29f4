/**
 * backfill: changes the rows of a table that still need it, in batches along its key, each batch committed by itself.
 *
 * One big UPDATE locks every row it has touched until it ends and bloats the table at once; `UPDATE … LIMIT` is no PostgreSQL.
 */
import {
  isNamed,
  missingTable,
  readRelation,
  relationColumns,
  resolvedName,
  rowKeyColumns,
  SERVER,
} from '../catalog/relation.js';
import type { Facts, LoopContext, LoopStep, Operation, Parent } from '../engine/operation.js';
import { calledFunctions, usesStableWord } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql, truncateName } from '../sql.js';
import { assignments, type ColumnTypes, type Condition, columnTypes, conditionOf, printValue } from './condition.js';
import { walkResumed } from './resume.js';
import { update } from './task.js';
import { walk } from './walk.js';

export { type Condition, printCondition } from './condition.js';
export { walk } from './walk.js';

export interface BackfillOptions {
  /** New values by column: a value, or an expression by the `sql` tag. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Which rows need it. Default: those whose columns differ from `set`. After the change it must be false, else the backfill is refused. */
  readonly where?: Condition;
  /** Rows in the stretch of the first batch, whether they need it or not. 1–1 000 000, default 1 000. */
  readonly batchSize?: number;
  /** The batch size is led towards this duration, in ms. 1–60 000, default 120. */
  readonly targetBatchMs?: number;
  /** Pause between batches, in ms. 0–60 000, default 0. */
  readonly pauseMs?: number;
  /**
   * For a change that must not be made twice, such as `n = n + 1`: where the walk is, is kept under this name in the table
   * `holdfast_progress` beside the table, and a later run goes on there. One pass, over the rows that are there at its beginning; `where`
   * may stay true. Default: nothing is kept, and what is left is found by `where`.
   */
  readonly resumeAs?: string;
  /** Connections that change rows side by side, one of them the migration's own. 1–16, default 1. */
  readonly workers?: number;
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
  /** Types of the columns in `set`. */
  readonly types: ColumnTypes;
}

export const backfill: Operation<BackfillArguments, BackfillFacts> = {
  name: 'backfill',

  async inspect(reader, { table, set }) {
    const columns = Object.keys(set);
    const expressions = Object.values(set).map((value) => printValue(value));
    const functions = expressions.flatMap((text) => calledFunctions(text) ?? []);
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, ${rowKeyColumns('c')} as key,
        ${columnTypes('c', columns)},
        exists (select 1 from pg_catalog.pg_proc p where p.proname = any(${functions}::name[]) and p.provolatile <> 'i') as unstable
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    const types = (row['types'] ?? {}) as ColumnTypes;
    const lacking = relation === null ? [] : columns.filter((c) => !Object.hasOwn(types, truncateName(c)));
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
      types,
    };
  },

  next(facts, args) {
    if ((facts.probed ?? []).includes('batches')) return null;
    if (facts.unstable && args.where === undefined && args.resumeAs === undefined) {
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
    sql: updateStatement(asked(args, facts.table), facts.types),
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walkBackfill(context, facts, args),
    after: () => ({ done: false }),
  };
}

/** With a place that is kept, all rows need it unless `where` says which. */
function asked(args: BackfillArguments, table: ObjectName): BackfillArguments {
  return { ...args, table, ...(args.resumeAs === undefined || args.where !== undefined ? {} : { where: 'true' }) };
}

function walkBackfill(context: LoopContext, facts: BackfillFacts, args: BackfillArguments): Promise<number> {
  const { resumeAs } = args;
  if (resumeAs === undefined) return walk(context, facts, args);
  const statement = updateStatement(asked(args, facts.table), facts.types);
  return walkResumed(context, facts, {
    ...args,
    resumeAs,
    statement,
    columns: Object.keys(args.set),
    task: (types) => update(args, types, true),
  });
}

/** The whole change as one statement: what the batches add up to. */
export function updateStatement({ table, set, where }: BackfillArguments, types?: ColumnTypes): string {
  return `UPDATE ${quoteName(table)} SET ${assignments(set, types)} WHERE ${conditionOf({ set, where }, types)}`;
}
