/** Learns which type a definition means, in the same round trip as the rest of an inspection. */
import type { ColumnType } from '../column-type.js';
import { type ObjectName, printName } from '../names.js';
import type { Answer, Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { isTypeNamed } from './relation.js';
import type { StoredType, TypeChange } from './type-change.js';

/** Type oid and modifier as the server understands the text; null when there is no such type. */
export interface WantedType {
  readonly oid: number;
  readonly modifier: number;
}

/**
 * Output columns about a type. A built-in type is cast to: the protocol then tells oid and modifier of the column. Any other is looked
 * up by name, because a cast to a type that does not exist would abort the transaction.
 */
export function wantedTypeColumns(type: ColumnType): SqlFragment {
  if (type.builtin) return sql`null::${sql.raw(type.text)} as wanted_cast`;
  return sql`${wantedOid(type)} as wanted_oid`;
}

function wantedOid(type: ColumnType): SqlFragment {
  if (type.builtin) return sql`pg_catalog.pg_typeof(null::${sql.raw(type.text)})::oid`;
  const oid = type.array ? sql`t.typarray` : sql`t.oid`;
  return sql`(select ${oid} from pg_catalog.pg_type t where ${isTypeNamed('t', typeName(type))} limit 1)`;
}

export function readWantedType(type: ColumnType, answer: Answer): WantedType | null {
  if (type.builtin) {
    return answer.typeOf('wanted_cast');
  }
  const oid = answer.rows[0]?.['wanted_oid'];
  // A modifier of an extension's type, such as geometry(Point,4326), is not known without a cast.
  return typeof oid === 'number' ? { oid, modifier: type.modified ? Number.NaN : -1 } : null;
}

function typeName(type: ColumnType): ObjectName {
  return { schema: type.schema, name: type.name };
}

export function printTypeName(type: ColumnType): string {
  return printName(typeName(type));
}

/** Output columns about the change of column `a` (of pg_attribute) to a type, for `readTypeChange`; `labels` are those of a wanted enum. */
export function typeChangeColumns(type: ColumnType): SqlFragment {
  return sql`${wantedTypeColumns(type)}, pg_catalog.current_setting('TimeZone') as time_zone,
    (select pg_catalog.to_jsonb(x) from (select f.oid::int8 as oid, a.atttypmod as modifier, f.typname as name, f.typtype as kind, f.typcategory as category,
        pg_catalog.format_type(f.oid, a.atttypmod) as printed from pg_catalog.pg_type f where f.oid = a.atttypid) x) as type_from,
    (select pg_catalog.to_jsonb(x) from (select w.oid::int8 as oid, w.typname as name, w.typtype as kind, w.typcategory as category
        from pg_catalog.pg_type w where w.oid = ${wantedOid(type)}) x) as type_to,
    (select pg_catalog.json_build_object('method', k.castmethod, 'context', k.castcontext) from pg_catalog.pg_cast k
      where k.castsource = a.atttypid and k.casttarget = ${wantedOid(type)}) as type_cast,
    (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = ${wantedOid(type)}) as labels`;
}

/** Output column about the way back, for `readWayBack`. */
export function wayBackColumn(type: ColumnType): SqlFragment {
  return sql`(select pg_catalog.json_build_object('method', k.castmethod, 'context', k.castcontext) from pg_catalog.pg_cast k
      where k.castsource = ${wantedOid(type)} and k.casttarget = a.atttypid) as type_back`;
}

/** The change that would take another one back. */
export function readWayBack(change: TypeChange, row: Row): TypeChange {
  return { ...change, from: change.to, to: change.from, cast: (row['type_back'] ?? null) as TypeChange['cast'] };
}

const UTC: ReadonlySet<string> = new Set([
  'utc',
  'etc/utc',
  'gmt',
  'etc/gmt',
  'uct',
  'etc/uct',
  'zulu',
  'universal',
  'greenwich',
]);

/** A type that is still to be made can only be an enum. */
export function readTypeChange(type: ColumnType, answer: Answer): TypeChange {
  const row: Row = answer.rows[0] ?? {};
  const made = { oid: 0, name: type.name, kind: 'e', category: 'E' };
  const to = (row['type_to'] ?? made) as Omit<StoredType, 'modifier' | 'printed'>;
  return {
    from: row['type_from'] as StoredType,
    to: { ...to, modifier: readWantedType(type, answer)?.modifier ?? -1, printed: type.text },
    cast: (row['type_cast'] ?? null) as TypeChange['cast'],
    utc: UTC.has(String(row['time_zone']).toLowerCase()),
  };
}
