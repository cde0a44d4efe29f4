/**
 * safeContractTableRename: drops the view that safeExpandTableRename has left under the old name of a table, once nobody asks for it.
 *
 * DROP TABLE of the old name fails, as it is a view; DROP VIEW takes whatever view has the name, and with CASCADE what rests on it.
 */
import type { ObjectState } from '../catalog/objects.js';
import { removal } from '../catalog/objects.js';
import { missingTable, remarkOn } from '../catalog/relation.js';
import { lockView, readTwoNames, type TwoNames } from '../catalog/stand-in.js';
import type { Facts, Operation, Refusal } from '../engine/operation.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';

export interface ContractTableRenameArguments {
  readonly from: ObjectName;
  /** Without a schema: that of the view. */
  readonly to: ObjectName;
}

export interface ContractTableRenameFacts extends Facts<ObjectState> {
  readonly from: ObjectName;
  readonly to: ObjectName;
  readonly names: TwoNames;
  readonly dependents: readonly string[];
}

export const contractTableRename: Operation<ContractTableRenameArguments, ContractTableRenameFacts> = {
  name: 'safeContractTableRename',

  async inspect(reader, { from, to }) {
    const names = await readTwoNames(reader, from, to);
    const { target, differences } = names;
    return {
      target,
      state: { object: names.state.from === 'absent' ? 'absent' : 'present' },
      begun: false,
      // Two tables are refused, as one alone that has the old name is.
      differences: names.state.from === 'table' ? [] : differences,
      missing: names.missing.length === 0 ? [] : missingTable(null, names.to),
      ...remarkOn(from.name),
      from: names.from,
      to: names.to,
      names,
      dependents: names.view.dependents,
    };
  },

  pin: (_args, { from, to }) => ({ from, to }),

  next: (facts) =>
    refusal(facts) ??
    removal(facts, {
      why: 'the view goes; the table and its rows stay under the new name',
      sql: `DROP VIEW ${quoteName(facts.from)}`,
      locks: [lockView(facts.from)],
    }),
};

function refusal({ state, names, from, to }: ContractTableRenameFacts): Refusal | null {
  if (state.object === 'absent' || names.state.from === 'view') return null;
  const refuse = `${printName(from)} is no view of ${printName(to)}: it is ${names.holders.from}.`;
  return names.state.from === 'table' && names.state.to !== 'table'
    ? { refuse, hint: `The table has its old name still. First: ${printCall('safeExpandTableRename', from, to.name)}` }
    : { refuse, hint: 'Only the view that safeExpandTableRename has made is dropped here.' };
}
