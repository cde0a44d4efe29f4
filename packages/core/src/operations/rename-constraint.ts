/**
 * safeRenameConstraint: renames a constraint, and with a unique, primary key or exclusion constraint its index.
 *
 * Plain RENAME CONSTRAINT fails when it is run again, and when the new name is that of another index, table, view or sequence. Its lock
 * keeps readers and writers waiting, though it changes only a name.
 */
import {
  constraintKind,
  type FoundConstraint,
  type Inherited,
  lookAtConstraint,
  missingConstraint,
  reachesBelow,
} from '../catalog/constraints.js';
import { kindOf, remarkOn } from '../catalog/relation.js';
import { lockTree } from '../catalog/tree.js';
import { CATALOG, type Facts, type Operation, type Refusal, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface RenameConstraintArguments {
  readonly table: ObjectName;
  readonly from: string;
  readonly to: string;
}

export interface RenameConstraintFacts extends Facts<{ readonly name: 'from' | 'to' | 'both' | 'neither' }> {
  readonly table: ObjectName;
  /** pg_class.relkind of the table. */
  readonly kind: string;
  readonly found: FoundConstraint | null;
  readonly below: readonly ObjectName[];
  /** A relation beside the constraint's index that has the new name: `table public.orders`. */
  readonly taken: string | null;
}

/** Kinds that are an index, whose name is one of the schema. */
const INDEXED = 'pux';

export const renameConstraint: Operation<RenameConstraintArguments, RenameConstraintFacts> = {
  name: 'safeRenameConstraint',

  async inspect(reader, { table, from, to }) {
    const look = await lookAtConstraint(
      reader,
      table,
      from,
      sql`(select t.contype from pg_catalog.pg_constraint t where t.conrelid = c.oid and t.conname = ${to}::name) as to_type,
        (select pg_catalog.json_build_object('kind', o.relkind, 'schema', n.nspname, 'name', o.relname) from pg_catalog.pg_class o join pg_catalog.pg_namespace n on n.oid = o.relnamespace
          where o.relnamespace = c.relnamespace and o.relname = ${to}::name) as taken`,
    );
    const { row, found } = look;
    const other = (row['to_type'] ?? null) as string | null;
    const taken = (row['taken'] ?? null) as (ObjectName & { readonly kind: string; readonly schema: string }) | null;
    return {
      target: `${printName(look.name)}.${truncateName(from)}`,
      state: { name: found === null ? (other === null ? 'neither' : 'to') : other === null ? 'from' : 'both' },
      begun: false,
      differences: found === null || other === null ? [] : [twice(from, to, found.type, other)],
      missing: found === null && other === null ? missingConstraint(look, from) : [],
      ...remarkOn(to),
      table: look.name,
      kind: look.relation?.kind ?? 'r',
      found,
      below: look.below,
      taken: taken === null ? null : `${kindOf(taken)} ${printName(taken)}`,
    };
  },

  next(facts, { from, to }) {
    const { found } = facts;
    if (facts.state.name !== 'from' || found === null) return null;
    if ((found.type === 'c' || found.type === 'n') && found.from.length > 0)
      return refuseInherited(facts, found.from, to);
    if (found.type === 't') return refuseTrigger(facts, from, to);
    if (facts.taken !== null && INDEXED.includes(found.type))
      return {
        refuse: `its index would get the name as well, and that is taken: ${facts.taken}.`,
        hint: 'Take another name, or rename or drop that one first.',
      };
    return rename(facts, found, from, to);
  },
};

function twice(from: string, to: string, type: string, other: string): Difference {
  return {
    path: 'name',
    expected: `${from} or ${to}`,
    found: `both: ${constraintKind(type)} ${from}, ${constraintKind(other)} ${to}`,
    proved: true,
  };
}

function refuseInherited({ table }: RenameConstraintFacts, from: readonly Inherited[], to: string): Refusal {
  return {
    refuse: `${printName(table)} has it from ${from.map(printName).join(', ')}, and so it has one name on all of them.`,
    hint: `Rename it where it comes from:\n${from.map((each) => `  ${printCall('safeRenameConstraint', each, each.constraint, to)}`).join('\n')}`,
  };
}

function refuseTrigger({ table }: RenameConstraintFacts, from: string, to: string): Refusal {
  return {
    refuse: 'it belongs to a constraint trigger, which would keep its name.',
    hint: `Rename the trigger:\n  ALTER TRIGGER ${quoteIdent(from)} ON ${quoteName(table)} RENAME TO ${quoteIdent(to)};`,
  };
}

function rename(
  { table, below }: RenameConstraintFacts,
  found: FoundConstraint,
  from: string,
  to: string,
): SqlStep<RenameConstraintFacts> {
  // Those of partitions have names of their own, so only a check or NOT NULL is renamed all the way down.
  const reached = reachesBelow(found, '');
  return {
    kind: 'sql',
    id: 'rename',
    why: INDEXED.includes(found.type) ? 'changes its name and that of its index' : 'changes its name, no row is read',
    sql: `ALTER TABLE ${quoteName(table)} RENAME CONSTRAINT ${quoteIdent(from)} TO ${quoteIdent(to)}`,
    locks: lockTree({ table, below, reached }, 'AccessExclusiveLock'),
    work: CATALOG,
    commit: 'own',
    after: () => ({ name: 'to' }),
  };
}
