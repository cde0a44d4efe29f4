/**
 * copyRows: inserts the rows of one table that another one does not have by its key, in batches along the key of the first.
 *
 * One big INSERT … SELECT is one transaction: it holds back vacuum until it ends, and a row that cannot be copied takes all of it back.
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
import type { Facts, LoopStep, Operation, Parent } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { inlineSql, quoteIdent, type SqlFragment, sql, truncateName } from '../sql.js';
import { type Condition, printCondition } from './condition.js';
import type { Pace } from './course.js';
import { type CopyTask, copy } from './task.js';
import { walkRows } from './walk.js';

export interface CopyRowsOptions extends Pace {
  /** Columns of the target, each with the column of the source or an expression over it; a list where both have the same names. */
  readonly columns: readonly string[] | Readonly<Record<string, string | SqlFragment>>;
  /** Columns of the target that tell its rows apart: a unique index holds exactly them, and all are NOT NULL. */
  readonly key: string | readonly string[];
  /** Which rows of the source. Default: all. */
  readonly where?: Condition;
}

export interface CopyRowsArguments extends Pace {
  readonly from: ObjectName;
  readonly to: ObjectName;
  readonly columns: Readonly<Record<string, string | SqlFragment>>;
  readonly key: readonly string[];
  readonly where?: Condition;
}

interface CopyRowsFacts extends Facts<{ readonly done: boolean }> {
  readonly table: ObjectName;
  readonly to: ObjectName;
  readonly key: readonly string[];
  /** Both names are of one table. */
  readonly same: boolean;
  /** Columns of the key in the target that may hold NULL, so that no row can be told by them. */
  readonly nullable: readonly string[];
}

export const copyRows: Operation<CopyRowsArguments, CopyRowsFacts> = {
  name: 'copyRows',

  async inspect(reader, { from, to, columns, key }) {
    const sources = Object.values(columns).filter((value) => typeof value === 'string');
    const targets = [...new Set([...Object.keys(columns), ...key])];
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, ${rowKeyColumns('c')} as key,
        t.oid as toid, t.relname as toname, t.relkind as tokind, t.relnamespace::regnamespace::text as toschema,
        (select pg_catalog.json_agg(a.attname) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = any(${sources}::name[]) and a.attnum > 0 and not a.attisdropped) as sources,
        (select pg_catalog.json_object_agg(a.attname, a.attnotnull) from pg_catalog.pg_attribute a where a.attrelid = t.oid and a.attname = any(${targets}::name[]) and a.attnum > 0 and not a.attisdropped) as targets
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', from)} and c.relkind in ('r', 'p')
      left join pg_catalog.pg_class t on ${isNamed('t', to)} and t.relkind in ('r', 'p')`);
    const row = rows[0] ?? {};
    const [source, target] = [readRelation(row), readRelation({ ...row, toid: row['toid'] }, 'to')];
    const [fromName, toName] = [resolvedName(source, from), resolvedName(target, to)];
    const there = (row['sources'] ?? []) as readonly string[];
    const notNull = (row['targets'] ?? {}) as Readonly<Record<string, boolean>>;
    const lacking = (name: ObjectName, column: string): Parent => ({
      kind: 'column',
      name: `${printName(name)}.${column}`,
    });
    return {
      target: printName(toName),
      state: { done: false },
      begun: false,
      differences: [],
      missing: [
        ...missingTable(source, from),
        ...missingTable(target, to),
        ...(source === null
          ? []
          : sources.filter((c) => !there.includes(truncateName(c))).map((c) => lacking(fromName, c))),
        ...(target === null
          ? []
          : targets.filter((c) => !Object.hasOwn(notNull, truncateName(c))).map((c) => lacking(toName, c))),
      ],
      table: fromName,
      to: toName,
      key: (row['key'] ?? []) as readonly string[],
      same: source !== null && source.oid === target?.oid,
      nullable: key.filter((column) => notNull[truncateName(column)] === false),
    };
  },

  next(facts, args) {
    if ((facts.probed ?? []).includes('batches')) return null;
    if (facts.same) return { refuse: 'a table cannot be copied into itself.', hint: 'Name another table.' };
    if (facts.nullable.length > 0)
      return {
        refuse: `${facts.nullable.join(', ')} may hold NULL: a row could be copied again and again.`,
        hint: 'Make the columns of the key NOT NULL with safeSetNotNull, or name another key.',
      };
    return batches(facts, args);
  },
};

function batches(facts: CopyRowsFacts, args: CopyRowsArguments): LoopStep<CopyRowsFacts> {
  const columns = Object.fromEntries(
    Object.entries(args.columns).map(([column, value]) => [
      column,
      typeof value === 'string' ? `${quoteIdent(facts.table.name)}.${quoteIdent(value)}` : inlineSql(value),
    ]),
  );
  const task: CopyTask = { to: facts.to, columns, key: args.key, where: args.where };
  const names = Object.keys(columns).map(quoteIdent).join(', ');
  const where = args.where === undefined ? '' : ` WHERE ${printCondition(args.where)}`;
  return {
    kind: 'loop',
    id: 'batches',
    why: 'inserts the rows that are not there by their key, batch by batch along the key of the source',
    sql: `INSERT INTO ${quoteName(facts.to)} (${names}) SELECT ${Object.values(columns).join(', ')} FROM ${quoteName(facts.table)}${where} ON CONFLICT (${args.key.map(quoteIdent).join(', ')}) DO NOTHING`,
    locks: [
      { on: facts.to, mode: 'RowExclusiveLock', kind: 'table' },
      { on: facts.table, mode: 'AccessShareLock', kind: 'table' },
    ],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walkRows(context, { ...facts }, { ...args, columns: [], task: () => copy(task) }),
    after: () => ({ done: false }),
  };
}
