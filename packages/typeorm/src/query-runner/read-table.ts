/**
 * A table as it stands in the catalog, as far as names and definitions hang on it. Not by TypeORM's `getTable`: that leaves out what it
 * does not know, and fails on a generated column without its note, which ends the transaction.
 */
import { type ObjectName, type SqlFragment, sql } from '@holdfast/core';

export interface FoundTable extends ObjectName {
  readonly schema: string;
  readonly columns: readonly FoundColumn[];
  readonly constraints: readonly FoundConstraint[];
  /** Those that no constraint has made. */
  readonly indexes: readonly FoundIndex[];
}

export interface FoundColumn {
  readonly name: string;
  /** With its modifier, as the server prints it. */
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly generated: string | null;
  readonly identity: 'ALWAYS' | 'BY DEFAULT' | null;
  /** Null: that of the type. */
  readonly collation: string | null;
  readonly comment: string | null;
  /** The sequence that goes with the column. */
  readonly sequence: ObjectName | null;
  /** The enum that the column, or an element of it, has. `shared`: something beside this table uses it, or another column. */
  readonly enum: (ObjectName & { readonly labels: readonly string[]; readonly shared: boolean }) | null;
}

export interface FoundConstraint {
  readonly name: string;
  readonly type: ConstraintType;
  /** In the order of the constraint. */
  readonly columns: readonly string[];
  readonly references: ObjectName | null;
  readonly referencedColumns: readonly string[];
}

/** pg_constraint.contype: primary key, unique, check, foreign key, exclusion. */
export type ConstraintType = 'p' | 'u' | 'c' | 'f' | 'x';

export interface FoundIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly where: string | null;
}

/** What `readTable` needs: a connection of the guard. */
export interface Asking {
  read(query: SqlFragment): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** Null when there is no such table. */
export async function readTable(asking: Asking, { schema, name }: ObjectName): Promise<FoundTable | null> {
  const visible = schema === undefined ? sql`pg_catalog.pg_table_is_visible(c.oid)` : sql`n.nspname = ${schema}::name`;
  const { rows } = await asking.read(sql`
    select n.nspname as schema, c.relname as name, (${COLUMNS}) as columns, (${CONSTRAINTS}) as constraints, (${INDEXES}) as indexes
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relname = ${name}::name and c.relkind in ('r', 'p') and ${visible}`);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    schema: String(row['schema']),
    name: String(row['name']),
    columns: (row['columns'] ?? []) as FoundTable['columns'],
    constraints: (row['constraints'] ?? []) as FoundTable['constraints'],
    indexes: (row['indexes'] ?? []) as FoundTable['indexes'],
  };
}

/** Is there an enum of that name, and nothing that has it? */
export async function isUnusedEnum(asking: Asking, { schema, name }: ObjectName): Promise<boolean> {
  const visible = schema === undefined ? sql`pg_catalog.pg_type_is_visible(t.oid)` : sql`n.nspname = ${schema}::name`;
  const { rows } = await asking.read(sql`
    select from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace where t.typname = ${name}::name and t.typtype = 'e' and ${visible}
      and not exists (select from pg_catalog.pg_depend p where p.refclassid = 'pg_catalog.pg_type'::regclass and p.refobjid in (t.oid, t.typarray) and p.deptype <> 'i')`);
  return rows.length > 0;
}

/** The columns of a constraint, by `conkey` or `confkey`. */
function namesOf(table: string, key: string): SqlFragment {
  return sql.raw(`coalesce((select pg_catalog.json_agg(ka.attname order by u.place) from pg_catalog.unnest(k.${key}) with ordinality u (attnum, place)
    join pg_catalog.pg_attribute ka on ka.attrelid = k.${table} and ka.attnum = u.attnum), '[]')`);
}

/** What goes with the table, or with the column itself, is no other use of the type. */
const SHARED = sql`exists (select from pg_catalog.pg_depend p where p.refclassid = 'pg_catalog.pg_type'::regclass and p.refobjid in (e.oid, e.typarray)
    and p.deptype <> 'i' and not (p.classid = 'pg_catalog.pg_class'::regclass and p.objid = c.oid and p.objsubid = a.attnum)
    and not (p.classid = 'pg_catalog.pg_attrdef'::regclass and p.objid = d.oid)
    and not (p.classid = 'pg_catalog.pg_constraint'::regclass and p.objid in (select k.oid from pg_catalog.pg_constraint k where k.conrelid = c.oid))
    and not (p.classid = 'pg_catalog.pg_class'::regclass and p.objid in (select i.indexrelid from pg_catalog.pg_index i where i.indrelid = c.oid)))`;

const COLUMNS = sql`select pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
      'default', case when a.attgenerated = '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
      'generated', case when a.attgenerated <> '' then pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
      'identity', case a.attidentity when 'a' then 'ALWAYS' when 'd' then 'BY DEFAULT' end,
      'collation', (select l.collname from pg_catalog.pg_collation l where l.oid = a.attcollation and a.attcollation <> t.typcollation),
      'comment', pg_catalog.col_description(c.oid, a.attnum),
      'sequence', (select pg_catalog.json_build_object('schema', sn.nspname, 'name', s.relname) from pg_catalog.pg_depend p join pg_catalog.pg_class s on s.oid = p.objid and s.relkind = 'S'
        join pg_catalog.pg_namespace sn on sn.oid = s.relnamespace where p.classid = 'pg_catalog.pg_class'::regclass and p.refclassid = p.classid
          and p.refobjid = c.oid and p.refobjsubid = a.attnum and p.deptype = 'a' limit 1),
      'enum', case when e.oid is not null then pg_catalog.json_build_object('schema', en.nspname, 'name', e.typname, 'shared', ${SHARED},
        'labels', (select pg_catalog.json_agg(x.enumlabel order by x.enumsortorder) from pg_catalog.pg_enum x where x.enumtypid = e.oid)) end) order by a.attnum)
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join pg_catalog.pg_type e on e.oid = case when t.typcategory = 'A' then t.typelem else t.oid end and e.typtype = 'e'
    left join pg_catalog.pg_namespace en on en.oid = e.typnamespace
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;

const CONSTRAINTS = sql`select pg_catalog.json_agg(pg_catalog.json_build_object('name', k.conname, 'type', k.contype, 'columns', ${namesOf('conrelid', 'conkey')},
      'references', (select pg_catalog.json_build_object('schema', fn.nspname, 'name', f.relname) from pg_catalog.pg_class f
        join pg_catalog.pg_namespace fn on fn.oid = f.relnamespace where f.oid = k.confrelid),
      'referencedColumns', ${namesOf('confrelid', 'confkey')}) order by k.conname)
    from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype in ('p', 'u', 'c', 'f', 'x') and k.conparentid = 0`;

const INDEXES = sql`select pg_catalog.json_agg(pg_catalog.json_build_object('name', x.relname, 'where', pg_catalog.pg_get_expr(i.indpred, i.indrelid), 'columns',
      coalesce((select pg_catalog.json_agg(ia.attname order by u.place) from pg_catalog.unnest(i.indkey::int2[]) with ordinality u (attnum, place)
        join pg_catalog.pg_attribute ia on ia.attrelid = c.oid and ia.attnum = u.attnum and u.attnum > 0), '[]')) order by x.relname)
    from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
    where i.indrelid = c.oid and not exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))`;
