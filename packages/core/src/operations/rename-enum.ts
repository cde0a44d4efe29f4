/**
 * safeRenameEnum: renames an enum type.
 *
 * Plain RENAME TO fails the second time it is run. Columns, defaults and functions' arguments hold the type itself and follow; casts in
 * the text of queries and of function bodies do not, so whoever still says the old name fails from the moment of the commit on.
 */
import { readTypeKind, typeKind } from '../catalog/enums.js';
import { isTypeNamed, remarkOn, SERVER } from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation, type Parent, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Row } from '../postgres/connection.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface RenameEnumArguments {
  readonly from: ObjectName;
  /** With a schema, it must be that of `from`. */
  readonly to: ObjectName;
}

export interface RenameEnumFacts extends Facts<{ readonly name: 'from' | 'to' | 'none' }> {
  readonly from: ObjectName;
  readonly to: ObjectName;
  /** `to` names another schema. */
  readonly moves: boolean;
}

export const renameEnum: Operation<RenameEnumArguments, RenameEnumFacts> = {
  name: 'safeRenameEnum',

  async inspect(reader, { from, to }) {
    const schema = to.schema ?? from.schema;
    // With `from` gone, `to` is looked for as the session would, or in the schema that either of them names.
    const { rows } = await reader.read(sql`
      select ${SERVER}, ${typeKind('f')} as kind, f.typname as name, fn.nspname as schema,
        ${typeKind('o')} as otherkind, n.nspname as otherschema
      from (select 1) one
      left join pg_catalog.pg_type f on ${isTypeNamed('f', from)}
      left join pg_catalog.pg_namespace fn on fn.oid = f.typnamespace
      left join pg_catalog.pg_type o on case when f.oid is null then ${isTypeNamed('o', { schema, name: to.name })}
        else o.typname = ${to.name}::name and o.typnamespace = f.typnamespace end
      left join pg_catalog.pg_namespace n on n.oid = o.typnamespace`);
    const row = rows[0] ?? {};
    const [kind, other] = [readTypeKind(row['kind']), readTypeKind(row['otherkind'])];
    const name: ObjectName = {
      schema: ((row['schema'] ?? row['otherschema']) as string | null) ?? schema,
      name: (row['name'] as string | null) ?? from.name,
    };
    const moves = kind !== null && to.schema !== undefined && truncateName(to.schema) !== name.schema;
    const same = kind !== null && !moves && truncateName(from.name) === truncateName(to.name);
    const there = same || (kind === null && other === 'enum') ? 'to' : kind === null ? 'none' : 'from';
    return {
      target: `${printName(name)} → ${to.name}`,
      state: { name: there },
      begun: false,
      differences: there === 'from' && !moves ? compare(kind, other, row, to) : [],
      missing: there === 'none' ? [{ kind: 'type', name: printName(from) }] : [],
      ...remarkOn(to.name),
      from: name,
      to: { schema: name.schema, name: to.name },
      moves,
    };
  },

  pin: (args, { from }) => ({ ...args, from }),

  next(facts) {
    if (facts.state.name === 'to') return null;
    if (facts.moves)
      return {
        refuse: `a rename does not move the type to another schema: ${printName(facts.from)} keeps the schema ${facts.from.schema}.`,
        hint: `Name the same schema twice, or none:\n  await g.safeRenameEnum('${printName(facts.from)}', '${facts.to.name}');`,
      };
    return rename(facts);
  },

  provides: (facts, { to }) => [facts.to, to].map((name): Parent => ({ kind: 'type', name: printName(name) })),
};

function compare(kind: string | null, other: string | null, row: Row, to: ObjectName): readonly Difference[] {
  const differences: Difference[] = [];
  if (kind !== 'enum') differences.push({ path: 'kind', expected: 'enum', found: kind ?? 'none', proved: true });
  if (other !== null) {
    const found = `${other} ${printName({ schema: String(row['otherschema']), name: to.name })}`;
    differences.push({ path: 'new name', expected: 'free', found, proved: true });
  }
  return differences;
}

function rename({ from, to }: RenameEnumFacts): SqlStep<RenameEnumFacts> {
  return {
    kind: 'sql',
    id: 'rename',
    why: 'renames the type in the catalog; columns, defaults and arguments of functions follow',
    sql: `ALTER TYPE ${quoteName(from)} RENAME TO ${quoteIdent(to.name)}`,
    locks: [],
    work: CATALOG,
    commit: 'own',
    after: () => ({ name: 'to' }),
  };
}
