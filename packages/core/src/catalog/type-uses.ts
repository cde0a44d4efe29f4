/** What depends on a type: whoever drops it, or puts another in its place, must know all of it. */
import { type SqlFragment, sql } from '../sql.js';

/**
 * Query on `pg_depend` row `p` with everything that depends on the type `alias` of pg_type or on its array type, and on the extension
 * that it belongs to. `name` is for people: `column status of table orders`, `view open_orders`, `function f(order_status)`.
 */
export function typeUses(alias: string): SqlFragment {
  const t = sql.raw(alias);
  return sql`(select p.classid, p.objid, p.objsubid,
      case when v.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, v.oid, 0)
        when x.oid is not null then pg_catalog.pg_describe_object('pg_catalog.pg_extension'::regclass, x.oid, 0)
        else pg_catalog.pg_describe_object(p.classid, p.objid, p.objsubid) end as name
    from pg_catalog.pg_depend p
    left join pg_catalog.pg_rewrite r on p.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = p.objid
    left join pg_catalog.pg_class v on v.oid = coalesce(r.ev_class, case when p.classid = 'pg_catalog.pg_class'::regclass then p.objid end) and v.relkind in ('v', 'm')
    left join pg_catalog.pg_extension x on p.refclassid = 'pg_catalog.pg_extension'::regclass and x.oid = p.refobjid
    where (p.refclassid = 'pg_catalog.pg_type'::regclass and p.refobjid in (${t}.oid, ${t}.typarray)
        and not (p.classid = p.refclassid and p.objid = ${t}.typarray))
      or (x.oid is not null and p.classid = 'pg_catalog.pg_type'::regclass and p.objid = ${t}.oid and p.deptype = 'e'))`;
}
