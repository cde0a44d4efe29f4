/**
 * deleteRows: deletes the rows that match, in batches along the key of the table, each batch committed by itself.
 *
 * One big DELETE locks every row it has touched until it ends; the loop with LIMIT reads what it has deleted again and again.
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
import type { Facts, LoopStep, Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql } from '../sql.js';
import { type Condition, printCondition } from './condition.js';
import type { Pace } from './course.js';
import { deletion } from './task.js';
import { walkRows } from './walk.js';

export interface DeleteRowsOptions extends Pace {
  /** Which rows go. */
  readonly where: Condition;
}

export interface DeleteRowsArguments extends DeleteRowsOptions {
  readonly table: ObjectName;
}

interface DeleteRowsFacts extends Facts<{ readonly done: boolean }> {
  readonly table: ObjectName;
  readonly key: readonly string[];
}

export const deleteRows: Operation<DeleteRowsArguments, DeleteRowsFacts> = {
  name: 'deleteRows',

  async inspect(reader, { table }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${relationColumns('c')}, ${rowKeyColumns('c')} as key
      from (select 1) one
      left join pg_catalog.pg_class c on ${isNamed('c', table)} and c.relkind in ('r', 'p')`);
    const row = rows[0] ?? {};
    const relation = readRelation(row);
    const name = resolvedName(relation, table);
    return {
      target: printName(name),
      state: { done: false },
      begun: false,
      differences: [],
      missing: missingTable(relation, table),
      table: name,
      key: (row['key'] ?? []) as readonly string[],
    };
  },

  next: (facts, args) => ((facts.probed ?? []).includes('batches') ? null : batches(facts, args)),
};

function batches(facts: DeleteRowsFacts, args: DeleteRowsArguments): LoopStep<DeleteRowsFacts> {
  return {
    kind: 'loop',
    id: 'batches',
    why: 'deletes the rows that match, batch by batch along the key',
    sql: `DELETE FROM ${quoteName(facts.table)} WHERE ${printCondition(args.where)}`,
    locks: [{ on: facts.table, mode: 'RowExclusiveLock', kind: 'table' }],
    work: { kind: 'rewrite', of: facts.table },
    batches: (context) => walkRows(context, facts, { ...args, columns: [], task: () => deletion(args.where) }),
    after: () => ({ done: false }),
  };
}
