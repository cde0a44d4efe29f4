/**
 * safeDropColumn: drops a column after naming what depends on it.
 *
 * Plain DROP COLUMN silently takes composite indexes, unique constraints and foreign keys that the column is a part of with it; with
 * views or other tables' keys on it, it fails halfway through a migration.
 */
import { lookAtColumn, remarkOn } from '../catalog/relation.js';
import { CATALOG, type Facts, type Operation, type SqlStep } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { quoteIdent, sql } from '../sql.js';

export interface DropColumnArguments {
  readonly table: ObjectName;
  readonly column: string;
}

export interface DropColumnFacts extends Facts<{ readonly column: 'present' | 'absent' }> {
  readonly table: ObjectName;
  /** The server would not drop the column because of these. */
  readonly blocking: readonly string[];
  /** These hold other columns too and would go with it. */
  readonly lost: readonly string[];
  /** Tables referenced by foreign keys of this column: their triggers go, so they are locked too. */
  readonly referenced: readonly ObjectName[];
}

export const dropColumn: Operation<DropColumnArguments, DropColumnFacts> = {
  name: 'safeDropColumn',

  async inspect(reader, { table, column }) {
    const { row, relation, name, missing, exists } = await lookAtColumn(reader, table, column, {
      columns: sql`d.blocking, d.lost, f.referenced`,
      joins: sql`
      left join lateral (
        select pg_catalog.json_agg(distinct what.name) filter (where what.blocks) as blocking, pg_catalog.json_agg(distinct what.name) filter (where not what.blocks) as lost
        from pg_catalog.pg_depend p
        left join pg_catalog.pg_constraint k on p.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = p.objid
        left join pg_catalog.pg_index i on p.classid = 'pg_catalog.pg_class'::regclass and i.indexrelid = p.objid
        left join pg_catalog.pg_rewrite r on p.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = p.objid
        left join pg_catalog.pg_attrdef e on p.classid = 'pg_catalog.pg_attrdef'::regclass and e.oid = p.objid
        cross join lateral (select
          case when r.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
            when e.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, e.adrelid, e.adnum)
            else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end as name,
          p.deptype = 'n' as blocks) what
        where p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = c.oid and p.refobjsubid = a.attnum
          -- What is the column's alone goes with it without harm: its default, its own index, constraint, sequence.
          and not (e.oid is not null and e.adnum = a.attnum)
          and not (k.oid is not null and k.conrelid = c.oid and k.conkey = array[a.attnum] and k.contype <> 'p')
          and not (i.indexrelid is not null and p.deptype = 'a' and i.indkey::int2[] operator(pg_catalog.=) ('[0:0]={' || a.attnum || '}')::int2[] and i.indpred is null)
          and not exists (select 1 from pg_catalog.pg_class s where s.oid = p.objid and p.classid = 'pg_catalog.pg_class'::regclass and s.relkind = 'S')
      ) d on true
      left join lateral (
        select pg_catalog.json_agg(pg_catalog.json_build_object('schema', rn.nspname, 'name', rc.relname)) as referenced
        from pg_catalog.pg_constraint k join pg_catalog.pg_class rc on rc.oid = k.confrelid join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
        where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum] and k.confrelid <> c.oid
      ) f on true`,
    });
    return {
      target: `${printName(name)}.${column}`,
      state: { column: exists ? 'present' : 'absent' },
      begun: false,
      differences: [],
      missing: relation === null ? missing : [],
      ...remarkOn(column),
      table: name,
      blocking: (row['blocking'] ?? []) as readonly string[],
      lost: (row['lost'] ?? []) as readonly string[],
      referenced: (row['referenced'] ?? []) as readonly ObjectName[],
    };
  },

  next(facts, { column }) {
    if (facts.state.column === 'absent') return null;
    if (facts.blocking.length > 0) {
      return {
        refuse: `these depend on it:\n${list(facts.blocking)}`,
        hint: 'Drop or change them first, each in its own operation. Holdfast never uses CASCADE.',
        dependents: facts.blocking,
      };
    }
    return drop(facts, column);
  },
};

function drop(facts: DropColumnFacts, column: string): SqlStep<DropColumnFacts> {
  return {
    kind: 'sql',
    id: 'drop',
    why: 'removes the column from the catalog; rows keep their bytes until they are next written',
    sql: `ALTER TABLE ${quoteName(facts.table)} DROP COLUMN ${quoteIdent(column)}`,
    locks: [facts.table, ...facts.referenced].map((on) => ({ on, mode: 'AccessExclusiveLock', kind: 'table' })),
    work: CATALOG,
    commit: 'own',
    ...(facts.lost.length === 0
      ? {}
      : {
          risk: {
            refuse: `these hold other columns too and would silently go with it:\n${list(facts.lost)}`,
            hint: 'Drop or re-create them first.',
            dependents: facts.lost,
          },
        }),
    after: () => ({ column: 'absent' }),
  };
}

function list(names: readonly string[]): string {
  return names.map((name) => `  ${name}`).join('\n');
}
