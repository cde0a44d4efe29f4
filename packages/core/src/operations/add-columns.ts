/**
 * Several columns in one safeAddColumn: those that are missing are added by one ALTER TABLE, which waits for its lock once.
 *
 * One ALTER TABLE for each would stop all others as often as there are columns, and rewrite the table once for each volatile default.
 */
import { CATALOG, type Facts, type Operation, type ProbeStep, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import {
  type AddColumnArguments,
  type AddColumnFacts,
  addColumn,
  columnClause,
  needsEmptyTable,
  probeRows,
  refuseUnfit,
  withoutDefaults,
} from './add-column.js';

export interface AddColumnsArguments {
  readonly table: ObjectName;
  readonly columns: readonly AddColumnArguments[];
}

/** One column with what was found of it. */
interface Part {
  readonly args: AddColumnArguments;
  readonly facts: AddColumnFacts;
}

/** `present` and `absent` in the order of the columns. */
export interface AddColumnsFacts extends Facts<readonly AddColumnFacts['state'][]> {
  readonly table: ObjectName;
  readonly parts: readonly Part[];
}

export const addColumns: Operation<AddColumnsArguments, AddColumnsFacts> = {
  name: addColumn.name,

  async inspect(reader, { table, columns }) {
    const parts: Part[] = [];
    for (const args of columns) parts.push({ args, facts: await addColumn.inspect(reader, args) });
    return combine(parts[0]?.facts.table ?? table, parts);
  },

  next(facts) {
    const missing = facts.parts.filter((_, i) => facts.state[i]?.column === 'absent');
    if (missing.length === 0) return null;
    const unfit = missing.find((part) => part.facts.unfit !== null)?.facts.unfit;
    if (unfit != null) return refuseUnfit(unfit);
    const demanding = missing.filter(({ args }) => needsEmptyTable(args.definition));
    if (demanding.length > 0 && !(facts.probed ?? []).includes('rows')) return probe(facts, demanding);
    return add(facts, missing);
  },

  provides: (facts) => facts.parts.flatMap((part) => addColumn.provides?.(part.facts, part.args) ?? []),

  children: ({ columns }) => ({
    before: columns.flatMap((column) => column.before),
    after: columns.flatMap((column) => column.after),
  }),

  async prove(connection, facts) {
    const parts: Part[] = [];
    for (const { args, facts: found } of facts.parts) {
      const settled = found.differences.length === 0 ? found : await addColumn.prove?.(connection, found, args);
      parts.push({ args, facts: settled ?? found });
    }
    return { ...combine(facts.table, parts), probed: facts.probed ?? [] };
  },
};

function combine(table: ObjectName, parts: readonly Part[]): AddColumnsFacts {
  const missing = parts.flatMap(({ facts }) => facts.missing);
  const remarks = parts.flatMap(({ facts }) => facts.remark ?? []);
  return {
    target: `${printName(table)}(${parts.map(({ args }) => args.column).join(', ')})`,
    state: parts.map(({ facts }) => facts.state),
    begun: parts.some(({ facts }) => facts.state.column === 'present'),
    differences: parts.flatMap(({ args, facts }) =>
      facts.differences.map((each): Difference => ({ ...each, path: `${args.column}: ${each.path}` })),
    ),
    missing: [...new Map(missing.map((parent) => [`${parent.kind} ${parent.name}`, parent])).values()],
    ...(remarks.length === 0 ? {} : { remark: remarks.join('; ') }),
    table,
    parts,
  };
}

function add(facts: AddColumnsFacts, missing: readonly Part[]): SqlStep<AddColumnsFacts> {
  const rewriting = missing.filter((part) => part.facts.rewrites);
  const clauses = missing.map(({ args }) => columnClause(args));
  return {
    kind: 'sql',
    id: 'add',
    why:
      rewriting.length > 0
        ? 'adds the columns and gives each row its values'
        : 'adds the columns; existing rows are not touched',
    sql: `ALTER TABLE ${quoteName(facts.table)} ${clauses.join(', ')}`,
    locks: [{ on: facts.table, mode: 'AccessExclusiveLock', kind: 'table' }],
    work: rewriting.length > 0 ? { kind: 'rewrite', of: facts.table } : CATALOG,
    instead: withoutDefaults(rewriting.map((part) => part.args)),
    commit: 'own',
    after: (state) => state.map(() => ({ column: 'present' })),
  };
}

/** The same question as for one column, in the name of the first that asks it. */
function probe(facts: AddColumnsFacts, demanding: readonly Part[]): ProbeStep<AddColumnsFacts> {
  const names = demanding.map(({ args }) => args.column);
  const { id, why, sql, locks, work, judge } = probeRows(facts, names);
  return { kind: 'probe', id, why, sql, locks, work, judge, after: (state) => state };
}
