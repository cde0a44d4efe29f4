/** What is done to the rows of a window, as SQL: a walk knows no more of it. */
import { type ObjectName, quoteName } from '../names.js';
import { quoteIdent } from '../sql.js';
import { assignments, type ColumnTypes, type Condition, closed, conditionOf, printCondition } from './condition.js';

export interface Task {
  /** In whose name errors speak. */
  readonly operation: string;
  /** What has become of the rows: `changed`. */
  readonly done: string;
  /** Which rows need it. Does not hold any more for a row once it is done. */
  readonly needed: string;
  /** The rights without which a partition is not touched under its own name, as `has_table_privilege` takes them. */
  readonly rights: readonly string[];
  /** Columns whose change may move a row to another partition. */
  readonly columns: readonly string[];
  /** Bit of `pg_trigger.tgtype`: its triggers for each statement fire once for the whole table. */
  readonly event: number;
  /** Only a look after the statement can tell whether rows still need it. */
  readonly asksAgain?: true;
  /** It leaves a new version of each row, and a look at the row tells that it is done. */
  readonly rewrites?: true;
  /** It reads more than the row: what a subquery reads. */
  readonly readsOthers: boolean;
  /** One statement that answers how many rows are done (`changed`), and for how many `needed` still holds (`still`). */
  statement(from: string, condition: string): string;
}

/** Values by column, for the rows that need them. */
export function update(
  { set, where }: { readonly set: Readonly<Record<string, unknown>>; readonly where?: Condition | undefined },
  types: ColumnTypes,
  once = false,
): Task {
  const needed = closed(once ? printCondition(where ?? 'true') : conditionOf({ set, where }, types));
  return {
    operation: 'backfill',
    done: 'changed',
    needed,
    rights: ['SELECT', 'UPDATE'],
    columns: Object.keys(set),
    event: 16,
    ...(once ? {} : { rewrites: true }),
    readsOthers: SUBQUERY.test(`${assignments(set, types)} ${needed}`),
    // `still` asks the condition again, of the changed row.
    statement: (from, condition) =>
      counted(
        `UPDATE ${from} SET ${assignments(set, types)} WHERE ${condition} RETURNING ${once ? 'false' : `(${needed}) IS TRUE`} AS still`,
      ),
  };
}

export function deletion(where: Condition): Task {
  return {
    operation: 'deleteRows',
    done: 'deleted',
    needed: closed(printCondition(where)),
    rights: ['SELECT', 'DELETE'],
    columns: [],
    event: 8,
    readsOthers: SUBQUERY.test(printCondition(where)),
    statement: (from, condition) => counted(`DELETE FROM ${from} WHERE ${condition} RETURNING false AS still`),
  };
}

export interface CopyTask {
  readonly to: ObjectName;
  /** Expressions over the source, by column of the target; in SQL. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns of the target that tell its rows apart. */
  readonly key: readonly string[];
  readonly where: Condition | undefined;
}

/** Rows that the target does not have by its key. */
export function copy({ to, columns, key, where }: CopyTask): Task {
  const target = quoteName(to);
  // The values in a query of their own: beside the target its columns would be meant by the same names.
  const values = key.map((column, i) => `(${closed(columns[column] ?? 'NULL')}) AS k${i}`).join(', ');
  const same = key.map((column, i) => `holdfast_to.${quoteIdent(column)} = holdfast_key.k${i}`).join(' AND ');
  const lacking = `NOT EXISTS (SELECT FROM (SELECT ${values}) AS holdfast_key JOIN ${target} AS holdfast_to ON ${same})`;
  const names = Object.keys(columns).map(quoteIdent).join(', ');
  const copied = Object.values(columns).map(closed).join(', ');
  return {
    operation: 'copyRows',
    done: 'copied',
    needed: where === undefined ? lacking : `(${closed(printCondition(where))}) AND ${lacking}`,
    rights: ['SELECT'],
    columns: [],
    event: 0,
    asksAgain: true,
    readsOthers: true,
    statement: (from, condition) =>
      counted(
        `INSERT INTO ${target} (${names}) SELECT ${copied} FROM ${from} WHERE ${condition} ON CONFLICT (${key.map(quoteIdent).join(', ')}) DO NOTHING RETURNING false AS still`,
      ),
  };
}

const SUBQUERY = /\bselect\b/i;

function counted(statement: string): string {
  return `WITH holdfast_done AS (${statement})
     SELECT count(*)::int AS changed, (count(*) FILTER (WHERE still))::int AS still FROM holdfast_done`;
}
