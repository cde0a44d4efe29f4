/**
 * safeDropConstraint: drops a constraint after naming what depends on it.
 *
 * Plain DROP CONSTRAINT fails halfway through a migration when other tables' keys or views depend on it, and with CASCADE takes them
 * along. Of a foreign key it locks the referenced table, too. A replica identity goes without a word: UPDATE and DELETE then fail.
 */
import {
  constraintKind,
  type FoundConstraint,
  type Inherited,
  lookAtConstraint,
  missingConstraint,
  reachesBelow,
} from '../catalog/constraints.js';
import { remarkOn } from '../catalog/relation.js';
import { lockTree } from '../catalog/tree.js';
import {
  CATALOG,
  type Facts,
  type Lock,
  type Operation,
  type Refusal,
  refuseDependents,
  type SqlStep,
} from '../engine/operation.js';
import { type ObjectName, printCall, printName, quoteName } from '../names.js';
import { quoteIdent, sql, truncateName } from '../sql.js';

export interface DropConstraintArguments {
  readonly table: ObjectName;
  readonly name: string;
}

export interface DropConstraintFacts extends Facts<{ readonly constraint: 'present' | 'absent' }> {
  readonly table: ObjectName;
  /** pg_class.relkind of the table. */
  readonly kind: string;
  readonly found: FoundConstraint | null;
  readonly below: readonly ObjectName[];
  /** The server would not drop it because of these: foreign keys of other tables, views that group by a primary key. */
  readonly dependents: readonly string[];
  /** Its index says to replicas which row is meant. */
  readonly identifies: 'no' | 'replica identity' | 'published rows';
  /** An index of the table that has the name, where no constraint has it. */
  readonly index: ObjectName | null;
}

export const dropConstraint: Operation<DropConstraintArguments, DropConstraintFacts> = {
  name: 'safeDropConstraint',

  async inspect(reader, { table, name }) {
    const look = await lookAtConstraint(reader, table, name, columnsAbout(name));
    const { row, found } = look;
    return {
      target: `${printName(look.name)}.${truncateName(name)}`,
      state: { constraint: found === null ? 'absent' : 'present' },
      begun: false,
      differences: [],
      missing: look.relation === null ? missingConstraint(look, name) : [],
      ...remarkOn(name),
      table: look.name,
      kind: look.relation?.kind ?? 'r',
      found,
      below: look.below,
      dependents: (row['dependents'] ?? []) as readonly string[],
      identifies:
        row['replica_identity'] === true ? 'replica identity' : row['published'] === true ? 'published rows' : 'no',
      index: (row['index'] ?? null) as ObjectName | null,
    };
  },

  next(facts, { name }) {
    const { found, table } = facts;
    if (found === null) return facts.index === null ? null : refuseIndex(facts.index);
    if (facts.state.constraint === 'absent') return null;
    if (found.from.length > 0) return refuseInherited(facts, found.from);
    if (found.type === 'n') return refuseNotNull(table, found.columns[0] ?? '');
    if (found.type === 't')
      return {
        refuse: 'it belongs to a constraint trigger, and goes with it.',
        hint: `Drop the trigger:\n  DROP TRIGGER ${quoteIdent(name)} ON ${quoteName(table)};`,
      };
    if (facts.dependents.length > 0) return refuseDependents(facts.dependents);
    return drop(facts, found, name);
  },
};

