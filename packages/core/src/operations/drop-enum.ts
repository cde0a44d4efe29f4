/**
 * safeDropEnum: drops an enum type that nothing uses.
 *
 * Plain DROP TYPE stops at the first use halfway through a migration; with IF EXISTS a misspelt name counts as done, and with CASCADE the
 * columns of that type go, silently and with their values.
 */
import { notAnEnum, readTypeKind, typeKind } from '../catalog/enums.js';
import { isTypeNamed, SERVER } from '../catalog/relation.js';
import { typeUses } from '../catalog/type-uses.js';
import { CATALOG, type Facts, type Operation, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql } from '../sql.js';

export interface DropEnumArguments {
  readonly type: ObjectName;
}

export interface DropEnumFacts extends Facts<{ readonly type: 'present' | 'absent' }> {
  readonly type: ObjectName;
  /** `column status of table orders` */
  readonly uses: readonly string[];
}

export const dropEnum: Operation<DropEnumArguments, DropEnumFacts> = {
  name: 'safeDropEnum',

  async inspect(reader, { type }) {
    const { rows } = await reader.read(sql`
      select ${SERVER}, n.nspname as schema, t.typname as name, ${typeKind('t')} as kind,
        (select pg_catalog.json_agg(distinct u.name order by u.name) from ${typeUses('t')} u) as uses
      from (select 1) one
      left join pg_catalog.pg_type t on ${isTypeNamed('t', type)}
      left join pg_catalog.pg_namespace n on n.oid = t.typnamespace`);
    const row = rows[0] ?? {};
    const kind = readTypeKind(row['kind']);
    const name = kind === null ? type : { schema: String(row['schema']), name: String(row['name']) };
    return {
      target: printName(name),
      state: { type: kind === null ? 'absent' : 'present' },
      begun: false,
      differences: notAnEnum({ kind }),
      missing: [],
      type: name,
      uses: (row['uses'] ?? []) as readonly string[],
    };
  },

  pin: (args, { type }) => ({ ...args, type }),

  next(facts) {
    if (facts.state.type === 'absent') return null;
    if (facts.uses.length === 0) return drop(facts);
    return {
      refuse: `it is in use:\n${facts.uses.map((use) => `  ${use}`).join('\n')}`,
      hint: 'Change or drop these first; safeConvertEnumToCheck(table, column) makes a column one of text.',
      dependents: facts.uses,
    };
  },
};

function drop({ type }: DropEnumFacts): SqlStep<DropEnumFacts> {
  return {
    kind: 'sql',
    id: 'drop',
    why: 'removes the type from the catalog; nothing uses it',
    sql: `DROP TYPE ${quoteName(type)}`,
    locks: [{ on: type, mode: 'AccessExclusiveLock', kind: 'other' }],
    work: CATALOG,
    commit: 'own',
    after: () => ({ type: 'absent' }),
  };
}
