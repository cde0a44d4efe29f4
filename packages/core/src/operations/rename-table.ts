/**
 * safeRenameTable: gives a table another name.
 *
 * Plain RENAME TO fails the second time it is run, and cannot tell a table that was renamed already from one that never was there.
 * Whatever still asks for the old name breaks at that moment: safeExpandTableRename leaves it a view.
 */
import {
  aKindOf,
  isTable,
  kindOf,
  missingTable,
  PID,
  type Relation,
  readRelation,
  remarkOn,
} from '../catalog/relation.js';
import { BOTH_RELATIONS, bothTables, joinBoth, typeNamed } from '../catalog/stand-in.js';
import { CATALOG, exclusively, type Facts, type Operation, type Refusal } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { textOrNull } from '../postgres/connection.js';
import { quoteIdent, sql } from '../sql.js';
import { refuseTaken } from './expand-table-rename.js';

export interface RenameTableArguments {
  readonly from: ObjectName;
  /** Without a schema: that of the table. */
  readonly to: ObjectName;
}

interface RenameTableState {
  readonly from: 'present' | 'absent';
  readonly to: 'present' | 'absent';
}

export interface RenameTableFacts extends Facts<RenameTableState> {
  readonly from: ObjectName;
  readonly to: ObjectName;
  /** What has the old name is no table. */
  readonly otherKind: string | null;
  /** What has the new name and is no table: `index orders_old`. */
  readonly taken: string | null;
}

export const renameTable: Operation<RenameTableArguments, RenameTableFacts> = {
  name: 'safeRenameTable',

  async inspect(reader, { from, to }) {
    const { rows } = await reader.read(
      sql`select ${PID}, ${BOTH_RELATIONS}, ${typeNamed(to)} as type from (select 1) one ${joinBoth(from, to)}`,
    );
    const row = rows[0] ?? {};
    const [old, found] = [readRelation(row), readRelation(row, 'to')];
    const schema = old?.name.schema ?? found?.name.schema ?? from.schema;
    const name = old?.name ?? { ...from, schema };
    const [renames, renamed] = [old, found].map((each) => each !== null && isTable(each)) as [boolean, boolean];
    const otherKind = old === null || renames ? null : aKindOf(old);
    const type = textOrNull(row['type']);
    return {
      target: `${printName(name)} to ${to.name}`,
      state: { from: renames ? 'present' : 'absent', to: renamed ? 'present' : 'absent' },
      begun: false,
      differences:
        renames && renamed ? [bothTables(name, { schema, name: to.name })] : old === null ? compareKind(found) : [],
      missing: old === null && found === null ? missingTable(null, from) : [],
      // A view that stands in for the table until nobody asks for the old name.
      ...(renamed && otherKind !== null ? { remark: `the old name is now that of ${otherKind}` } : remarkOn(to.name)),
      from: name,
      to: { schema, name: to.name },
      otherKind,
      taken: found === null ? type : `${kindOf(found)} ${printName(found.name)}`,
    };
  },

  pin: (_args, { from, to }) => ({ from, to }),

  next(facts) {
    const { state, from, to } = facts;
    if (state.from === 'absent' && (state.to === 'present' || facts.otherKind === null)) return null;
    const reason = refusal(facts);
    if (reason !== null) return reason;
    return {
      kind: 'sql',
      id: 'rename',
      why: 'changes the name in the catalog; whatever asks for the old name fails from then on',
      sql: `ALTER TABLE ${quoteName(from)} RENAME TO ${quoteIdent(to.name)}`,
      locks: exclusively([from]),
      work: CATALOG,
      commit: 'own',
      after: () => ({ from: 'absent', to: 'present' }),
    };
  },

  provides: (facts, { to }) => [facts.to, to].map((name) => ({ kind: 'table', name: printName(name) })),
};

/** The old name is gone: what has the new one must be a table. */
function compareKind(to: Relation | null): readonly Difference[] {
  return to === null || isTable(to) ? [] : [{ path: 'kind', expected: 'table', found: kindOf(to), proved: true }];
}

function refusal({ otherKind, taken, from, to }: RenameTableFacts): Refusal | null {
  if (otherKind !== null)
    return { refuse: `${printName(from)} is ${otherKind}, not a table.`, hint: 'Only a table is renamed here.' };
  return taken === null ? null : refuseTaken(to, taken);
}
