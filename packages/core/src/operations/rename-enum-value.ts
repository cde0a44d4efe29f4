/**
 * safeRenameEnumValue: gives a value of an enum type another label.
 *
 * Plain RENAME VALUE is not there to be run twice: the second time it fails, which aborts the transaction. No row is touched: rows,
 * defaults, indexes and checks hold the value itself and show the new label at once. Texts do not: function bodies, and checks that
 * compare the label as a text.
 */
import { notAnEnum, readEnum } from '../catalog/enums.js';
import { CATALOG, type Facts, type Operation, type Parent, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteLiteral } from '../sql.js';

export interface RenameEnumValueArguments {
  readonly type: ObjectName;
  readonly from: string;
  readonly to: string;
}

export interface RenameEnumValueFacts extends Facts<{ readonly value: 'from' | 'to' | 'both' | 'none' }> {
  readonly type: ObjectName;
}

export const renameEnumValue: Operation<RenameEnumValueArguments, RenameEnumValueFacts> = {
  name: 'safeRenameEnumValue',

  async inspect(reader, { type, from, to }) {
    const found = await readEnum(reader, type);
    const [old, wanted] = [found.labels.includes(from), found.labels.includes(to)];
    const value = old && wanted ? 'both' : old ? 'from' : wanted ? 'to' : 'none';
    const both: Difference = {
      path: 'values',
      expected: `'${from}' or '${to}'`,
      found: `both: ${found.labels.join(', ')}`,
      proved: true,
    };
    const lacking: readonly Parent[] = value === 'none' ? valueNames(found.name, type, from) : [];
    return {
      target: `${printName(found.name)}.${from} → ${to}`,
      state: { value },
      begun: false,
      differences: [...notAnEnum(found), ...(value === 'both' ? [both] : [])],
      missing: found.kind === null ? [{ kind: 'type', name: printName(type) }] : lacking.slice(0, 1),
      type: found.name,
    };
  },

  next(facts, args) {
    return facts.state.value === 'to' ? null : rename(facts, args);
  },

  provides: (facts, { type, to }) => valueNames(facts.type, type, to),
};

function rename({ type }: RenameEnumValueFacts, { from, to }: RenameEnumValueArguments): SqlStep<RenameEnumValueFacts> {
  return {
    kind: 'sql',
    id: 'rename',
    why: 'renames the value in the catalog; rows, defaults and indexes hold the value, not its label',
    sql: `ALTER TYPE ${quoteName(type)} RENAME VALUE ${literal(from)} TO ${literal(to)}`,
    locks: [{ on: type, mode: 'ExclusiveLock', kind: 'other' }],
    work: CATALOG,
    commit: 'own',
    after: () => ({ value: 'to' }),
  };
}

/** By the name of the type as it was found and as it was asked for. */
function valueNames(found: ObjectName, asked: ObjectName, label: string): readonly Parent[] {
  return [found, asked].map((type) => ({ kind: 'enum value', name: `${printName(type)}.${label}` }));
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
