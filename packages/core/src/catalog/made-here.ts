/** Tells from a catalog row's xmin whether this very transaction wrote it: no state of our own, so it holds across guards and copies. */
import { type SqlFragment, sql } from '../sql.js';

// More subtransactions than that do not happen; the bound keeps rows that were frozen ages ago from looking young.
const WINDOW = 1_048_576;

/**
 * Boolean expression: is `xmin`, of a row that this query sees, this transaction's own or that of one of its savepoints?
 * A visible row is either committed or our own. Savepoints have later ids than their transaction; a later id that is still in
 * progress can only be ours (manual, 9.27.8: pg_xact_status, pg_snapshot_xmax). False outside a transaction that has written.
 */
export function madeHere(xmin: SqlFragment): SqlFragment {
  const own = sql`pg_current_xact_id_if_assigned()::text::bigint`;
  // Ids of rows have 32 bits, those of transactions 64: the difference is taken modulo 2^32.
  const distance = sql`(((${xmin})::text::bigint - (${own}) % 4294967296 + 4294967296) % 4294967296)`;
  return sql`coalesce(case
    when ${own} is null then false
    when ${distance} = 0 then true
    when ${distance} >= ${sql.raw(String(WINDOW))} then false
    when ${own} + ${distance} < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint
      then pg_catalog.pg_xact_status((${own} + ${distance})::text::xid8) = 'in progress'
    else true end, false)`;
}

/** The same for a whole relation: system columns' rows are written when it is made and never again. */
export function relationMadeHere(oid: SqlFragment): SqlFragment {
  return sql`exists (select 1 from pg_catalog.pg_attribute made where made.attrelid = ${oid} and made.attnum < 0 and ${madeHere(sql`made.xmin`)})`;
}