/** Partitions have a constraint of their own for each one above: who depends on those is in the way, too. */
function columnsAbout(name: string): ReturnType<typeof sql> {
  return sql`
    (with recursive own (oid, conindid) as (select k.oid, case when k.contype in ('p', 'u', 'x') then k.conindid end
        union select s.oid, case when s.contype in ('p', 'u', 'x') then s.conindid end from pg_catalog.pg_constraint s join own on s.conparentid = own.oid)
      select pg_catalog.json_agg(distinct what.name) from own join pg_catalog.pg_depend p
        on p.refclassid = 'pg_catalog.pg_constraint'::regclass and p.refobjid = own.oid or p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = own.conindid
      left join pg_catalog.pg_rewrite w on p.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = p.objid
      left join pg_catalog.pg_constraint f on p.classid = 'pg_catalog.pg_constraint'::regclass and f.oid = p.objid
      cross join lateral (select case when w.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, w.ev_class, 0)
        else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end as name) what
      where p.deptype = 'n' and coalesce(f.conparentid, 0) = 0) as dependents,
    k.contype in ('p', 'u', 'x') and exists (select from pg_catalog.pg_index i where i.indexrelid = k.conindid and i.indisreplident) as replica_identity,
    k.contype = 'p' and c.relreplident = 'd' and exists (select from pg_catalog.pg_publication_tables t join pg_catalog.pg_namespace tn on tn.nspname = t.schemaname
      where tn.oid = c.relnamespace and t.tablename = c.relname) as published,
    (select pg_catalog.json_build_object('schema', jn.nspname, 'name', j.relname) from pg_catalog.pg_index ji join pg_catalog.pg_class j on j.oid = ji.indexrelid
      join pg_catalog.pg_namespace jn on jn.oid = j.relnamespace where ji.indrelid = c.oid and j.relname = ${name}::name) as index`;
}

function refuseIndex(index: ObjectName): Refusal {
  return {
    refuse: `there is no constraint of that name, but an index: ${printName(index)}.`,
    hint: `Drop the index:\n  ${printCall('safeDropIndex', index)}`,
  };
}

function refuseInherited({ table }: DropConstraintFacts, from: readonly Inherited[]): Refusal {
  return {
    refuse: `${printName(table)} has it from ${from.map(printName).join(', ')}, and keeps it as long as it is there.`,
    hint: `Drop it where it comes from:\n${from.map((each) => `  ${printCall('safeDropConstraint', each, each.constraint)}`).join('\n')}`,
  };
}

function refuseNotNull(table: ObjectName, column: string): Refusal {
  return {
    refuse: `it is the NOT NULL of column ${column}.`,
    hint: `Let the column hold NULL:\n  ${printCall('safeDropNotNull', table, column)}`,
  };
}

const LOST: Readonly<Record<'replica identity' | 'published rows', string>> = {
  'replica identity':
    'its index is the replica identity of the table: without it UPDATE and DELETE of published rows fail.',
  'published rows':
    'the table is published, and its primary key says to subscribers which row is meant: without it UPDATE and DELETE fail.',
};

function drop(facts: DropConstraintFacts, found: FoundConstraint, name: string): SqlStep<DropConstraintFacts> {
  const { table, identifies } = facts;
  const columns = found.columns.join(', ');
  return {
    kind: 'sql',
    id: 'drop',
    why: `removes the ${constraintKind(found.type)} constraint from the catalog; no row is read`,
    sql: `ALTER TABLE ${quoteName(table)} DROP CONSTRAINT ${quoteIdent(name)}`,
    locks: locksOf(facts, found),
    work: CATALOG,
    commit: 'own',
    ...(found.type === 'p' ? { says: [`NOT NULL of ${columns} stays when the primary key goes`] } : {}),
    ...(identifies === 'no'
      ? {}
      : {
          risk: {
            refuse: LOST[identifies],
            hint: `Give it another one first:\n  ALTER TABLE ${quoteName(table)} REPLICA IDENTITY USING INDEX …;`,
          },
        }),
    after: () => ({ constraint: 'absent' }),
  };
}

/** Its triggers on the referenced table go with a foreign key, so that one is locked too. */
function locksOf({ table, below, kind }: DropConstraintFacts, found: FoundConstraint): readonly Lock[] {
  const own = lockTree({ table, below, reached: reachesBelow(found, kind) }, 'AccessExclusiveLock');
  const { referenced, referencedKind, belowReferenced } = found;
  if (referenced === null || printName(referenced) === printName(table)) return own;
  const reached = referencedKind === 'p';
  return [...own, ...lockTree({ table: referenced, below: belowReferenced, reached }, 'AccessExclusiveLock')];
}
