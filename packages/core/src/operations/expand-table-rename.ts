/**
 * safeExpandTableRename: gives a table another name and leaves a view under the old one, so that code that asks for either name goes on.
 *
 * Plain RENAME TO breaks whatever still asks for the old name, from that moment until the last of it is replaced. A view made in the
 * next transaction comes too late, one made by hand lacks the grants, and reads with the rights of whoever made it.
 */
import { giveGrants, grantStatements, lackingGrants } from '../catalog/grants.js';
import { remarkOn } from '../catalog/relation.js';
import { lockView, readTwoNames, type TwoNames, type TwoNamesState, viewText } from '../catalog/stand-in.js';
import {
  CATALOG,
  exclusively,
  type Lock,
  list,
  type Operation,
  type Refusal,
  refuseDependents,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';
import { quoteIdent } from '../sql.js';

export interface ExpandTableRenameArguments {
  readonly from: ObjectName;
  /** Without a schema: that of the table. */
  readonly to: ObjectName;
}

const DONE: TwoNamesState = { from: 'view', to: 'table', behind: false };

export const expandTableRename: Operation<ExpandTableRenameArguments, TwoNames> = {
  name: 'safeExpandTableRename',

  async inspect(reader, { from, to }) {
    return { ...(await readTwoNames(reader, from, to)), ...remarkOn(from.name), ...remarkOn(to.name) };
  },

  pin: (_args, { from, to }) => ({ from, to }),

  next(facts) {
    const { from, to } = facts.state;
    const reason = refusal(facts);
    if (reason !== null) return reason;
    if (from === 'view') return facts.state.behind ? repair(facts) : null;
    if (from === 'absent') return view(facts);
    return to === 'view' ? swap(facts) : expand(facts);
  },

  provides: (facts, { from, to }) =>
    [facts.from, facts.to, from, to].map((name) => ({ kind: 'table', name: printName(name) })),
};

function expand(facts: TwoNames): SqlStep<TwoNames> {
  return {
    ...step([rename(facts), ...makeView(facts)]),
    id: 'expand',
    why: 'the table takes the new name, a view the old one, in the same moment: both can be read and written',
    locks: exclusively([facts.from]),
    ...risk(facts, [...facts.breaks, ...facts.replicated]),
  };
}

/** The table has been renamed and nothing has its old name. */
function view(facts: TwoNames): SqlStep<TwoNames> {
  return {
    ...step(makeView(facts)),
    id: 'view',
    why: 'the table has its new name already: a view takes the old one, which can be read and written again',
    locks: [{ on: facts.to, mode: 'AccessShareLock', kind: 'table' }],
    ...risk(facts, facts.breaks),
  };
}

/** An earlier call in the other direction. */
function swap(facts: TwoNames): SqlStep<TwoNames> {
  return {
    ...step([`DROP VIEW ${quoteName(facts.to)}`, rename(facts), ...makeView(facts)]),
    id: 'swap',
    why: 'table and view change their names in the same moment: both can be read and written',
    locks: [lockView(facts.to), ...exclusively([facts.from])],
    ...risk(facts, [...facts.breaks, ...facts.replicated]),
  };
}

function repair(facts: TwoNames): SqlStep<TwoNames> {
  const { from, to, table, view: there } = facts;
  const replaced = there.upToDate ? [] : [`CREATE OR REPLACE ${viewText(from, to, facts)}`];
  const owned = there.sameOwner ? [] : [changeOwner(facts)];
  const granted = grantStatements(from, table.owner, lackingGrants(table.grants, there.grants));
  const locks: readonly Lock[] = replaced.length + owned.length === 0 ? [] : [lockView(from)];
  return {
    ...step([...replaced, ...owned, ...granted]),
    id: 'repair',
    why: 'the view gets what the table has got since: columns, grants, owner',
    locks,
  };
}

function step([sql = '', ...more]: readonly string[]): Omit<SqlStep<TwoNames>, 'id' | 'why' | 'locks'> {
  return { kind: 'sql', sql, more, work: CATALOG, commit: 'own', after: () => DONE };
}

function rename({ from, to }: TwoNames): string {
  return `ALTER TABLE ${quoteName(from)} RENAME TO ${quoteIdent(to.name)}`;
}

/** The view under the old name, with the owner and the grants of the table. */
function makeView(facts: TwoNames): readonly string[] {
  const { from, to, table, fresh } = facts;
  return [
    `CREATE ${viewText(from, to, facts)}`,
    ...(fresh.sameOwner ? [] : [changeOwner(facts)]),
    ...giveGrants(from, table.owner, { wanted: table.grants, fresh: fresh.grants }),
  ];
}

function changeOwner({ from, table }: TwoNames): string {
  return `ALTER VIEW ${quoteName(from)} OWNER TO ${table.owner}`;
}

function risk({ from }: TwoNames, lines: readonly string[]): { readonly risk?: Refusal } {
  if (lines.length === 0) return {};
  return {
    risk: {
      refuse: `not all that uses the table works by both names:\n${list(lines)}`,
      hint: `Change it first; or, if nothing that asks for ${from.name} needs it, say so.`,
    },
  };
}

function refusal(facts: TwoNames): Refusal | null {
  const { state, from, to, holders, types, table, view: there } = facts;
  const other = state.from === 'other' ? holders.from : null;
  if (other !== null)
    return { refuse: `${from.name} is the name of ${other}, not of a table.`, hint: 'Only a table is renamed here.' };
  // What is not there becomes a name for the table or the view.
  const taken =
    state.to === 'other' ? holders.to : state.from === 'absent' ? types.from : state.to === 'absent' ? types.to : null;
  if (taken !== null) return refuseTaken(state.from === 'absent' ? from : to, taken);
  if (table.columns.length === 0)
    return { refuse: 'the table has no columns: a view needs one.', hint: 'Use safeRenameTable.' };
  if (table.secured && !facts.invoker) return SECURED;
  if (state.to !== 'view') return null;
  if (there.dependents.length > 0) return refuseDependents(there.dependents);
  const lost = lackingGrants(there.grants, table.grants);
  return lost.length === 0 ? null : refuseLost(facts, grantStatements(from, table.owner, lost));
}

export function refuseTaken({ name }: ObjectName, taken: string): Refusal {
  return {
    refuse: `the name ${name} is taken in that schema by ${taken}.`,
    hint: 'Tables, indexes, views, sequences and types of a schema share their names: rename or drop that one first, or choose another name.',
  };
}

const SECURED: Refusal = {
  refuse:
    'row level security is enabled on the table, and before PostgreSQL 15 a view reads with the rights of its owner: the old name would show all rows.',
  hint: 'Rename the table when nobody uses the old name: safeRenameTable.',
};

function refuseLost({ from, to }: TwoNames, statements: readonly string[]): Refusal {
  return {
    refuse: `whoever has these grants on the view ${printName(to)} only would lose them, as the table is to have that name.`,
    hint: `Give them on the table, or take them from the view:\n${statements.map((each) => `  ${each};`).join('\n')}\nThen run again: ${printCall('safeExpandTableRename', from, to.name)}`,
  };
}
