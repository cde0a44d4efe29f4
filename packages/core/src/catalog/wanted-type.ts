/** Learns which type a definition means, in the same round trip as the rest of an inspection. */
import type { ColumnType } from '../column-type.js';
import { type ObjectName, printName } from '../names.js';
import type { Answer } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { isTypeNamed } from './relation.js';

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
  const oid = type.array ? sql`t.typarray` : sql`t.oid`;
  return sql`(select ${oid} from pg_catalog.pg_type t where ${isTypeNamed('t', typeName(type))} limit 1) as wanted_oid`;
}

export function readWantedType(type: ColumnType, answer: Answer): WantedType | null {
  if (type.builtin) {
    return answer.typeOf('wanted_cast');
  }
  const oid = answer.rows[0]?.['wanted_oid'];
  // A modifier of an extension's type, such as geometry(Point,4326), is not known without a cast.
  return typeof oid === 'number' ? { oid, modifier: type.modified ? Number.NaN : -1 } : null;
}

export function typeName(type: ColumnType): ObjectName {
  return { schema: type.schema, name: type.name };
}

export function printTypeName(type: ColumnType): string {
  return printName(typeName(type));
}
