/** Whether values of two types can be compared, asked of the catalog: the statement itself would fail, and its transaction with it. */
import { type SqlFragment, sql } from '../sql.js';

/** Two columns that a foreign key joins, with their types as `format_type` prints them. */
export interface Pair {
  readonly column: string;
  readonly type: string;
  readonly refcolumn: string;
  readonly reftype: string;
  /** Domains count as the type below them. */
  readonly same: boolean;
  readonly comparable: boolean;
}

/** Oid of the type below a domain, at any depth; of the type itself otherwise. */
function baseType(type: string): SqlFragment {
  return sql`(with recursive base as (select t.oid, t.typbasetype, t.typtype from pg_catalog.pg_type t where t.oid = ${sql.raw(type)}
      union all select t.oid, t.typbasetype, t.typtype from base join pg_catalog.pg_type t on t.oid = base.typbasetype)
    select base.oid from base where base.typtype <> 'd')`;
}

function casts(from: string, to: string): SqlFragment {
  return sql`exists (select from pg_catalog.pg_cast x where x.castsource = ${sql.raw(from)} and x.casttarget = ${sql.raw(to)} and x.castcontext = 'i')`;
}

/** The type below that of a column (alias of pg_attribute), as a row of pg_type with `domain`: is there a domain above it? */
export function baseTypeOf(column: string): SqlFragment {
  return sql`(select t.*, t.oid <> ${sql.raw(column)}.atttypid as domain from pg_catalog.pg_type t where t.oid = ${baseType(`${column}.atttypid`)})`;
}

/** Operators for all types of a kind take a domain over an array, but none over an enum. */
function oneType(left: string, right: string): SqlFragment {
  const [l, r] = [sql.raw(left), sql.raw(right)];
  return sql`${l}.oid = ${r}.oid and not (${l}.typtype = 'e' and (${l}.domain or ${r}.domain))`;
}

/** Has the server an operator `=` for values of these types (by alias, of `baseTypeOf`), directly or by implicit casts? */
export function haveEquality(left: string, right: string): SqlFragment {
  const [l, r] = [sql.raw(left), sql.raw(right)];
  return sql`(${oneType(left, right)} and (${l}.typtype in ('e', 'r', 'm', 'c') or ${l}.typcategory = 'A')
    or exists (select from pg_catalog.pg_operator o where o.oprname = '='
      and (o.oprleft = ${l}.oid or ${casts(`${left}.oid`, 'o.oprleft')}) and (o.oprright = ${r}.oid or ${casts(`${right}.oid`, 'o.oprright')})))`;
}

/**
 * JSON list of `Pair`s of a foreign key from relation `child` to `parent` (aliases of pg_class). `target` is the alias of the unique
 * index (pg_index) on the parent's columns: its operator family must compare the two types, or the child's be cast to its own
 * (ATAddForeignKeyConstraint in tablecmds.c).
 */
export function keyPairs(
  { child, parent, target }: { readonly child: string; readonly parent: string; readonly target: string },
  columns: readonly string[],
  refcolumns: readonly string[],
): SqlFragment {
  const member = (left: string): SqlFragment =>
    sql`exists (select from pg_catalog.pg_amop m where m.amopfamily = oc.opcfamily and m.amopstrategy = 3
      and m.amoplefttype = ${sql.raw(left)} and m.amoprighttype = ft.oid)`;
  return sql`(select pg_catalog.json_agg(pg_catalog.json_build_object(
      'column', fa.attname, 'type', pg_catalog.format_type(fa.atttypid, fa.atttypmod),
      'refcolumn', ra.attname, 'reftype', pg_catalog.format_type(ra.atttypid, ra.atttypmod), 'same', ft.oid = rt.oid,
      'comparable', (${oneType('ft', 'rt')}) or ft.oid = oc.opcintype or ${casts('ft.oid', 'oc.opcintype')} or (${member('oc.opcintype')} and ${member('ft.oid')})) order by w.n)
    from rows from (pg_catalog.unnest(${columns}::name[]), pg_catalog.unnest(${refcolumns}::name[])) with ordinality w (col, ref, n)
    join pg_catalog.pg_attribute fa on fa.attrelid = ${sql.raw(child)}.oid and fa.attname = w.col and fa.attnum > 0 and not fa.attisdropped
    join pg_catalog.pg_attribute ra on ra.attrelid = ${sql.raw(parent)}.oid and ra.attname = w.ref and ra.attnum > 0 and not ra.attisdropped
    cross join lateral ${baseTypeOf('fa')} ft
    cross join lateral ${baseTypeOf('ra')} rt
    join pg_catalog.pg_opclass oc on oc.oid = (${sql.raw(target)}.indclass::oid[])[pg_catalog.array_position(${sql.raw(target)}.indkey::int2[], ra.attnum)])`;
}

/** `users.org_id is integer, orgs.id is uuid`. */
export function printPair(pair: Pair, table: string, referenced: string): string {
  return `${table}.${pair.column} is ${pair.type}, ${referenced}.${pair.refcolumn} is ${pair.reftype}`;
}
