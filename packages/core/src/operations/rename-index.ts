/**
 * safeRenameIndex: renames an index.
 *
 * ALTER INDEX … RENAME waits for nobody who reads or writes, but is not there to be run twice: the second time it fails, and IF EXISTS
 * takes a wrong name, or both names at once, for done.
 */
import { constraintKind } from '../catalog/constraints.js';
import { lookAtIndex } from '../catalog/indexes.js';
import { kindOf, readRelation, remarkOn } from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface RenameIndexArguments {
  readonly from: ObjectName;
  /** With a schema, it must be that of `from`. */
  readonly to: ObjectName;
}

export interface RenameIndexFacts extends Facts<{ readonly name: 'from' | 'to' | 'none' }> {
  readonly from: ObjectName;
  readonly to: ObjectName;
  /** What has the name `from` and is no index. */
  readonly instead: string | null;
  /** The constraint that rests on it, and is renamed with it. */
  readonly constraint: { readonly name: string; readonly type: string } | null;
  /** `to` names another schema. */
  readonly moves: boolean;
}

export const renameIndex: Operation<RenameIndexArguments, RenameIndexFacts> = {
  name: 'safeRenameIndex',

  async inspect(reader, { from, to }) {
    const schema = to.schema ?? from.schema;
    // With `from` gone, `to` is looked for as the session would, or in the schema that either of them names.
    const home =
      schema === undefined
        ? sql`pg_catalog.pg_table_is_visible(o.oid)`
        : sql`o.relnamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = ${schema}::name)`;
    const look = await lookAtIndex(reader, from, {
      columns: sql`o.otherid, o.othername, o.otherkind, o.otherschema, not oi.indisvalid as invalid,
        (select pg_catalog.json_build_object('name', k.conname, 'type', k.contype) from pg_catalog.pg_constraint k
           where k.conindid = x.oid and k.contype in ('p', 'u', 'x')) as constraint,
        (select k.contype from pg_catalog.pg_constraint k where k.conrelid = t.oid and k.conname = ${to.name}::name and k.conindid <> x.oid
           and exists (select 1 from pg_catalog.pg_constraint own where own.conindid = x.oid and own.contype in ('p', 'u', 'x'))) as taken`,
      after: sql`left join lateral (select o.oid as otherid, o.relname as othername, o.relkind as otherkind, o.relnamespace::regnamespace::text as otherschema
        from pg_catalog.pg_class o where o.relname = ${to.name}::name
          and (x.oid is not null and o.relnamespace = x.relnamespace or x.oid is null and ${home})) o on true
        left join pg_catalog.pg_index oi on oi.indexrelid = o.otherid`,
    });
    const { row, relation, table, name } = look;
    const other = readRelation(row, 'other');
    const isIndex = other?.kind === 'i' || other?.kind === 'I';
    const target: ObjectName = { schema: name.schema ?? to.schema, name: to.name };
    const moves = table !== null && to.schema !== undefined && truncateName(to.schema) !== name.schema;
    const same = truncateName(from.name) === truncateName(to.name) && relation !== null && !moves;
    const there = table !== null && !same ? 'from' : isIndex ? 'to' : 'none';
    return {
      target: `${printName(name)} → ${to.name}`,
      state: { name: there },
      begun: false,
      differences: there === 'from' && !moves ? inTheWay(other, row['taken']) : [],
      missing: there === 'none' && relation === null ? [{ kind: 'index', name: printName(from) }] : [],
      ...(there === 'to' && row['invalid'] === true
        ? {
            remark: `${printName(other?.name ?? target)} is INVALID: safeCreateIndex builds it anew, safeDropIndex takes it away`,
          }
        : remarkOn(to.name)),
      from: name,
      to: target,
      instead: relation === null || table !== null ? null : `${kindOf(relation)} ${printName(relation.name)}`,
      constraint: (row['constraint'] ?? null) as RenameIndexFacts['constraint'],
      moves,
    };
  },

  pin: (args, { from }) => ({ ...args, from }),

  next(facts) {
    if (facts.state.name === 'to') return null;
    if (facts.instead !== null)
      return {
        refuse: `this is no index but the ${facts.instead}.`,
        hint: 'Correct the name, or rename it by its own operation.',
      };
    if (facts.moves)
      return {
        refuse: `an index stays in the schema of its table: ${printName(facts.from)} cannot become ${printName(facts.to)}.`,
        hint: `Name the same schema twice, or none:\n  await g.safeRenameIndex('${printName(facts.from)}', '${facts.to.name}');`,
      };
    return rename(facts);
  },
};

function inTheWay(other: ReturnType<typeof readRelation>, taken: unknown): readonly Difference[] {
  if (other !== null)
    return [{ path: 'new name', expected: 'free', found: `${kindOf(other)} ${printName(other.name)}`, proved: true }];
  if (typeof taken !== 'string') return [];
  return [
    { path: 'new name', expected: 'free', found: `a ${constraintKind(taken)} constraint of the table`, proved: true },
  ];
}

function rename({ from, to, constraint }: RenameIndexFacts): SqlStep<RenameIndexFacts> {
  const with_ =
    constraint === null ? '' : `, and the ${constraintKind(constraint.type)} constraint of the same name with it`;
  return {
    kind: 'sql',
    id: 'rename',
    why: `renames the index${with_}; reads and writes go on`,
    sql: `ALTER INDEX ${quoteName(from)} RENAME TO ${quoteIdent(to.name)}`,
    locks: [{ on: from, mode: 'ShareUpdateExclusiveLock', kind: 'other' }],
    work: CATALOG,
    commit: 'own',
    after: () => ({ name: 'to' }),
  };
}
