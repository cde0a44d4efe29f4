/**
 * safeAddEnumValue: adds a value to an enum type at a position.
 *
 * Plain ADD VALUE fails when the value is there, which aborts the transaction; with IF NOT EXISTS the server ignores BEFORE and AFTER
 * without a word. In the transaction that adds it the value cannot be used (55P04): Holdfast refuses such a use beforehand.
 */
import { notAnEnum, readEnum, type StoredEnum } from '../catalog/enums.js';
import { CATALOG, type Facts, type Operation, type Parent, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteLiteral } from '../sql.js';

export type EnumPosition =
  | { readonly before: string; readonly after?: never }
  | { readonly after: string; readonly before?: never }
  | { readonly before?: never; readonly after?: never };

export interface AddEnumValueArguments {
  readonly type: ObjectName;
  readonly value: string;
  /** Default: at the end when it is absent, anywhere when it is there. */
  readonly position: EnumPosition;
}

export interface AddEnumValueFacts extends Facts<{ readonly value: 'absent' | 'present' }> {
  readonly type: ObjectName;
  readonly labels: readonly string[];
}

export const addEnumValue: Operation<AddEnumValueArguments, AddEnumValueFacts> = {
  name: 'safeAddEnumValue',

  async inspect(reader, { type, value, position }) {
    const found = await readEnum(reader, type);
    const present = found.labels.includes(value);
    return {
      target: `${printName(found.name)}.${value}`,
      state: { value: present ? 'present' : 'absent' },
      begun: false,
      differences: compare(found, value, position),
      missing: found.kind === null ? [{ kind: 'type', name: printName(type) }] : [],
      type: found.name,
      labels: found.labels,
    };
  },

  next(facts, { value, position }) {
    if (facts.state.value === 'present') return null;
    const neighbour = position.before ?? position.after;
    if (neighbour !== undefined && !facts.labels.includes(neighbour)) {
      return {
        refuse: `there is no value '${neighbour}' to stand ${position.before === undefined ? 'after' : 'before'}.\nThe values: ${facts.labels.join(', ')}`,
        hint: 'Name one of the values, or none to add at the end.',
      };
    }
    return add(facts, value, position);
  },

  provides: (facts, { type, value }) =>
    [facts.type, type].map((name): Parent => ({ kind: 'enum value', name: `${printName(name)}.${value}` })),
};

function add(facts: AddEnumValueFacts, value: string, position: EnumPosition): SqlStep<AddEnumValueFacts> {
  const where =
    position.before === undefined
      ? position.after === undefined
        ? ''
        : ` AFTER ${literal(position.after)}`
      : ` BEFORE ${literal(position.before)}`;
  return {
    kind: 'sql',
    id: 'add',
    why: 'adds the value; no row is read or written',
    sql: `ALTER TYPE ${quoteName(facts.type)} ADD VALUE ${literal(value)}${where}`,
    locks: [{ on: facts.type, mode: 'ExclusiveLock', kind: 'other' }],
    work: CATALOG,
    commit: 'own',
    after: () => ({ value: 'present' }),
  };
}

/**
 * The server puts a value directly beside its neighbour. Values that were added later may stand between the two by now: they have
 * higher oids. If older ones stand between, this value was put elsewhere, or the database was restored from a dump.
 */
function compare(found: StoredEnum, value: string, position: EnumPosition): readonly Difference[] {
  const other = notAnEnum(found);
  if (other.length > 0) return other;
  const neighbour = position.before ?? position.after;
  const at = found.labels.indexOf(value);
  const beside = neighbour === undefined ? -1 : found.labels.indexOf(neighbour);
  if (neighbour === undefined || at < 0 || beside < 0) return [];
  const after = position.before === undefined;
  const expected = `${after ? 'directly after' : 'directly before'} '${neighbour}'`;
  const difference = { path: 'position', expected, found: found.labels.join(', ') };
  if (after ? at < beside : at > beside) return [{ ...difference, proved: true }];
  const between = found.oids.slice(Math.min(at, beside) + 1, Math.max(at, beside));
  const older = between.some((oid) => oid < (found.oids[at] as number));
  return older ? [{ ...difference, proved: false }] : [];
}

function literal(value: string): string {
  return quoteLiteral(value).trim();
}
