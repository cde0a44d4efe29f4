/** What hangs on a column and has a say when its type changes. */
import type { ObjectName } from '../names.js';
import type { Row } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { OWN_DEFAULTS } from './column-value.js';

export interface ColumnTies {
  /** Views, policies, triggers, generated columns, functions: the server does not change the type under them. */
  readonly blocking: readonly string[];
  /** Why the column cannot be changed here at all. */
  readonly fixed: string | null;
  /** Tables on the other side of its foreign keys: their constraints are made anew, so they are locked too. */
  readonly partners: readonly ObjectName[];
  readonly indexed: boolean;
  /** It is in a CHECK that the server would prove anew. */
  readonly checked: boolean;
  /** A sequence of its own that counts in a smaller type than bigint. */
  readonly narrowSequence: ObjectName | null;
  /** Tables below that have another default for it, in words. */
  readonly ownDefaults: readonly string[];
}

export const NO_TIES: ColumnTies = {
  blocking: [],
  fixed: null,
  partners: [],
  indexed: false,
  checked: false,
  narrowSequence: null,
  ownDefaults: [],
};

const ON_COLUMN = sql`p.refclassid = 'pg_catalog.pg_class'::regclass and p.refobjid = c.oid and p.refobjsubid = a.attnum`;

/** Output columns of an inspection by `lookAtColumn`, with TIE_JOINS, for `readTies`. */
export const TIE_COLUMNS = sql`a.attinhcount > 0 as inherited,
  exists (select 1 from pg_catalog.pg_depend p where p.classid = 'pg_catalog.pg_class'::regclass and p.objid = c.oid and p.objsubid = a.attnum
    and p.refclassid = p.classid and p.refobjid = c.oid and p.refobjsubid = 0 and p.deptype = 'i') as partitions,
  exists (select 1 from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.convalidated and a.attnum = any(k.conkey)) as checked,
  exists (select 1 from pg_catalog.pg_depend p join pg_catalog.pg_index i on i.indexrelid = p.objid where p.classid = 'pg_catalog.pg_class'::regclass and ${ON_COLUMN})
    or exists (select 1 from pg_catalog.pg_index i where i.indrelid = c.oid and a.attnum = any(i.indkey)) as indexed,
  d.blocking, f.partners, s.sequence, ${OWN_DEFAULTS}`;

export const TIE_JOINS = sql`
  left join lateral (
    select pg_catalog.json_agg(distinct case when p.classid = 'pg_catalog.pg_rewrite'::regclass then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, r.ev_class, 0)
        when e.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, e.adrelid, e.adnum)
        else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end) as blocking
    from pg_catalog.pg_depend p
    left join pg_catalog.pg_rewrite r on p.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = p.objid
    left join pg_catalog.pg_attrdef e on p.classid = 'pg_catalog.pg_attrdef'::regclass and e.oid = p.objid
    where ${ON_COLUMN} and (p.classid in ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass,
      'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_publication_rel'::regclass) or (e.oid is not null and e.adnum <> a.attnum)
      -- Before 15 a generated column depends on the others by itself, not by its expression.
      or (p.classid = 'pg_catalog.pg_class'::regclass and p.objid = c.oid and p.objsubid > 0))
  ) d on true
  left join lateral (
    select pg_catalog.json_agg(distinct pg_catalog.jsonb_build_object('schema', n.nspname, 'name', o.relname)) as partners
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class o on o.oid = case when k.conrelid = c.oid then k.confrelid else k.conrelid end and o.oid <> c.oid
    join pg_catalog.pg_namespace n on n.oid = o.relnamespace
    where k.contype = 'f' and ((k.conrelid = c.oid and a.attnum = any(k.conkey)) or (k.confrelid = c.oid and a.attnum = any(k.confkey)))
  ) f on true
  left join lateral (
    select pg_catalog.json_build_object('schema', n.nspname, 'name', o.relname) as sequence
    from pg_catalog.pg_depend p join pg_catalog.pg_sequence q on q.seqrelid = p.objid join pg_catalog.pg_class o on o.oid = p.objid
    join pg_catalog.pg_namespace n on n.oid = o.relnamespace
    where p.classid = 'pg_catalog.pg_class'::regclass and ${ON_COLUMN} and p.deptype = 'a' and q.seqtypid <> 'int8'::regtype
  ) s on true`;

export function readTies(row: Row): ColumnTies {
  return {
    blocking: (row['blocking'] ?? []) as readonly string[],
    fixed: fixedBecause(row['inherited'] === true, row['partitions'] === true),
    partners: (row['partners'] ?? []) as readonly ObjectName[],
    indexed: row['indexed'] === true,
    checked: row['checked'] === true,
    narrowSequence: (row['sequence'] ?? null) as ObjectName | null,
    ownDefaults: (row['own_defaults'] ?? []) as readonly string[],
  };
}

function fixedBecause(inherited: boolean, partitions: boolean): string | null {
  if (inherited) return 'the column comes from a parent table, and is changed there.';
  return partitions ? 'the column is part of the partition key, which the server does not let change.' : null;
}
