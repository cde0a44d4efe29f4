/**
 * safeCreateEnum: makes an enum type.
 *
 * There is no CREATE TYPE IF NOT EXISTS, and whoever only looks whether a type of the name exists takes one with other values, or in
 * another order, for the wanted one.
 */
import { notAnEnum, readEnum, type StoredEnum } from '../catalog/enums.js';
import { CATALOG, type Facts, type Operation, type Parent } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteLiteral } from '../sql.js';

export interface CreateEnumArguments {
  readonly type: ObjectName;
  /** In sort order. */
  readonly values: readonly string[];
}

export interface CreateEnumFacts extends Facts<{ readonly type: 'absent' | 'present' }> {
  readonly type: ObjectName;
}

export const createEnum: Operation<CreateEnumArguments, CreateEnumFacts> = {
  name: 'safeCreateEnum',

  async inspect(reader, { type, values }) {
    const found = await readEnum(reader, type);
    const present = found.kind !== null;
    return {
      target: printName(found.name),
      state: { type: present ? 'present' : 'absent' },
      begun: false,
      differences: compare(found, values),
      missing: found.schemaExists ? [] : [{ kind: 'schema', name: type.schema ?? 'on the search_path' }],
      type: found.name,
    };
  },

  next(facts, { values }) {
    if (facts.state.type === 'present') return null;
    return {
      kind: 'sql',
      id: 'create',
      why: 'makes the type; nothing uses it yet',
      sql: `CREATE TYPE ${quoteName(facts.type)} AS ENUM (${values.map((value) => quoteLiteral(value).trim()).join(', ')})`,
      locks: [],
      work: CATALOG,
      commit: 'own',
      after: () => ({ type: 'present' }),
    };
  },

  provides: (facts, { type, values }) =>
    [facts.type, type].flatMap((name): readonly Parent[] => [
      { kind: 'type', name: printName(name) },
      ...values.map((value): Parent => ({ kind: 'enum value', name: `${printName(name)}.${value}` })),
    ]),
};

function compare(found: StoredEnum, values: readonly string[]): readonly Difference[] {
  if (found.kind === null) return [];
  const other = notAnEnum(found);
  if (other.length > 0) return other;
  const [expected, is] = [values.join(', '), found.labels.join(', ')];
  return JSON.stringify(values) === JSON.stringify(found.labels)
    ? []
    : [{ path: 'values', expected, found: is, proved: true }];
}
